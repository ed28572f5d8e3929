"""What may stand in `matrix` and `each`, and which values an axis has."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmake.jobfile.axes import each, matrix, values_of
from jobmake.jobfile.instances import combinations


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([0.1, 0.3, 0.1], [0.1, 0.2, 0.3]),
        ([1, 3, 1], [1, 2, 3]),
        ([1, 10, 4], [1, 5, 9]),  # the end only if it is hit
        ([3, 1, -1], [3, 2, 1]),
        ([0.3, 0.1, -0.1], [0.3, 0.2, 0.1]),
        ([0, 1, 0.5], [0.0, 0.5, 1.0]),
        ([0.1, 1, 0.4], [0.1, 0.5, 0.9]),
        ([5, 5, 1], [5]),
        ([1e-3, 3e-3, 1e-3], [0.001, 0.002, 0.003]),
        ([-1, 1, 1], [-1, 0, 1]),
    ],
)
def test_a_range_counts_in_decimals_and_includes_its_end(
    given: list[float], values: list[float]
) -> None:
    found = values_of({"range": given})
    assert [(type(one), repr(one)) for one in found] == [(type(one), repr(one)) for one in values]


@given(st.decimals(-1000, 1000, places=3), st.integers(0, 200), st.decimals("0.001", 100, places=3))
def test_a_range_has_the_floats_of_the_decimals_texts(
    start: Decimal, count: int, step: Decimal
) -> None:
    end = start + count * step
    found = values_of({"range": [float(start), float(end), float(step)]})
    assert found == [float(start + number * step) for number in range(count + 1)]


def test_zip_goes_together_and_repeat_counts() -> None:
    axes = {"zip": {"a": [1, 2], "b": {"range": [5, 6, 1]}}, "x": ["l", "r"], "repeat": 2}
    assert list(combinations(axes)) == [
        {"a": a, "b": a + 4, "x": x, "repeat": number}
        for a in (1, 2)
        for x in ("l", "r")
        for number in (1, 2)
    ]


FAULTS: dict[str, Any] = {
    "cannot count by steps of 0": {"x": {"range": [1, 2, 0]}},
    "cannot come from 1 to 3 by steps of -1": {"x": {"range": [1, 3, -1]}},
    "cannot come from 0.3 to 0.1 by steps of 0.1": {"x": {"range": [0.3, 0.1, 0.1]}},
    "must have three numbers in a `range`": {"x": {"range": [1, 2]}},
    "cannot count with a text": {"x": {"range": [1, "2", 3]}},
    "cannot count with a boolean": {"x": {"range": [1, True, 3]}},
    "cannot count with `inf`": {"x": {"range": [1, float("inf"), 3]}},
    "has an unknown key `rang`": {"x": {"rang": [1, 2, 3]}},
    "has a table without a `range`": {"x": {}},
    "cannot zip axes of unequal lengths: `a` has 2, `b` has 3": {
        "zip": {"a": [1, 2], "b": {"range": [1, 3, 1]}}
    },
    "cannot hold an address with a password": {"x": ["https://host/", "https://ann:pw@host/"]},
    "has two axes called `a`": {"zip": {"a": [1]}, "a": [2]},
    "cannot have an axis called `repeat`": {"zip": {"repeat": [1]}},
    "must have in `zip` a table of axes, not an empty one": {"zip": {}},
    "can repeat a number of times from 1 on, not `0`": {"repeat": 0},
    "can repeat a number of times from 1 on, not a list": {"repeat": [1]},
    "makes 1,000,001 instances": {"repeat": 1_000_001},
    "makes 1,000,002 instances": {"x": {"range": [0, 1_000_001, 1]}},
    "makes 2,000,000 instances": {"x": [1, 2], "repeat": 1_000_000},
    "makes 10,000,000,000,001 instances": {"x": {"range": [0, 1, 1e-13]}},
}


@pytest.mark.parametrize("message", FAULTS)
def test_what_is_wrong_with_a_matrix_is_told(message: str) -> None:
    begin = time.process_time()
    assert [fault.message for fault in matrix.faults(FAULTS[message])] == [message]
    assert time.process_time() - begin < 5  # not endless


def test_what_is_wrong_with_each_is_told() -> None:
    value = {"a": "x/*", "b": ["x", "@y:z"], "c": [], "d": 1, "e": [1], "zip": "x", "f g": "x"}
    assert [fault.message for fault in each.faults(value)] == [
        "must hold a glob or a list of globs, not an empty one",
        "must hold a glob or a list of globs, not an integer",
        "must hold texts only, not an integer",
        "cannot have an axis called `zip`",
        "cannot have an axis called `f g`",
    ]
    assert [fault.message for fault in each.faults({})] == ["has no axis"]
    assert [fault.message for fault in each.faults("x")] == ["must be a table of globs, not a text"]
