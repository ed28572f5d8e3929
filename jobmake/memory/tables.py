"""What the texts of Jobfiles say, parsed, so that the same text is parsed once.

Knows texts by their digests. Does not know what a table means, nor which file a text is of.

Invariant: what is given back is what the parser gave for the same bytes. A text that this form
cannot hold (a date is in it) is parsed every time, and so is one that names a secret, which is to
be in no second file; damage costs parsing, never a wrong table.
"""

from __future__ import annotations

import marshal
import sys

from xxhash import xxh3_128_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# what of jobmake's own limits is in it, and marshal's format, may differ between versions
_MAGIC = b"jobmake tables 1 python %x\n" % sys.hexversion

LARGE = 1 << 20  # bytes: a text of that size is parsed by a process of its own


class Tables:
    """By digest of a text: its table. Read when first asked, written by `save` if another text
    was parsed. What nobody asked for is forgotten then."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known: dict[bytes, bytes] | None = None
        self._asked: dict[bytes, bytes] = {}
        self._is_new = False

    def parse(self, data: bytes) -> dict[str, Any]:
        """Return what a TOML file holds. Raises BadToml."""
        if self._known is None:
            self._known = _read(self._path)
        digest = xxh3_128_digest(data)
        kept = self._known.get(digest)
        told = kept or (_parsed_aside(data) if len(data) >= LARGE else None)
        table: dict[str, Any] = _parsed(data) if told is None else marshal.loads(told)
        if kept is None and _names_secret(data):
            return table
        try:
            self._asked[digest] = told or marshal.dumps(table)
        except ValueError:
            return table
        self._is_new = self._is_new or kept is None
        return table

    def save(self) -> None:
        """Write what was asked for, if there is more than was known. Raises OSError."""
        if not self._is_new:
            return
        from jobmake.tools.atomic import write_whole

        body = marshal.dumps(self._asked)
        content = _MAGIC + xxh3_128_digest(body) + body
        write_whole(self._path, content, durable=False, mode=0o600, follow=False)
        self._is_new = False
        self._known, self._asked = None, {}  # it is on the disk now, and may be large


def _parsed(data: bytes) -> dict[str, Any]:
    from jobmake.tools.tomlguard import parse

    return parse(data)


def _parsed_aside(data: bytes) -> bytes | None:
    """Return a table in marshal's form, None where that or the parser refuses it. The parser
    takes ten times the memory of what it gives, and leaves holes in it."""
    from jobmake.tools.aside import aside

    return aside(lambda: marshal.dumps(_parsed(data)))


def _names_secret(data: bytes) -> bool:
    from jobmake.model.secrets import names_secret

    return names_secret(data.decode(errors="replace"))


def _read(path: str) -> dict[bytes, bytes]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    head = len(_MAGIC)
    body = memoryview(data)[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != xxh3_128_digest(body):
        return {}
    found: dict[bytes, bytes] = marshal.loads(body)
    return found
