"""Arrays and scalars of numpy: dtype, order and bytes are exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobmake.values.codec import value_text
from jobmake.values.trouble import NotKept
from tests.values.same import there_and_back

ALIGNED = np.dtype([("a", "i1"), ("b", "f8", (2,)), ("c", [("x", "g"), ("y", "S3")])], align=True)
TITLED = np.dtype({"names": ["a"], "formats": ["<i4"], "titles": ["long name"], "itemsize": 16})


def dtypes() -> list[Any]:
    numbers = [
        np.dtype(char).newbyteorder(order) for char in "?bhilqpBHILQPefdgFDG" for order in "<>"
    ]
    others = ["<M8[ns]", ">M8[D]", "<m8[25us]", "S3", "<U3", ">U3", "V5", "S0", ALIGNED, TITLED]
    return [*numbers, *map(np.dtype, others)]


def check(value: Any, folder: Path) -> None:
    for back in there_and_back(value, folder):
        assert type(back) is type(value)
        assert back.dtype == value.dtype
        assert back.dtype.char == value.dtype.char
        assert back.dtype.isalignedstruct == value.dtype.isalignedstruct
        assert back.dtype.fields == value.dtype.fields
        assert back.tobytes() == value.tobytes() or repr(back) == repr(value)
        assert value_text(back) == value_text(value)
        if isinstance(value, np.ndarray):
            assert back.shape == value.shape
            assert back.flags.c_contiguous == value.flags.c_contiguous or not value.flags.forc
            assert back.flags.writeable


@pytest.mark.parametrize("dtype", dtypes(), ids=str)
def test_arrays_and_scalars_of_every_dtype_come_back(dtype: Any, tmp_path: Path) -> None:
    array = np.zeros((2, 3), dtype)
    array[0, 1] = np.ones((), dtype)[()]
    for value in (
        array,
        np.asfortranarray(array),
        array.T,
        array[:, ::2],
        array[:0],
        np.zeros((), dtype),
        np.zeros((2, 3, 4), dtype, order="F"),
        np.tile(array, (20, 20)),
    ):
        check(value, tmp_path)
    scalar = array[0, 1]
    if not isinstance(scalar, np.void) or dtype != TITLED:
        for back in there_and_back(scalar, tmp_path):
            assert type(back) is type(scalar)
            assert repr(back) == repr(scalar)


@pytest.mark.parametrize(
    "value",
    [
        np.int64(2), np.longlong(2), np.float32(0.1), np.float64("nan"), np.longdouble("0.1"),
        np.complex64(1 + 2j), np.bool_(True), np.str_("ü\0"), np.bytes_(b"a\0"),
        np.datetime64("2026-11-21", "ns"), np.datetime64("NaT", "s"), np.timedelta64(3, "W"),
        np.array([1, "a", None, (1, {2})], object), np.array([[[1]], [[{2}]]], object).T,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_single_values_come_back(value: Any, tmp_path: Path) -> None:
    for back in there_and_back({"a": [value]}, tmp_path):
        assert type(back["a"][0]) is type(value)
        assert repr(back["a"][0]) == repr(value)
        assert back["a"][0].dtype == value.dtype


def test_what_looks_alike_has_texts_of_its_own() -> None:
    array = np.arange(6.0).reshape(2, 3)
    alike: list[Any] = [
        2, 2.0, np.int64(2), np.int32(2), np.longlong(2), np.float64(2), np.array(2), np.array([2]),
        np.array([2], ">i8"), array, np.asfortranarray(array), array.astype("f4"), array.reshape(6),
        array.tolist(), np.array(array, object),
    ]  # fmt: skip

    assert len({value_text(one) for one in alike}) == len(alike)


def test_what_is_padding_in_memory_does_not_count() -> None:
    one = np.zeros(3, ALIGNED)
    other = np.frombuffer(b"\xff" * one.nbytes, ALIGNED).copy()
    for name in ("a", "b"):
        other[name] = 0
    other["c"]["x"], other["c"]["y"] = 0, b""
    assert (one == other).all()

    assert value_text(one) == value_text(other)
    assert value_text(one["c"]["x"].copy()) == value_text(other["c"]["x"].copy())


def test_what_is_more_than_an_array_is_not_flattened() -> None:
    for value, name in (
        (np.ma.array([1]), "numpy.ma:MaskedArray"),
        (np.rec.array([(1,)], dtype=[("a", "i4")]), "numpy.rec:recarray"),
    ):
        with pytest.raises(NotKept, match=f'^value."m".: a `{name}` cannot be kept$'):
            value_text({"m": value})


def test_elements_that_cannot_be_kept_are_told() -> None:
    with pytest.raises(NotKept) as error:
        value_text([np.array([1, lambda: 0], object)])
    assert str(error.value) == "value[0]: a lambda cannot be kept (inside a `ndarray`)"
    with pytest.raises(NotKept, match="an array of records that hold objects cannot be kept"):
        value_text(np.zeros(1, [("a", object)]))


def test_a_large_array_is_not_copied_on_its_way_in(tmp_path: Path) -> None:
    array = np.arange(100_000)

    back = there_and_back(array, tmp_path)[0]

    assert not back.flags.owndata  # it lives in what was read
    back[0] = 7
    assert back[0] == 7
