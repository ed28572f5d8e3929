"""Frames, series and indexes of pandas: labels, dtypes and kinds of indexes are exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jobmake.values.codec import value_text
from jobmake.values.trouble import NotKept
from tests.values.same import there_and_back

BERLIN = "Europe/Berlin"
COLUMNS: dict[str, Any] = {
    "int": [1, 2, 3],
    "u1": np.array([1, 2, 3], "u1"),
    "float": [1.5, np.nan, -0.0],
    "complex": [1j, 2, 3],
    "bool": [True, False, True],
    "text": ["a", None, "ü"],
    "objects": np.array([1, "x", (1, {2})], object),
    "texts as objects": np.array(["a", "b", None], object),
    "missing as objects": np.array([pd.NA, pd.NaT, np.nan], object),
    "category": pd.Categorical(["x", "y", None], categories=["y", "x"], ordered=True),
    "of numbers": pd.Categorical([1, 2, 1]),
    "date": pd.date_range("2026", periods=3),
    "seconds": pd.date_range("2026", periods=3).as_unit("s"),
    "zoned": pd.date_range("2026-10-25", periods=3, freq="h", tz=BERLIN),
    "zoned and missing": pd.to_datetime(["2026", None, None], utc=True),
    "duration": pd.to_timedelta([1, 2, None]),
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "Float32": pd.array([1.5, None, 3], dtype="Float32"),
    "string": pd.array(["a", None, "b"], dtype="string"),
    "python": pd.array(["a", None, "b"], dtype="string[python]"),
    "period": pd.period_range("2026", periods=3, freq="M"),
    "interval": pd.interval_range(0, 3, closed="left"),
    "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
    "arrow texts": pd.array(["a", None, "b"], dtype="large_string[pyarrow]"),
    "sparse": pd.arrays.SparseArray([0, 0, 1]),
    "sparse blocks": pd.arrays.SparseArray([0.0, 2.0, 1.0], kind="block"),
}


def check(value: Any, folder: Path) -> Any:
    for back in there_and_back(value, folder):
        assert type(back) is type(value)
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(back, value, check_exact=True, check_freq=True)
            same_index(back.columns, value.columns)
            assert list(map(repr, back.dtypes)) == list(map(repr, value.dtypes))
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(back, value, check_exact=True, check_freq=True)
        if not isinstance(value, pd.Index):
            same_index(back.index, value.index)
            assert back.attrs == value.attrs
            assert back.flags == value.flags
        else:
            same_index(back, value)
        assert value_text(back) == value_text(value)
    return back


def same_index(one: Any, other: Any) -> None:
    pd.testing.assert_index_equal(one, other, exact=True, check_exact=True)
    assert getattr(one, "freq", None) == getattr(other, "freq", None)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_kind_of_column_comes_back(name: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})

    check(frame, tmp_path)
    check(frame[name], tmp_path)
    check(frame.iloc[::2], tmp_path)
    check(frame.head(0), tmp_path)
    if "sparse" not in name:
        check(pd.Index(COLUMNS[name], name=(name, 1)), tmp_path)


def test_a_frame_of_all_columns_comes_back(tmp_path: Path) -> None:
    check(pd.DataFrame(COLUMNS), tmp_path)


def test_labels_and_names_of_every_kind_come_back(tmp_path: Path) -> None:
    rows = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3), index=rows, columns=[1, ("a", 2), "x"])
    frame.attrs = {"from": ("a.csv", 1)}

    check(frame, tmp_path)
    check(frame.T, tmp_path)
    check(frame[1].rename(("a", 1)), tmp_path)
    check(pd.DataFrame([[1, 2]], columns=["same", "same"]), tmp_path)
    check(pd.DataFrame([1]).set_flags(allows_duplicate_labels=False), tmp_path)
    for empty in (pd.DataFrame(), pd.DataFrame(index=[1, 2]), pd.DataFrame(columns=["a"])):
        check(empty, tmp_path)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3, 9, 2, name="n"), pd.Index([1, "a"], dtype=object), pd.Index([1.5]),
        pd.date_range("2026", periods=3, freq="ME"), pd.date_range("2026", periods=3, freq="B"),
        pd.timedelta_range(0, periods=3, freq="h"), pd.CategoricalIndex(["a", "b"]),
        pd.MultiIndex.from_arrays([[], []]),
    ],
    ids=lambda index: type(index).__name__,
)  # fmt: skip
def test_every_kind_of_index_comes_back(index: Any, tmp_path: Path) -> None:
    check(index, tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2026-01-01 10:00:00.123456789"), pd.Timestamp("2026").as_unit("s"),
        pd.Timestamp("2026-10-25 00:30", tz="UTC").tz_convert(BERLIN),
        pd.Timestamp("2026-10-25 01:30", tz="UTC").tz_convert(BERLIN),
        pd.Timedelta("1D 3ns"), pd.Period("2026Q1"), pd.Interval(0, 1, closed="left"),
        pd.NaT, pd.NA,
    ],
    ids=str,
)  # fmt: skip
def test_single_values_come_back(value: Any, tmp_path: Path) -> None:
    for back in there_and_back([value], tmp_path):
        assert type(back[0]) is type(value)
        assert repr(back[0]) == repr(value)
        for name in ("unit", "fold"):
            assert getattr(back[0], name, None) == getattr(value, name, None)


def test_what_lies_under_a_missing_element_does_not_count() -> None:
    one, other = pd.array([1, 2, 3], dtype="Int64"), pd.array([1, 7, 3], dtype="Int64")
    one[1] = other[1] = None

    assert value_text(pd.Series(one)) == value_text(pd.Series(other))


def test_what_looks_alike_has_texts_of_its_own() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    alike = [
        frame, frame["a"], frame.rename(columns={"a": "b"}), frame.astype("Int64"),
        frame.astype("int32"), frame.astype("category"), frame.astype(object),
        frame.set_axis([0, 1]), frame.set_axis([1, 2]), frame.to_dict(), frame.to_numpy(),
        pd.Index([1, 2]), pd.RangeIndex(1, 3),
    ]  # fmt: skip

    assert len({value_text(one) for one in alike}) == len(alike)


def test_what_cannot_be_kept_is_told() -> None:
    with pytest.raises(NotKept) as error:
        value_text([pd.DataFrame({"a": [lambda: 0]})])
    assert str(error.value) == "value[0]: a lambda cannot be kept (inside a `ndarray`)"

    odd = pd.date_range("2026", periods=3, freq=pd.offsets.CustomBusinessDay(weekmask="Sun Mon"))
    with pytest.raises(NotKept, match="an index with the frequency <CustomBusinessDay"):
        value_text(odd)
