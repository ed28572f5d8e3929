"""A value in a file: a line that says what it is, a head in JSON, and blobs.

    jobmake-value 1 xxh3:0123…          the form, and the digest of all that follows
    {"value": …, "blobs": [8000]}       the value; lengths of the blobs
    (zeros) blob (zeros) blob …         each begins at a multiple of 64 bytes

Knows the layout. Does not know what values are made of.

Invariant: a file is written whole or not at all; one byte changed, added or missing is
found before anything is made of it. A blob is copied neither on its way out nor in.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from jobmake.tools.digest import digest_parts
from jobmake.values.base64 import to_text
from jobmake.values.trouble import DamagedValue, UnreadableValue

if TYPE_CHECKING:
    from typing import BinaryIO

VERSION = 1
MAGIC = b"jobmake-value "
_FIRST_LINE = len(b"jobmake-value 1 xxh3:\n") + 32
_LONGEST_FIRST_LINE = 80  # that of a form with a longer number may be longer
_ALIGN = 64
_INLINE = 1024  # a blob up to this size stands in the head
_WRITER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Blobs:
    """Gathers the blobs of one value; small ones stay in the head, as base64."""

    def __init__(self) -> None:
        self.large: list[memoryview] = []

    def __call__(self, data: memoryview) -> int | str:
        """Return what stands for the bytes in the head."""
        if data.nbytes <= _INLINE:
            return to_text(data)
        self.large.append(data)
        return len(self.large) - 1


def laid_out(plain: Any, blobs: list[memoryview]) -> list[bytes | memoryview]:
    """Return the parts of the file, in their order."""
    head = {"value": plain, "blobs": [blob.nbytes for blob in blobs]}
    line = _WRITER.encode(head).encode() + b"\n"
    parts: list[bytes | memoryview] = [line]
    end = _FIRST_LINE + len(line)
    for blob in blobs:
        parts.append(bytes(-end % _ALIGN))
        parts.append(blob)
        end += -end % _ALIGN + blob.nbytes
    version = b"%d " % VERSION
    digest = digest_parts([version, *parts])
    return [MAGIC + version + digest.encode() + b"\n", *parts]


def read_parts(file: BinaryIO, path: str) -> tuple[Any, list[bytearray]]:
    """Return the plain value and the blobs of an open file. Raises DamagedValue."""
    first = file.readline(_LONGEST_FIRST_LINE)
    version, _, digest = first.removeprefix(MAGIC).rstrip(b"\n").partition(b" ")
    if not first.startswith(MAGIC) or not version.isdigit():
        raise DamagedValue(f"`{path}` is not a value of jobmake's, or is damaged")
    if version != b"%d" % VERSION:
        rest = file.read()
        if digest.decode("latin-1") != digest_parts([version + b" ", rest]):
            raise _damaged(path)
        raise UnreadableValue(
            f"`{path}` was written in the form {version.decode()}, and this jobmake knows "
            f"{VERSION}",
            "install a newer jobmake",
        )
    try:
        line = file.readline()
        head = json.loads(line)
        plain, sizes = head["value"], head["blobs"]
        blobs, gaps = _blobs(file, _FIRST_LINE + len(line), sizes)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path) from None
    between = [part for pair in zip(gaps, blobs, strict=True) for part in pair]
    if first != MAGIC + b"%d " % VERSION + digest + b"\n" or digest.decode(
        "latin-1"
    ) != digest_parts([b"%d " % VERSION, line, *between]):
        raise _damaged(path)
    return plain, blobs


def _blobs(file: BinaryIO, end: int, sizes: list[int]) -> tuple[list[bytearray], list[bytes]]:
    """Read the blobs, and the gaps before them; all sizes are tried first."""
    places = []
    for size in sizes:
        if type(size) is not int or size < 0:
            raise ValueError(size)
        places.append((-end % _ALIGN, size))
        end += -end % _ALIGN + size
    if end != os.fstat(file.fileno()).st_size:
        raise ValueError(end)
    blobs, gaps = [], []
    for gap, size in places:
        gaps.append(file.read(gap))
        blob = bytearray(size)
        if file.readinto(blob) != size:  # type: ignore[attr-defined] # BinaryIO forgets it
            raise ValueError(size)
        blobs.append(blob)
    return blobs, gaps


def _damaged(path: str) -> DamagedValue:
    return DamagedValue(f"the value in `{path}` is damaged", "build its target again")
