"""The fingerprint: every part counts, by kind, name and typed value, in whatever order."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.model.fingerprint import KINDS, Fingerprint, Record
from jobmake.tools.digest import digest_texts
from jobmake.tools.tomltext import value as toml_value

PARTS = [
    ("action", "", "xxh3:1"),
    ("param", "lr", "0.1"),
    ("input", "in.csv", "xxh3:2"),
]


def digest(parts: Iterable[tuple[str, str, str]]) -> str:
    return Fingerprint.of(parts).digest


def test_the_digest_never_changes_with_the_program() -> None:
    """Whoever changes it makes every target of every project run again."""
    assert digest([]) == "xxh3:99aa06d3014798d86001c324468d497f"
    assert digest(PARTS) == "xxh3:3b6738d3510ecedaa7a0e1d5fd36d16b"


def test_parts_are_kept_in_the_order_of_their_kinds_then_names() -> None:
    parts = [(kind, name, "1") for kind in reversed(KINDS) for name in ("b", "a")]

    assert list(Fingerprint.of(parts).parts) == [(kind, name) for kind in KINDS for name in "ab"]


@given(st.permutations(PARTS))
@settings(deadline=None)
def test_the_order_in_which_parts_are_found_does_not_matter(
    parts: list[tuple[str, str, str]],
) -> None:
    assert Fingerprint.of(parts) == Fingerprint.of(PARTS)


@pytest.mark.parametrize(
    "other",
    [
        PARTS[:2],
        [*PARTS, ("input", "in2.csv", "xxh3:2")],
        [*PARTS[:2], ("source", "in.csv", "xxh3:2")],
        [*PARTS[:2], ("input", "in.csvx", "xxh3:2")],
        [*PARTS[:2], ("input", "in.csv", "xxh3:3")],
        [*PARTS[:2], ("input", "in.", "csvxxh3:2")],
        [*PARTS[:2], ("inputin", ".csv", "xxh3:2")],
        [("action", "", "xxh3:1param"), ("", "lr", "0.1"), PARTS[2]],
    ],
)
def test_parts_that_come_go_change_or_move_change_the_digest(
    other: list[tuple[str, str, str]],
) -> None:
    assert digest(other) != digest(PARTS)


def test_values_of_different_types_differ() -> None:
    values = [2, 2.0, "2", True, "true", "2.0", [2], [2.0], {"a": 2}, [], {}, "", "[]", 1, False]

    digests = {digest([("param", "x", toml_value(value))]) for value in values}

    assert len(digests) == len(values)


def test_the_order_of_keys_does_not_matter_and_that_of_lists_does() -> None:
    def of(value: object) -> str:
        return digest([("param", "x", toml_value(value))])

    assert of({"a": 1, "b": {"c": 2, "d": 3}}) == of({"b": {"d": 3, "c": 2}, "a": 1})
    assert of([1, 2]) != of([2, 1])


TEXTS = st.text(st.sampled_from("ab:1 "), max_size=3)
SOME_PARTS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3, unique_by=lambda part: part[:2])


@given(SOME_PARTS, SOME_PARTS)
@settings(deadline=None)
def test_only_the_same_parts_have_the_same_digest(
    parts: list[tuple[str, str, str]], others: list[tuple[str, str, str]]
) -> None:
    assert (digest(parts) == digest(others)) == (sorted(parts) == sorted(others))


# -- results --------------------------------------------------------------------------------


def test_a_result_is_that_of_the_outputs() -> None:
    one, other = Fingerprint.of(PARTS), Fingerprint.of([])
    outputs = {"b": "xxh3:2", "a/": "xxh3:1"}

    result = Record(one, outputs).result

    assert result == digest_texts(["a/", "xxh3:1", "b", "xxh3:2"])
    assert result == Record(other, dict(sorted(outputs.items()))).result  # early cut-off
    assert result != Record(one, {**outputs, "b": "xxh3:3"}).result
    assert result != Record(one, {"b": "xxh3:2"}).result


def test_a_value_and_own_files_count_in_the_result() -> None:
    outputs = {"b": "xxh3:2"}
    plain = Record(Fingerprint.of(PARTS), outputs)
    valued = Record(plain.fingerprint, outputs, "xxh3:v")
    all_of_them = [
        plain,
        valued,
        Record(plain.fingerprint, {}, "xxh3:v"),
        Record(plain.fingerprint, outputs, files={"a": "xxh3:v"}),
        Record(plain.fingerprint, outputs, files={"c": "xxh3:v"}),
        Record(plain.fingerprint, outputs, files={"a": "xxh3:w"}),
        Record(plain.fingerprint, {**outputs, "a": "xxh3:v"}),
        Record(plain.fingerprint, outputs, "xxh3:v", files={"a": "xxh3:v"}),
        Record(plain.fingerprint, {}, files={"b": "xxh3:2"}),
    ]

    assert len({one.result for one in all_of_them}) == len(all_of_them)
    assert len({one.seal for one in all_of_them}) == len(all_of_them)
    # as it always was: lockfiles of before there were own files hold
    assert valued.result == digest_texts(["b", "xxh3:2", "xxh3:v"])


def test_the_place_of_a_result_follows_from_value_and_own_files_alone() -> None:
    one, other = Fingerprint.of(PARTS), Fingerprint.of([])
    assert Record(one, {"b": "xxh3:2"}).result_id is None
    named = Record(one, {"b": "xxh3:2"}, "xxh3:v", files={"a": "xxh3:1"}).result_id
    assert named == Record(other, {}, "xxh3:v", files={"a": "xxh3:1"}).result_id
    assert named is not None
    assert re.fullmatch("[0-9a-f]{32}", named)
    assert named != Record(one, {}, "xxh3:v").result_id != Record(one, {}, "xxh3:w").result_id


def test_without_outputs_the_fingerprint_is_the_result() -> None:
    fingerprint = Fingerprint.of(PARTS)

    assert Record(fingerprint, {}).result == fingerprint.digest
