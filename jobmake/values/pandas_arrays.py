"""The arrays that pandas keeps its columns and indexes in.

Knows each kind of dtype and what an array of it consists of. Does not know tables.

Invariant: dtype and elements are kept, and what lies under a missing element does not
count. Texts go out as their letters and lengths, all else as arrays of numpy.
"""

from __future__ import annotations

from typing import Any

from jobmake.values.library import library
from jobmake.values.trouble import Unkept


def array_out(array: Any) -> Any:
    """Return what an array of pandas, or of numpy, consists of. Raises Unkept."""
    dtype = array.dtype
    kind = type(dtype).__name__
    if isinstance(dtype, library("numpy").dtype) or kind in ("NumpyEADtype", "PandasDtype"):
        return {"kind": "numpy", "of": library("numpy").asarray(array)}
    out = _OUT.get(kind)
    if out is None and hasattr(dtype, "numpy_dtype"):  # Int64, Float32, boolean
        out = _masked_out
    if out is None:
        raise Unkept(f"a column of dtype `{dtype}` cannot be kept")
    return {"kind": kind if kind in _OUT else "masked", **out(array)}


def array_in(told: dict[str, Any]) -> Any:
    """Return the array that was told."""
    return _IN[told["kind"]](told)


def texts_out(texts: list[Any]) -> dict[str, Any]:
    """Return letters and lengths of texts; what is no text counts as missing."""
    numpy = library("numpy")
    letters = [one.encode("utf-8", "surrogatepass") if type(one) is str else None for one in texts]
    lengths = [-1 if one is None else len(one) for one in letters]
    joined = b"".join([one for one in letters if one])
    return {"letters": joined, "lengths": numpy.array(lengths, "<i8")}


def texts_in(told: dict[str, Any], missing: Any) -> list[Any]:
    """Return the texts, with ``missing`` where there was none."""
    texts, at, letters = [], 0, told["letters"]
    for length in told["lengths"].tolist():
        if length < 0:
            texts.append(missing)
        else:
            texts.append(letters[at : at + length].decode("utf-8", "surrogatepass"))
            at += length
    return texts


def _string_out(array: Any) -> dict[str, Any]:
    dtype = array.dtype
    nan = type(getattr(dtype, "na_value", None)) is float
    return {"storage": dtype.storage, "nan": nan, **texts_out(array.astype(object).tolist())}


def _string_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    if told["nan"]:
        dtype = pandas.StringDtype(told["storage"], na_value=float("nan"))
    else:
        dtype = pandas.StringDtype(told["storage"])
    return pandas.array(texts_in(told, dtype.na_value), dtype=dtype)


def _masked_out(array: Any) -> dict[str, Any]:
    missing = array.isna()
    dtype = array.dtype.numpy_dtype
    elements = array.to_numpy(dtype, na_value=dtype.type(0))
    return {"dtype": array.dtype.name, "of": elements, "missing": missing}


def _masked_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    cls = pandas.array([], dtype=told["dtype"]).__class__
    return cls(told["of"], told["missing"])


def _categorical_out(array: Any) -> dict[str, Any]:
    codes = library("numpy").asarray(array.codes)
    return {"codes": codes, "categories": array.categories, "ordered": array.ordered}


def _categorical_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    dtype = pandas.CategoricalDtype(told["categories"], told["ordered"])
    return pandas.Categorical.from_codes(told["codes"], dtype=dtype)


def _zoned_out(array: Any) -> dict[str, Any]:
    unit = array.dtype.unit
    naive = array.astype(f"M8[{unit}]") if array.tz is None else array.tz_convert(None)
    elements = library("numpy").asarray(naive)
    return {"of": elements, "zone": array.dtype.tz, "unit": unit}


def _zoned_in(told: dict[str, Any]) -> Any:
    index = library("pandas").DatetimeIndex(told["of"])
    return index.tz_localize("UTC").tz_convert(told["zone"]).array


def _period_out(array: Any) -> dict[str, Any]:
    return {"of": array.asi8, "freq": array.freqstr}


def _period_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    dtype = pandas.PeriodDtype(told["freq"])
    return pandas.arrays.PeriodArray(told["of"], dtype=dtype)


def _interval_out(array: Any) -> dict[str, Any]:
    return {"left": array.left, "right": array.right, "closed": array.closed}


def _interval_in(told: dict[str, Any]) -> Any:
    return library("pandas").arrays.IntervalArray.from_arrays(
        told["left"], told["right"], closed=told["closed"]
    )


def _arrow_out(array: Any) -> dict[str, Any]:
    return {"table": library("pyarrow").table({"of": array.__arrow_array__()})}


def _arrow_in(told: dict[str, Any]) -> Any:
    return library("pandas").arrays.ArrowExtensionArray(told["table"].column(0))


def _sparse_out(array: Any) -> dict[str, Any]:
    index = array.sp_index
    at = library("numpy").asarray(index.indices)
    return {"of": array.sp_values, "at": at, "size": len(array), "fill": array.fill_value,
            "blocks": type(index).__name__ == "BlockIndex"}  # fmt: skip


def _sparse_in(told: dict[str, Any]) -> Any:
    pandas = library("pandas")
    cls, size = pandas.arrays.SparseArray, told["size"]
    if hasattr(cls, "from_indices"):  # since pandas 3
        kind = "block" if told["blocks"] else "integer"
        return cls.from_indices(told["of"], told["at"], size, told["fill"], kind=kind)
    index = library("pandas._libs.sparse").IntIndex(size, told["at"])
    index = index.to_block_index() if told["blocks"] else index
    return cls(told["of"], sparse_index=index, fill_value=told["fill"])


_OUT = {
    "StringDtype": _string_out, "CategoricalDtype": _categorical_out,
    "DatetimeTZDtype": _zoned_out, "PeriodDtype": _period_out, "IntervalDtype": _interval_out,
    "ArrowDtype": _arrow_out, "SparseDtype": _sparse_out,
}  # fmt: skip
_IN = {
    "numpy": lambda told: told["of"], "masked": _masked_in,
    "StringDtype": _string_in, "CategoricalDtype": _categorical_in,
    "DatetimeTZDtype": _zoned_in, "PeriodDtype": _period_in, "IntervalDtype": _interval_in,
    "ArrowDtype": _arrow_in, "SparseDtype": _sparse_in,
}  # fmt: skip
