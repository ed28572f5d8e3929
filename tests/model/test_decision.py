"""Reasons, as people read them."""

from __future__ import annotations

import pytest

from jobmake.checks.content import Content
from jobmake.model.decision import Reason
from jobmake.model.fingerprint import SECRET, Fingerprint, Record
from jobmake.model.target import FilePattern, Scope, Target


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason("it", "", "was never built"), "it was never built"),
        (Reason("it", "", "was forced to run"), "it was forced to run"),
        (Reason("param", "lr", "changed", "0.1", "0.05"), "param `lr` changed 0.1 -> 0.05"),
        (Reason("param", "lr", "is new", None, "0.1"), "param `lr` is new: 0.1"),
        (Reason("param", "lr", "is gone", "0.1", None), "param `lr` is gone: was 0.1"),
        (Reason("param", "x", "changed", '"a"', "[1, 2]"), 'param `x` changed "a" -> [1, 2]'),
        (Reason("matrix", "seed", "is new", None, "1"), "matrix value `seed` is new: 1"),
        (Reason("version", "", "was added", None, '"3"'), 'version was added: "3"'),
        (Reason("env", "$HOME", "changed", "false", '"/x"'),
         'variable `$HOME` changed unset -> "/x"'),
        (Reason("env", "A", "changed", '"false"', '""'), 'variable `A` changed "false" -> ""'),
        (Reason("param", "verbose", "changed", "false", "true"),
         "param `verbose` changed false -> true"),
        (Reason("action", "", "changed"), "command changed"),
        (Reason("input", "in.csv", "changed"), "input `in.csv` changed"),
        (Reason("source", "a.py", "is gone"), "source `a.py` is gone"),
        (Reason("result", "prepare", "changed"), "result of `prepare` changed"),
        (Reason("output", "out.csv", "is missing"), "output `out.csv` is missing"),
        (Reason("output", "out.csv", "was edited"), "output `out.csv` was edited"),
    ],
)  # fmt: skip
def test_a_reason_is_a_sentence(reason: Reason, text: str) -> None:
    assert str(reason) == text


def test_a_secret_is_never_shown() -> None:
    secret = f'"{SECRET}0123"'

    assert str(Reason("param", "token", "changed", secret, secret)) == (
        "param `token` changed *** -> ***"
    )
    assert str(Reason("env", "TOKEN", "is gone", secret)) == "variable `TOKEN` is gone: was ***"


# -- the reasons of the content check -------------------------------------------------------

TARGET = Target(
    "a", "a", "shell", {}, Scope({}, {}),
    outputs=(FilePattern("0", "file", "out"), FilePattern("1", "folder", "folder")),
)  # fmt: skip
OUTPUTS = {"out": "xxh3:1", "folder/": "xxh3:2"}


class Disk:
    """A disk on which a target's outputs are as they are told here."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs

    def output_digests(self, target: Target) -> dict[str, str]:
        return self.outputs


def reasons(
    old: dict[tuple[str, str], str] | None,
    new: dict[tuple[str, str], str],
    *,
    recorded: dict[str, str] = OUTPUTS,
    present: dict[str, str] = OUTPUTS,
) -> list[str]:
    """Why a target is stale whose fingerprint was ``old`` and is ``new``."""

    def fingerprint(parts: dict[tuple[str, str], str]) -> Fingerprint:
        return Fingerprint.of((kind, name, value) for (kind, name), value in parts.items())

    record = None if old is None else Record(fingerprint(old), recorded)
    return [str(one) for one in Content().reasons(TARGET, fingerprint(new), record, Disk(present))]


PARTS = {("action", ""): "xxh3:1", ("param", "lr"): "0.1", ("input", "in.csv"): "xxh3:2"}


def test_nothing_that_differs_is_no_reason() -> None:
    assert reasons(PARTS, PARTS) == []


def test_without_a_record_a_target_was_never_built() -> None:
    assert reasons(None, PARTS) == ["it was never built"]


def test_every_difference_is_a_reason_in_the_order_of_the_kinds() -> None:
    new = {
        ("input", "in2.csv"): "xxh3:2",
        ("param", "lr"): "0.2",
        ("version", ""): '"1"',
        ("action", ""): "xxh3:9",
    }

    assert reasons(PARTS, new) == [
        'version was added: "1"',
        "param `lr` changed 0.1 -> 0.2",
        "input `in.csv` is gone",
        "input `in2.csv` is new",
        "command changed",  # the role of each file is part of it
    ]
    same_files = {**new, ("input", "in.csv"): PARTS["input", "in.csv"]}
    del same_files["input", "in2.csv"]
    assert reasons(PARTS, same_files)[0] == "command changed"
    assert reasons(new, {**new, ("version", ""): '"2"'}) == ['version changed "1" -> "2"']


def test_an_output_that_is_not_as_it_was_made_is_a_reason() -> None:
    assert reasons(PARTS, PARTS, present={"out": "xxh3:9"}) == [
        "output `folder/` is missing",
        "output `out` was edited",
    ]


def test_an_output_that_is_declared_or_recorded_alone_is_a_reason() -> None:
    assert reasons(PARTS, PARTS, recorded={"old": "xxh3:1", "folder/": "xxh3:2"}) == [
        "output `old` is no longer declared",
        "output `out` is new",
    ]
