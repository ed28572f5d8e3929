"""Arrays and scalars of numpy.

Knows dtypes and memory: the elements go out as their bytes, uncopied where they lie in one
piece. Object arrays go out element by element.

Invariant: dtype (byte order, fields, offsets) and order of the memory (C or Fortran) are
kept; what is padding in memory goes out as zeros. A scalar stays a scalar of its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.values.library import library
from jobmake.values.trouble import Unkept

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCALARS = """
    bool bool_ int8 int16 int32 int64 longlong uint8 uint16 uint32 uint64 ulonglong intc uintc
    float16 float32 float64 longdouble float128 complex64 complex128 clongdouble complex256
    datetime64 timedelta64 void
"""
_LONG = "gG"  # long doubles: 10 bytes of a number, and padding
_LONG_BYTES = 10


def codecs() -> list[Any]:
    """Return the codecs for numpy."""
    return [Array(), Scalar(), Text()]


class Array:
    """Keeps `numpy.ndarray`."""

    name = "ndarray"
    types = ("numpy:ndarray",)

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return dtype, shape and order, and the elements' bytes."""
        dtype = value.dtype
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        if dtype.char == "O":
            elements = value.ravel(order=order).tolist()
            return {"dtype": "O", "shape": list(value.shape), "order": order, "of": elements}, ()
        plain = {"dtype": described(dtype), "shape": list(value.shape), "order": order}
        return plain, (_flat_bytes(value, order),)

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the array; it lives in the blob."""
        numpy = library("numpy")
        shape, order = plain["shape"], plain["order"]
        if plain["dtype"] == "O":
            flat = numpy.empty(len(plain["of"]), object)
            for at, one in enumerate(plain["of"]):
                flat[at] = one
            return flat.reshape(shape, order=order)
        dtype = restored(plain["dtype"])
        if not dtype.itemsize or not blobs[0]:
            return numpy.zeros(shape, dtype, order=order)
        return numpy.frombuffer(blobs[0], dtype).reshape(shape, order=order)


class Scalar:
    """Keeps the scalars of numpy but texts: numbers readable, all others as their bytes."""

    name = "numpy"
    types = tuple(f"numpy:{name}" for name in _SCALARS.split())

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return dtype and number, or dtype and bytes."""
        dtype = value.dtype
        if dtype.hasobject:
            raise Unkept("a scalar of numpy that holds objects cannot be kept")
        if dtype.char not in _LONG and dtype.kind in "biufc":
            return [described(dtype), value.item()], ()
        array = library("numpy").array(value)
        return [described(dtype), bytes(_flat_bytes(array, "C"))], ()

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the scalar."""
        numpy = library("numpy")
        dtype, told = restored(plain[0]), plain[1]
        if type(told) is not bytes:
            return dtype.type(told)
        if not dtype.itemsize:
            return numpy.zeros((), dtype)[()]
        return numpy.frombuffer(bytearray(told), dtype)[0]


class Text:
    """Keeps `numpy.str_` and `numpy.bytes_`."""

    name = "numpy.str"
    types = ("numpy:str_", "numpy:bytes_")

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return the text as one of Python."""
        # numpy's own `str` drops zeros at the end
        return (bytes(value) if isinstance(value, bytes) else str.__str__(value)), ()

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the text as one of numpy."""
        numpy = library("numpy")
        return numpy.bytes_(plain) if type(plain) is bytes else numpy.str_(plain)


def described(dtype: Any) -> Any:
    """Return a dtype as plain data. Raises Unkept."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return {"base": described(base), "shape": list(shape)}
    if dtype.names is not None:
        return _fields_described(dtype)
    if dtype.kind not in "biufcmMSUV":
        raise Unkept(f"an array with elements of dtype `{dtype}` cannot be kept")
    text = dtype.str
    if library("numpy").dtype(text).char != dtype.char:  # `long long` is no other int64 to `str`
        text = text[0] + dtype.char
    return text


def restored(described: Any) -> Any:
    """Return the dtype that was described."""
    numpy = library("numpy")
    if type(described) is str:
        return numpy.dtype(described)
    if "base" in described:
        return numpy.dtype((restored(described["base"]), tuple(described["shape"])))
    formats = [restored(one) for one in described["formats"]]
    return numpy.dtype({**described, "formats": formats})


def _fields_described(dtype: Any) -> dict[str, Any]:
    if dtype.hasobject:
        raise Unkept("an array of records that hold objects cannot be kept")
    fields = [dtype.fields[name] for name in dtype.names]
    plain = {
        "names": list(dtype.names),
        "formats": [described(field[0]) for field in fields],
        "offsets": [field[1] for field in fields],
        "itemsize": dtype.itemsize,
        "aligned": bool(dtype.isalignedstruct),
    }
    titles = [field[2] if len(field) > 2 else None for field in fields]
    return {**plain, "titles": titles} if any(titles) else plain


def _flat_bytes(array: Any, order: str) -> memoryview:
    """Return the elements' bytes in their order, uncopied where they lie so already."""
    numpy = library("numpy")
    if not array.dtype.itemsize or not array.size:
        return memoryview(b"")
    array = _without_padding(array)
    laid = array.T if order == "F" else array
    flat = numpy.ascontiguousarray(laid).reshape(-1)
    return memoryview(flat.view(numpy.uint8))


def _without_padding(array: Any) -> Any:
    """Return the array with zeros where no element has a say."""
    if not _is_padded(array.dtype):
        return array
    order = "C" if array.flags.c_contiguous else "F"
    clean = library("numpy").zeros(array.shape, array.dtype, order=order)  # padding, too
    _fill(clean, array)
    return clean


def _is_padded(dtype: Any) -> bool:
    if dtype.subdtype is not None:
        return _is_padded(dtype.subdtype[0])
    if dtype.names is None:
        return dtype.char in _LONG
    fields = [dtype.fields[name][0] for name in dtype.names]
    return sum(one.itemsize for one in fields) != dtype.itemsize or any(map(_is_padded, fields))


def _fill(clean: Any, array: Any) -> None:
    numpy = library("numpy")
    if array.dtype.names is not None:
        for name in array.dtype.names:
            _fill(clean[name], array[name])
    elif array.dtype.char in _LONG:
        half = numpy.array(array)  # in one piece
        parts = half.reshape(-1).view(numpy.uint8).reshape(-1, numpy.dtype("g").itemsize)
        if array.dtype.isnative and parts.shape[1] > _LONG_BYTES:
            parts[:, _LONG_BYTES:] = 0
        clean[...] = half
    else:
        clean[...] = array
