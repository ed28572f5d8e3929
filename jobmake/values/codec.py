"""Values in their three forms: as a file, as JSON, as the text of a param.

    write_value(path, value)    read_value(path)      what jobs return and hand on
    to_json(value)              from_json(data)       what stands in files that people read
    value_text(value)                                 what a fingerprint holds

Knows the forms. Does not know the types: `encode`, `decode` and the codecs do.

Invariant: what comes back is equal to what went in, and of the same type all the way down;
a value has one file, one JSON and one text, always. (Two places that held one object hold
two equal ones afterwards.)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jobmake.values.base64 import from_text, to_text
from jobmake.values.decode import Decoder
from jobmake.values.encode import Encoder
from jobmake.values.file import Blobs, laid_out, read_parts
from jobmake.values.trouble import NotKept, Unkept

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 96  # bytes that stand in the text of a param; more are told by their digest


def write_value(
    path: str | os.PathLike[str],
    value: Any,
    *,
    pickled: bool = False,
    name: str = "value",
    durable: bool = False,
) -> None:
    """Write a value to a file, whole or not at all.

    ``pickled``: what nothing else knows is pickled. ``name``: what an error calls the value.
    Raises NotKept, and OSError.
    """
    from jobmake.tools.atomic import write_parts

    parts = value_parts(value, pickled=pickled, name=name)
    write_parts(os.fspath(path), parts, durable=durable)


def value_parts(
    value: Any, *, pickled: bool = False, name: str = "value"
) -> Iterable[bytes | memoryview]:
    """Return what `write_value` writes, part by part: to be digested, or sent. Raises NotKept."""
    blobs = Blobs()
    plain = _plain(Encoder(blobs, pickled=pickled), value, name)
    return laid_out(plain, blobs.large)


def read_value(path: str | os.PathLike[str], *, pickled: bool = False) -> Any:
    """Return the value in a file.

    Raises DamagedValue where the file is not as it was written, UnreadableValue where a
    package, a class, a codec or the leave to unpickle is missing, and OSError.
    """
    with open(path, "rb") as file:
        plain, blobs = read_parts(file, os.fspath(path))

    def blob(place: Any) -> bytearray:
        return blobs[place] if type(place) is int else from_text(place)

    return Decoder(blob, pickled=pickled).whole(plain)


def to_json(value: Any, *, pickled: bool = False, name: str = "value") -> Any:
    """Return a value as what `json.dumps` takes; bytes stand in it as base64. Raises NotKept."""
    return _plain(Encoder(to_text, pickled=pickled), value, name)


def from_json(data: Any, *, pickled: bool = False) -> Any:
    """Return the value of JSON's data. Raises as `read_value`; what is plain stays as it is."""
    return Decoder(from_text, pickled=pickled).whole(data)


def value_text(value: Any, *, name: str = "value") -> str:
    """Return the text of a value in a fingerprint: one line, and valid TOML. Raises NotKept.

    Values that TOML has are written as TOML has them, all others as tables with a tag; the
    order of a dict does not count.
    """
    from jobmake.tools.tomltext import value as toml_value

    plain = _plain(Encoder(_told, toml=True), value, name)
    try:
        return toml_value(plain)
    except RecursionError:
        raise _too_deep(name) from None


def _told(data: memoryview) -> str:
    if data.nbytes <= _SHOWN:
        return to_text(data)
    from jobmake.tools.digest import digest_parts

    return digest_parts([data])


def _plain(encoder: Encoder, value: Any, name: str) -> Any:
    try:
        return encoder.plain(value)
    except Unkept as error:
        raise error.told(name) from None
    except RecursionError:
        raise _too_deep(name) from None


def _too_deep(name: str) -> NotKept:
    return NotKept(f"{name}: it is nested too deep to be kept")
