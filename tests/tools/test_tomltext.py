"""Values written as TOML: one text for each value, and the parser reads the value again."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta, timezone
from enum import IntEnum
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from jobmake.tools.tomltext import key, value

UTC = timezone.utc  # noqa: UP017 - short, and the same
INDIA = timezone(timedelta(hours=5, minutes=30))
AZORES = timezone(timedelta(hours=-1))


def read(text: str) -> Any:
    return tomli.loads(f"x = {text}")["x"]


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of one type, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return repr(one) == repr(other)
    return bool(one == other)


@pytest.mark.parametrize(
    ("given_value", "text"),
    [
        ("clean", '"clean"'),
        ("", '""'),
        ("2", '"2"'),
        ("größer 😀", '"größer 😀"'),
        ('a "quoted" \\ word', r'"a \"quoted\" \\ word"'),
        ("two\nlines\tand\r\n", r'"two\nlines\tand\r\n"'),
        ("\x00\b\f\x1b\x1f", r'"\u0000\b\f\u001b\u001f"'),
        ("\x7f\x80\x85\x9f\xa0", '"\\u007f\\u0080\\u0085\\u009f\xa0"'),
        ("\u2028\u2029", r'"\u2028\u2029"'),
        (True, "true"),
        (False, "false"),
        (2, "2"),
        (-(2**70), "-1180591620717411303424"),
        (2.0, "2.0"),
        (-0.0, "-0.0"),
        (0.1, "0.1"),
        (1e-5, "1e-05"),
        (1e16, "1e+16"),
        (1e22, "1e+22"),
        (5e-324, "5e-324"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
        (-math.nan, "nan"),
        (date(2024, 2, 29), "2024-02-29"),
        (date(33, 4, 3), "0033-04-03"),
        (time(7, 32), "07:32:00"),
        (time(7, 32, 0, 1), "07:32:00.000001"),
        (datetime(2024, 2, 29, 7, 32), "2024-02-29T07:32:00"),
        (datetime(2024, 2, 29, 7, 32, 1, 500000, UTC), "2024-02-29T07:32:01.500000+00:00"),
        (datetime(2024, 2, 29, 7, 32, tzinfo=INDIA), "2024-02-29T07:32:00+05:30"),
        (datetime(2024, 2, 29, 7, 32, tzinfo=AZORES), "2024-02-29T07:32:00-01:00"),
        ([], "[]"),
        ([1, [2.0, "x"], {}], '[1, [2.0, "x"], {}]'),
        ({}, "{}"),
        ({"seed": 7, "depth": 4}, "{depth = 4, seed = 7}"),
        ({"a b": {"": [True]}}, '{"a b" = {"" = [true]}}'),
    ],
)
def test_each_value_has_one_text(given_value: Any, text: str) -> None:
    assert value(given_value) == text
    assert same(read(text), given_value)


def test_values_of_different_types_differ_in_their_texts() -> None:
    texts = [value(one) for one in (2, 2.0, "2", [2], "2.0", 1, True, "true", 1.0)]

    assert len(set(texts)) == len(texts)


def test_the_order_of_keys_does_not_matter_unless_asked_for() -> None:
    one, other = {"a": 1, "b": {"d": 2, "c": 3}}, {"b": {"c": 3, "d": 2}, "a": 1}

    assert value(one) == value(other) == "{a = 1, b = {c = 3, d = 2}}"
    assert value(other, sort=False) == "{b = {c = 3, d = 2}, a = 1}"


def test_a_tuple_is_written_as_an_array() -> None:
    assert value((1, ("a",))) == '[1, ["a"]]'


def test_a_number_of_a_class_of_its_own_is_written_as_the_number() -> None:
    class Size(IntEnum):
        SMALL = 3

    class Celsius(float):
        def __repr__(self) -> str:
            return "cold"

    assert value([Size.SMALL, Celsius(4)]) == "[3, 4.0]"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("clean", "clean"),
        ("a-b_C9", "a-b_C9"),
        ("1", "1"),
        ("-", "-"),
        ("", '""'),
        ("model.depth", '"model.depth"'),
        ("train[seed=1]", '"train[seed=1]"'),
        ("größe", '"größe"'),
        ("clean\n", r'"clean\n"'),
        ('"', r'"\""'),
    ],
)
def test_a_key_is_bare_where_it_can_be(text: str, written: str) -> None:
    assert key(text) == written
    assert tomli.loads(f"{written} = 1") == {text: 1}


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (None, "a value of type `NoneType` cannot be written as TOML"),
        (b"bytes", "a value of type `bytes` cannot be written as TOML"),
        ({1, 2}, "a value of type `set` cannot be written as TOML"),
        ({"a": [{2: 1}]}, "a key of type `int` cannot be written as TOML"),
    ],
)
def test_a_type_that_toml_lacks_is_refused(refused: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        value(refused)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ("a\udc80b", "the text holds a lone surrogate, U+DC80"),
        ({"\ud800": 1}, "the text holds a lone surrogate, U+D800"),
        (time(7, 32, tzinfo=UTC), "TOML has no time of day with an offset"),
        (
            datetime(2024, 1, 1, tzinfo=timezone(timedelta(seconds=90))),
            "TOML has no offset with seconds",
        ),
    ],
)
def test_a_value_that_toml_cannot_hold_is_refused(refused: Any, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        value(refused)

    assert str(raised.value) == message


def test_a_value_may_lie_as_deep_as_the_parser_lets_it() -> None:
    nested: Any = 1
    for _ in range(64):
        nested = [{"a": nested}]

    assert same(read(value(nested)), nested)


offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
scalars = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=offsets),
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)


@given(values)
def test_the_parser_reads_back_what_was_written(written: Any) -> None:
    text = value(written)

    assert same(read(text), written)
    assert len(text.splitlines()) == 1


@given(names)
def test_the_parser_reads_back_a_key(name: str) -> None:
    assert tomli.loads(f"{key(name)}.{key(name)} = 1") == {name: {name: 1}}
