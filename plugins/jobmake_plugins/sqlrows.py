"""Rows of a query as files: Parquet or CSV, by the suffix.

Knows rows and columns. Does not know who has asked for them.

Invariant: the same rows make the same bytes, and no rows keep their columns and types.
"""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from jobmake import TargetError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".parquet", ".csv")
_SEVERAL = 100_000  # rows at once


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query gives: batches of Arrow where there is a ``schema``, else tuples, and the
    ``types`` that SQLite knows of their columns."""

    names: tuple[str, ...]
    rows: Iterable[Any]
    schema: Any = None
    types: Sequence[str] = ()

    def tuples(self) -> Iterator[Sequence[Any]]:
        """Yield each row."""
        if self.schema is None:
            yield from self.rows
        else:
            for batch in self.rows:
                columns = [column.to_pylist() for column in batch.columns]
                yield from zip(*columns, strict=True)


def write(path: Path, rows: Rows) -> None:
    """Write rows to a file. Raises TargetError."""
    twice = [name for at, name in enumerate(rows.names) if name in rows.names[:at]]
    if twice:
        raise TargetError(
            f"two columns are called `{twice[0]}`",
            f"call one of them otherwise: `… AS {twice[0]}2`",
        )
    (_csv if path.suffix == ".csv" else _parquet)(path, rows)


# -- CSV ------------------------------------------------------------------------------------


def _csv(path: Path, rows: Rows) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows.names)
        for row in rows.tuples():
            writer.writerow([_text(one) for one in row])


def _text(value: Any) -> Any:
    """Return a value as CSV holds it: nothing for none, floats so that they come back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (str, int, float)):
        return value  # the writer takes `repr` of a float
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return str(value)


# -- Parquet --------------------------------------------------------------------------------


def _parquet(path: Path, rows: Rows) -> None:
    try:
        parquet: Any = import_module("pyarrow.parquet")  # it has no types
    except ImportError:
        raise TargetError(
            "the package `pyarrow` is not installed", '`pip install "jobmake[sql]"` brings it'
        ) from None
    if rows.schema is None:
        parquet.write_table(_table(rows), path)
        return
    with parquet.ParquetWriter(path, rows.schema) as writer:
        for batch in rows.rows:
            writer.write_batch(batch)


def _table(rows: Rows) -> Any:
    """Return rows of SQLite as a table: their types are those of its columns, where it knows
    them, else of the values."""
    pa: Any = import_module("pyarrow")
    known = {"INT": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}
    empty = {"NUM": pa.float64()}
    values = list(zip(*rows.rows, strict=True)) or [()] * len(rows.names)
    columns = []
    for at, name in enumerate(rows.names):
        type_ = rows.types[at] if at < len(rows.types) else ""
        found = list(values[at])
        try:
            column = pa.array(found, known.get(type_))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            raise TargetError(
                f"the values of column `{name}` are of several types",
                f"say which one it is to be: `CAST({name} AS TEXT)`",
            ) from None
        if column.type == pa.null():
            column = column.cast(empty.get(type_, pa.string()))
        columns.append(column)
    return pa.table(columns, names=list(rows.names))
