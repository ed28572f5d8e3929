"""Tables and columns of polars, in Arrow's format for files.

Knows how a column is brought into the one form that all equal columns have. Columns of
objects go out element by element.

Invariant: names, dtypes and elements are kept. How a column was chunked, what lies under
its missing elements, and the numbers of its categories are not part of the value. (What
lies under missing elements of a fixed-size `Array` may still show in the bytes.)
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from jobmake.values.library import library
from jobmake.values.trouble import Unkept

if TYPE_CHECKING:
    from collections.abc import Sequence


def codecs() -> list[Any]:
    """Return the codecs for polars."""
    return [Frame(), Series()]


class Frame:
    """Keeps `polars.DataFrame`."""

    name = "polars.DataFrame"
    types: Sequence[str] = ("polars.dataframe.frame:DataFrame",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return names, lengths and what is no column of Arrow; and the columns."""
        polars = library("polars")
        plain: dict[str, Any] = {"columns": value.columns, "height": value.height}
        objects, texts, kept = {}, [], []
        for at, column in enumerate(value.get_columns()):
            kind = type(column.dtype).__name__
            if kind == "Object":
                objects[str(at)] = column.to_list()
                continue
            if kind == "Categorical":
                texts.append(at)
                column = _categories_as_texts(polars, column)
            kept.append(_clean(polars, column).alias(str(at)))
        plain |= {"objects": objects} if objects else {}
        plain |= {"categorical": texts} if texts else {}
        if not kept:
            return plain, ()
        file = BytesIO()
        oldest = polars.CompatLevel.oldest()  # the same bytes from any polars that knows it
        polars.DataFrame(kept).write_ipc(file, compression="uncompressed", compat_level=oldest)
        return plain, (file.getbuffer(),)

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the table."""
        polars = library("polars")
        stored = {}
        if blobs:
            frame = polars.read_ipc(BytesIO(blobs[0]))
            stored = {column.name: column for column in frame.get_columns()}
        for at, elements in plain.get("objects", {}).items():
            stored[at] = polars.Series(elements, dtype=polars.Object)
        for at in plain.get("categorical", ()):
            stored[str(at)] = stored[str(at)].cast(polars.Categorical())
        columns = [stored[str(at)].alias(name) for at, name in enumerate(plain["columns"])]
        if not columns and plain["height"]:
            return polars.DataFrame(height=plain["height"])
        return polars.DataFrame(columns)


class Series(Frame):
    """Keeps `polars.Series`, as a table of one column."""

    name = "polars.Series"
    types = ("polars.series.series:Series",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return what a table of it has."""
        return super().encode(value.to_frame())

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the column."""
        return super().decode(plain, blobs).to_series()


def _categories_as_texts(polars: Any, column: Any) -> Any:
    if column.dtype != polars.Categorical():
        raise Unkept("a column with categories of its own cannot be kept", "make it an `Enum`")
    return column.cast(polars.String)


def _clean(polars: Any, column: Any) -> Any:
    """Return the column in one piece, without what lies unseen."""
    if not len(column):
        return column
    kind, name = type(column.dtype).__name__, column.name
    if kind in ("String", "Binary") and column.null_count():
        column = _where(polars, column, column.fill_null("" if kind == "String" else b""))
    elif kind == "Struct" and column.dtype.fields:
        fields = column.struct.unnest().get_columns()
        inner = [_clean(polars, _where(polars, column, one)) for one in fields]
        column = _where(polars, column, polars.DataFrame(inner).to_struct(name))
    return column.gather(polars.int_range(len(column), eager=True)).rechunk()


def _where(polars: Any, column: Any, then: Any) -> Any:
    """Return elements where the column has some, and missing ones where it has none."""
    chosen = polars.when(column.is_not_null()).then(then)
    return polars.select(chosen.alias(then.name)).to_series()
