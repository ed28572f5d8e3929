"""The index: every file's signature and digest, kept between builds.

Knows how it is written so that it loads at once: one checksummed blob. Does not know what
the files are for.

Invariant: only what carries the right checksum is decoded. A lost or damaged index costs
reading files again, never a wrong answer.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING

from xxhash import xxh3_128_digest

from jobmake.tools.atomic import write_whole

if TYPE_CHECKING:
    from jobmake.memory.stamps import Signature

# signature, digest, and whether the signature can vouch for the content
Entry = tuple["Signature", str, bool]

# marshal's format may differ between versions of Python
_MAGIC = b"jobmake index 1 marshal %d\n" % marshal.version


def read_index(path: str) -> dict[str, Entry]:
    """Return path and entry of every known file; empty where there is no intact index."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    head = len(_MAGIC)
    body = data[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != xxh3_128_digest(body):
        return {}
    try:
        entries = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return {}
    return entries if isinstance(entries, dict) else {}


def write_index(path: str, entries: dict[str, Entry]) -> None:
    """Replace the index. It is not synced: it can be made again. Raises OSError."""
    body = marshal.dumps(entries)
    write_whole(path, _MAGIC + xxh3_128_digest(body) + body, durable=False, mode=0o600)
