"""How the instances of a matrix are made and named."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.jobfile.instances import combinations, instance_name, value_text
from jobmake.tools.tomlguard import parse


def test_the_last_axis_changes_quickest() -> None:
    assert list(combinations({"lr": [0.1, 0.01], "seed": [1, 2]})) == [
        {"lr": 0.1, "seed": 1},
        {"lr": 0.1, "seed": 2},
        {"lr": 0.01, "seed": 1},
        {"lr": 0.01, "seed": 2},
    ]


def test_the_order_of_the_axes_changes_no_name() -> None:
    assert instance_name("train", {"seed": 1, "lr": 0.1}) == "train[lr=0.1,seed=1]"
    assert instance_name("train", {"lr": 0.1, "seed": 1}) == "train[lr=0.1,seed=1]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"), ("1", '"1"'), (1.0, "1.0"), ("1.0", '"1.0"'), (-7, "-7"), ("-7", '"-7"'),
        (True, "true"), ("true", '"true"'), ("True", "True"), ("no", "no"),
        (1e-05, "1e-05"), ("1e-05", '"1e-05"'), (float("inf"), "inf"), ("inf", '"inf"'),
        ("+inf", '"+inf"'), ("1_000", '"1_000"'), ("0x1F", '"0x1F"'), ("07", "07"), ("1.", "1."),
        (date(2020, 1, 2), "2020-01-02"), ("2020-01-02", '"2020-01-02"'),
        (time(12, 30), "12:30:00"), ("12:30:00", '"12:30:00"'),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        ("a b", '"a b"'), ("a-b_c.d+e", "a-b_c.d+e"), ("", '""'), ("é", "é"), ("日本", "日本"),
        ("a,b", '"a,b"'), ("a=b", '"a=b"'), ("a]", '"a]"'), ('"', '"\\""'), ("a\nb", '"a\\nb"'),
        ("a/b", '"a/b"'),
    ],
)  # fmt: skip
def test_a_value_is_named_as_toml_prints_it_and_texts_bare_if_they_are_no_other_type(
    value: Any, text: str
) -> None:
    assert value_text(value) == text


SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.times().map(lambda moment: moment.replace(fold=0)),
    st.datetimes().map(lambda moment: moment.replace(fold=0)),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from([1, "1", 1.0, "1.0", True, "true", "inf", "nan", "1e5", "2020-01-02", "0o7"]),
)


@given(SCALARS, SCALARS)
@settings(deadline=None)
def test_two_values_never_share_a_name(one: Any, other: Any) -> None:
    same = type(one) is type(other) and repr(one) == repr(other)

    assert (value_text(one) == value_text(other)) == same


@given(SCALARS)
@settings(deadline=None)
def test_a_name_tells_the_value_and_its_type(value: Any) -> None:
    text = value_text(value)
    bare = isinstance(value, str) and text == value

    again = value if bare else parse(f"v = {text}".encode())["v"]

    assert (type(again), repr(again)) == (type(value), repr(value))
