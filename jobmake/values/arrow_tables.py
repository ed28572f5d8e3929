"""Tables of pyarrow, in Arrow's own format for streams.

Knows how a table is brought into the one form that all equal tables have: its chunks
joined, and nothing left under missing elements.

Invariant: schema with its metadata and all elements are kept. How the table was chunked is
not part of the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.values.library import library

if TYPE_CHECKING:
    from collections.abc import Sequence


def codecs() -> list[Any]:
    """Return the codecs for pyarrow."""
    return [Table()]


class Table:
    """Keeps `pyarrow.Table`."""

    name = "pyarrow.Table"
    types = ("pyarrow.lib:Table",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return the table as a stream of Arrow's."""
        arrow = library("pyarrow")
        sink = arrow.BufferOutputStream()
        options = library("pyarrow.ipc").IpcWriteOptions(emit_dictionary_deltas=False)
        with library("pyarrow.ipc").new_stream(sink, value.schema, options=options) as stream:
            for batch in value.combine_chunks().to_batches():
                stream.write_batch(_copied(arrow, batch))
        return value.num_rows, (sink.getvalue(),)

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the table; it lives in the blob."""
        arrow = library("pyarrow")
        with library("pyarrow.ipc").open_stream(arrow.py_buffer(blobs[0])) as stream:
            table = stream.read_all()
        if table.num_rows != plain:
            raise ValueError(f"{table.num_rows} rows in place of {plain}")
        return table


def _copied(arrow: Any, batch: Any) -> Any:
    """Return a copy without what lies unseen: before an offset, or under a missing element."""
    if not batch.num_columns or not batch.num_rows:
        return batch
    columns = [_taken(arrow, column) for column in batch.columns]
    return arrow.RecordBatch.from_arrays(columns, schema=batch.schema)


def _taken(arrow: Any, column: Any) -> Any:
    """Take every element of a column; Arrow does so by kinds, and not for all of them."""
    kind = column.type
    numbers = arrow.array(range(len(column)), "int64")
    for view, whole in (("string_view", "large_string"), ("binary_view", "large_binary")):
        if str(kind) == view:
            return column.cast(whole).take(numbers).cast(kind)
    mask = column.is_null() if column.null_count else None
    if arrow.types.is_struct(kind) and kind.num_fields:
        inner = [_taken(arrow, one) for one in column.flatten()]  # missing wherever the whole is
        return arrow.StructArray.from_arrays(inner, fields=list(kind), mask=mask)
    try:
        taken = column.take(numbers)
    except arrow.ArrowNotImplementedError:  # such as lists of views
        return column
    if arrow.types.is_list(kind) or arrow.types.is_large_list(kind):
        inner = _taken(arrow, taken.values)
        return type(taken).from_arrays(taken.offsets, inner, type=kind, mask=mask)
    return taken
