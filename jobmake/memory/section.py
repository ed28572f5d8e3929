"""What a build looked at besides the content of files, as it is kept in the index: a section.

Knows what is in one, and how it is written. Does not know who looked, nor who looks again.

Invariant: whoever finds all of it as it says, and the files of the section with the digests of
the index, may say what the build said; but nothing of the targets that are ``due``, and of those
that need them.
"""

from __future__ import annotations

import marshal

from jobmake.tools.digest import digest_texts

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypedDict

    from jobmake.memory.stamps import Signature

    # path, digest of the names in it, signature, and whether that vouches for the names
    Listed = tuple[str, str, Signature, bool]

    # the key of a command line, the files of its section, and the rest of it
    Kept = tuple[str, tuple[list[str], bytes] | None]

    class Section(TypedDict):
        """All paths are relative to the project's folder, or absolute."""

        targets: int  # how many are up to date
        names: tuple[str, ...] | None  # of all of them, in the order in which they were told
        absent: list[str]  # where nothing was
        files: list[str]  # where a file was, whatever is in it
        folders: list[str]
        listed: list[Listed]  # folders whose names count
        real: list[str]  # what is no link
        links: list[tuple[str, str]]  # and what they say
        exact: list[tuple[str, Signature | None]]  # what is not to change at all; None: not there
        variables: tuple[str, ...]  # that were asked for
        values: str  # a digest of what they held
        graph: bytes  # the checksum of the graph that was kept; empty: none was
        due: tuple[str, ...]  # targets that are to be judged, as a build did not end well
        journal: Signature | None  # of the journal that it left; None: one without facts


def encoded(section: Section) -> bytes:
    """Return a section as bytes."""
    return marshal.dumps(section)  # type: ignore[arg-type]  # plain data, all of it


def decoded(data: bytes | memoryview) -> Section:
    """Return what `encoded` gave. The index vouches for the bytes."""
    section: Section = marshal.loads(data)
    return section


def values_digest(names: Iterable[str], environ: Mapping[str, str]) -> str:
    """Return one digest over the values of variables, set or not."""
    return digest_texts(
        text for name in names for text in (name, f"={environ[name]}" if name in environ else "")
    )
