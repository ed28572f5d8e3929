"""The index: every file's signature and digest, and what builds with nothing to do looked at.

    magic, checksum
    paths        one text, each ends where a NUL is
    rows         36 bytes of signature each
    digests      one text, each ends where a line does
    settled      a byte each: whether the signature can vouch for the content
    sections     by the key of a command line: what its build looked at (`memory/section.py`)

Flat, so that it is there at once: whoever looks at signatures alone decodes nothing else. Does
not know what the files are for.

Invariants: only what carries the right checksum is decoded; a lost or damaged index costs
reading files again, never a wrong answer. The files of a section are rows of the same index,
with the digests that they had when it was made.
"""

from __future__ import annotations

import _struct  # `struct` itself takes a quarter of a millisecond
import marshal

from xxhash import xxh3_128_digest

from jobmake.memory.stamps import Signature

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# signature, digest, and whether the signature can vouch for the content
Entry = tuple[Signature, str, bool]

# marshal's format may differ between versions of Python
_MAGIC = b"jobmake index 3 marshal %d\n" % marshal.version
ROW = _struct.Struct("<QqqqI")
NoRow: type[Exception] = _struct.error  # type: ignore[attr-defined]  # what fits into none
MOST_SECTIONS = 4  # of different command lines, the latest


class Index:
    """An index as it is on the disk, not decoded further."""

    __slots__ = ("digests", "names", "rows", "sections", "settled")

    def __init__(
        self,
        names: bytes = b"",
        rows: bytes = b"",
        digests: bytes = b"",
        settled: bytes = b"",
        sections: dict[str, bytes] | None = None,
    ) -> None:
        self.names, self.rows, self.digests, self.settled = names, rows, digests, settled
        self.sections = sections or {}

    @property
    def paths(self) -> list[str]:
        """The path of each row."""
        return self.names.decode("utf-8", "surrogateescape").split("\0")[:-1]

    @property
    def entries(self) -> dict[str, Entry]:
        """Path and entry of every known file."""
        digests = self.digests.decode().split("\n")
        rows = ROW.iter_unpack(self.rows)
        entries = zip(rows, digests, map(bool, self.settled), strict=False)
        return dict(zip(self.paths, entries, strict=False))


def read(path: str) -> Index | None:
    """Return the index; None where there is no intact one."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    head = len(_MAGIC)
    body = memoryview(data)[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != xxh3_128_digest(body):
        return None
    try:
        index = Index(*marshal.loads(body))
        count = len(index.settled)
        fits = len(index.rows) == count * ROW.size and index.names.count(b"\0") == count
    except (ValueError, EOFError, TypeError, AttributeError):
        return None
    return index if fits else None


def write(path: str, index: Index) -> None:
    """Replace the index. It is not synced: it can be made again. Raises OSError."""
    from jobmake.tools.atomic import write_parts  # who has nothing to do writes nothing

    body = marshal.dumps((index.names, index.rows, index.digests, index.settled, index.sections))
    parts = (_MAGIC + xxh3_128_digest(body), body)
    write_parts(path, parts, durable=False, mode=0o600, follow=False)


def read_index(path: str) -> dict[str, Entry]:
    """Return path and entry of every known file; empty where there is no intact index."""
    index = read(path)
    return {} if index is None else index.entries


def write_index(
    path: str,
    entries: Mapping[str, Entry],
    *,
    key: str = "",
    section: tuple[Sequence[str], bytes] | None = None,
) -> None:
    """Replace the index by one of these entries; with ``section``, its files and what else was
    looked at, under a key. The sections that were there before stay, as long as every file of
    theirs still has the digest that it had. Raises OSError."""
    write(path, _packed(entries, read(path), key, section))


def _packed(
    entries: Mapping[str, Entry],
    before: Index | None,
    key: str,
    section: tuple[Sequence[str], bytes] | None,
) -> Index:
    """Return the index of these entries: all that it takes to make it is gone by then."""
    rows, digests, settled = bytearray(), [], bytearray()
    place: dict[str, int] = {}
    for name, (signature, digest, vouches) in entries.items():
        try:
            rows += ROW.pack(*signature)
        except NoRow:
            continue  # of the year 2300: it is read again every time
        place[name] = len(place)
        digests.append(digest)
        settled.append(vouches)
    whole = bytes(rows)
    del rows  # at 100,000 targets each copy is of 7 MB
    sections = {} if before is None else dict(_still_right(before, digests, place))
    sections.pop(key, None)
    if section is not None and all(name in place for name in section[0]):
        sections[key] = _placed(section[0], place, section[1])
    newest = list(sections)[-MOST_SECTIONS:]
    names = list(place)
    del place  # the largest of all of this
    return Index(
        "\0".join([*names, ""]).encode("utf-8", "surrogateescape"),
        whole,
        "\n".join(digests).encode(),
        bytes(settled),
        {name: sections[name] for name in newest},
    )


def files_of(section: bytes) -> tuple[memoryview, bytes]:
    """Return the numbers of a section's rows, and what else it holds."""
    count = int.from_bytes(section[:4], "little")
    end = 4 + 4 * count
    return memoryview(section)[4:end].cast("I"), section[end:]


def with_rest(section: bytes, rest: bytes) -> bytes:
    """Return a section with something else besides its rows."""
    numbers, _ = files_of(section)
    return section[: 4 + 4 * len(numbers)] + rest


def _placed(files: Iterable[str], place: Mapping[str, int], rest: bytes) -> bytes:
    numbers = sorted(place[name] for name in files)
    packed = _struct.pack(f"={len(numbers)}I", *numbers)
    return len(numbers).to_bytes(4, "little") + packed + rest


def _still_right(
    before: Index, now: Sequence[str], place: Mapping[str, int]
) -> Iterable[tuple[str, bytes]]:
    """Yield the sections whose files have the digests that they had, by the new numbers."""
    if not before.sections:
        return
    paths, digests = before.paths, before.digests.decode().split("\n")
    for key, section in before.sections.items():
        numbers, rest = files_of(section)
        files = [paths[one] for one in numbers]
        if all(
            path in place and now[place[path]] == digests[one]
            for path, one in zip(files, numbers, strict=True)
        ):
            yield key, _placed(files, place, rest)
