"""Tables of pyarrow, frames and series of polars: dtypes are exact, and equal tables have
the same bytes however they came about."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from jobmake.values.codec import value_text
from jobmake.values.trouble import NotKept
from tests.values.same import there_and_back

# type, elements, and others of the same kind that lie around
ARROW: list[tuple[Any, list[Any], list[Any]]] = [
    (pa.int64(), [1, None, 3], [7, 8, 9]),
    (pa.float32(), [1.5, None, -0.0], [7, 8, 9]),
    (pa.bool_(), [True, None, False], [True, True, True]),
    (pa.string(), ["a", None, "ü"], ["x", "yy", "z"]),
    (pa.large_string(), ["a", None, "ü"], ["x", "yy", "z"]),
    (pa.string_view(), ["a", None, "q" * 20], ["x", "y" * 30, "z"]),
    (pa.binary(2), [b"ab", None, b"cd"], [b"xx", b"yy", b"zz"]),
    (pa.timestamp("ns", "Europe/Berlin"), [1, None, 3], [7, 8, 9]),
    (pa.date32(), [dt.date(2026, 1, 1), None, None], [dt.date(2000, 1, 1)] * 3),
    (pa.list_(pa.int64()), [[1], None, []], [[7], [8, 8], [9]]),
    (pa.list_(pa.struct([("a", pa.string())])), [[{"a": None}], None, [None]], [[{"a": "x"}]] * 3),
    (pa.struct([("a", pa.int64())]), [{"a": 1}, None, {"a": None}], [{"a": 7}] * 3),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1)], None, []], [[("x", 7)]] * 3),
    (pa.dictionary(pa.int32(), pa.string()), ["a", None, "b"], ["a", "b", "a"]),
    (pa.null(), [None, None, None], [None, None, None]),
]
POLARS: list[tuple[Any, list[Any], list[Any]]] = [
    (pl.Int64(), [1, None, 3], [7, 8, 9]),
    (pl.Int128(), [1, None, 2**100], [7, 8, 9]),
    (pl.Float32(), [1.5, None, -0.0], [7, 8, 9]),
    (pl.Boolean(), [True, None, False], [True, True, True]),
    (pl.String(), ["a", None, "q" * 20], ["x", "y" * 30, "z"]),
    (pl.Binary(), [b"a", None, b""], [b"x", b"yy", b"z"]),
    (pl.Date(), [dt.date(2026, 1, 1), None, None], [dt.date(2000, 1, 1)] * 3),
    (pl.Time(), [dt.time(1), None, dt.time(3)], [dt.time(7)] * 3),
    (pl.Datetime("ns", "Europe/Berlin"), [1, None, 3], [7, 8, 9]),
    (pl.Duration("ms"), [1, None, 3], [7, 8, 9]),
    (pl.Decimal(10, 2), [1, None, 3], [7, 8, 9]),
    (pl.Categorical(), ["a", None, "b"], ["b", "c", "a"]),
    (pl.Enum(["b", "a"]), ["a", None, "b"], ["b", "b", "a"]),
    (pl.List(pl.String()), [["a" * 20], None, []], [["x"], ["y" * 20], ["z"]]),
    (pl.Struct({"a": pl.String()}), [{"a": "x"}, None, {"a": None}], [{"a": "y"}] * 3),
    (pl.Array(pl.Int8(), 2), [[1, 2], None, [3, 4]], [[7, 7], [8, 8], [9, 9]]),
    (pl.Null(), [None, None, None], [None, None, None]),
]


@pytest.mark.parametrize(("kind", "elements", "others"), ARROW, ids=lambda one: str(one)[:30])
def test_tables_of_every_type_come_back_and_have_one_text(
    kind: Any, elements: list[Any], others: list[Any], tmp_path: Path
) -> None:
    table, other = (pa.table({"x": pa.array(one, kind)}) for one in (elements, others))
    table = table.replace_schema_metadata({"made by": "hand"})
    for back in there_and_back(table, tmp_path):
        assert back.schema.equals(table.schema, check_metadata=True)
        assert back.equals(table)

    wide = pa.concat_tables([other, table.cast(other.schema), other]).combine_chunks()
    for equal in (
        wide.slice(3, 3),
        pa.concat_tables([table.slice(0, 1), table.slice(1)]),
        pa.concat_tables([table.slice(0, 2), table.slice(3), table.slice(2)]),
    ):
        renamed = equal.replace_schema_metadata(table.schema.metadata)
        assert renamed.equals(table)
        if not pa.types.is_dictionary(kind):  # there the letters' numbers are part of the value
            assert value_text(renamed) == value_text(table)
    assert value_text(table.slice(0, 2)) != value_text(table)


def test_tables_without_rows_or_columns_come_back(tmp_path: Path) -> None:
    table = pa.table({"x": pa.array([1, 2])})
    for value in (table.slice(0, 0), table.select([]), pa.table({})):
        for back in there_and_back(value, tmp_path):
            assert back.equals(value)
            assert back.num_rows == value.num_rows


def test_what_lies_under_a_missing_element_does_not_count() -> None:
    def holding(number: int) -> Any:
        numbers = pa.array([1, number, 3]).buffers()[1]
        there = pa.array([True, False, True]).buffers()[1]
        column = pa.Array.from_buffers(pa.int64(), 3, [there, numbers])
        inner = pa.Array.from_buffers(
            pa.struct([("a", pa.int64())]), 3, [there], children=[pa.array([1, number, 3])]
        )
        return pa.table({"x": column, "y": inner})

    assert holding(2).equals(holding(9))
    assert value_text(holding(2)) == value_text(holding(9))


def polars_ways(kind: Any, elements: list[Any], others: list[Any]) -> list[Any]:
    column, other = pl.Series("x", elements, dtype=kind), pl.Series("x", others, dtype=kind)
    wide = pl.concat([other, column, other])
    there = column.is_not_null()
    full = pl.select(pl.when(there).then(column).otherwise(other)).to_series()
    covered = pl.when(there).then(full).otherwise(None).alias("x")
    return [
        column,
        wide.slice(3, 3),
        wide.filter(pl.Series([False] * 3 + [True] * 3 + [False] * 3)),
        pl.concat([column.head(1), column.slice(1)], rechunk=False),
        *([pl.select(covered).to_series()] if not isinstance(kind, (pl.Array, pl.Null)) else []),
    ]


@pytest.mark.parametrize(("kind", "elements", "others"), POLARS, ids=lambda one: str(one)[:30])
def test_columns_of_every_type_come_back_and_have_one_text(
    kind: Any, elements: list[Any], others: list[Any], tmp_path: Path
) -> None:
    ways = polars_ways(kind, elements, others)
    for value in [*ways, ways[0].head(0)]:
        for back in there_and_back({"a": value}, tmp_path):
            same_column(back["a"], value)
        for back in there_and_back(value.to_frame(), tmp_path):
            assert type(back) is pl.DataFrame
            same_column(back.to_series(), value)

    assert {value_text(value) for value in ways} == {value_text(ways[0])}
    assert value_text(ways[0].to_frame()) != value_text(ways[0])


def same_column(one: Any, other: Any) -> None:
    assert type(one) is pl.Series
    assert (one.name, one.dtype) == (other.name, other.dtype)
    assert one.to_list() == other.to_list()


def test_frames_of_several_columns_come_back(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    objects = pl.Series("o", [(1, 2), {3}], dtype=pl.Object)
    for value in (frame, frame.head(0), pl.DataFrame(), frame.with_columns(objects)):
        for back in there_and_back(value, tmp_path):
            assert back.schema == value.schema
            assert back.rows() == value.rows()


def test_the_numbers_of_categories_do_not_count() -> None:
    first = value_text(pl.Series(["new one", "newer one"], dtype=pl.Categorical()))
    pl.Series(["newer one", "newest one"], dtype=pl.Categorical())
    again = pl.Series(["newest one", "newer one", "new one"], dtype=pl.Categorical())

    assert value_text(again.gather([2, 1])) == first


def test_objects_that_cannot_be_kept_are_told() -> None:
    with pytest.raises(NotKept) as error:
        value_text([pl.Series([lambda: 0], dtype=pl.Object)])
    assert str(error.value) == "value[0]: a lambda cannot be kept (inside a `polars.Series`)"
