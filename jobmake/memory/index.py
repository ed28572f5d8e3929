"""The index: every file's signature and digest, and what builds with nothing to do looked at.

    magic, checksum, length of the head, the head: how long each part is, and the keys
    paths        one text, each ends where a NUL is
    rows         36 bytes of signature each
    digests      17 bytes each, in their short form
    settled      a byte each: whether the signature can vouch for the content
    sections     by the key of a command line: what its build looked at (`memory/section.py`)

Flat, so that it is there at once: whoever looks at signatures alone decodes nothing else, and what
is put in the place of a row moves no other. Does not know what the files are for.

Invariants: only what carries the right checksum is decoded; a lost or damaged index costs
reading files again, never a wrong answer. The files of a section are rows of the same index,
with the digests that they had when it was made.
"""

from __future__ import annotations

import _struct  # `struct` itself takes a quarter of a millisecond
import marshal
import os

from xxhash import xxh3_128

from jobmake.memory.stamps import Signature
from jobmake.tools.digest import SHORT, longs, shorts

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# signature, digest, and whether the signature can vouch for the content
Entry = tuple[Signature, str, bool]

# marshal's format may differ between versions of Python
_MAGIC = b"jobmake index 4 marshal %d\n" % marshal.version
_LENGTH = 4  # bytes of the head's length
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
        return taken_apart(self.names)

    @property
    def entries(self) -> dict[str, Entry]:
        """Path and entry of every known file."""
        rows = ROW.iter_unpack(self.rows)
        entries = zip(rows, longs(self.digests), map(bool, self.settled), strict=True)
        return {path: one for path, one in zip(self.paths, entries, strict=True) if one[1]}


def taken_apart(names: bytes) -> list[str]:
    """Return the paths of a text of them."""
    return names.decode("utf-8", "surrogateescape").split("\0")[:-1]


def joined(paths: Iterable[str]) -> bytes:
    """Return paths as one text."""
    return "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")


def read(path: str) -> Index | None:
    """Return the index; None where there is no intact one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts = _parts(descriptor)
    except (OSError, ValueError, EOFError, TypeError, OverflowError, MemoryError):
        return None
    finally:
        os.close(descriptor)
    if parts is None:
        return None
    keys, (names, rows, digests, settled, *sections) = parts
    count = len(settled)
    fits = (len(rows), len(digests)) == (count * ROW.size, count * SHORT)
    if not fits or names.count(b"\0") != count:
        return None
    return Index(names, rows, digests, settled, dict(zip(keys, sections, strict=True)))


def _parts(descriptor: int) -> tuple[list[str], list[bytes]] | None:
    """Return the keys and the parts of an open index, None if it is not intact."""
    begin = len(_MAGIC) + 16 + _LENGTH
    first = os.read(descriptor, begin)
    length = int.from_bytes(first[-_LENGTH:], "little")
    size = os.fstat(descriptor).st_size
    if first[: len(_MAGIC)] != _MAGIC or begin + length > size:
        return None
    head = os.read(descriptor, length)
    state = xxh3_128(first[-_LENGTH:])
    state.update(head)
    keys, lengths = marshal.loads(head)
    if len(lengths) != 4 + len(keys) or begin + length + sum(lengths) != size:
        return None
    parts = []
    for one in lengths:  # each by itself: what is read is copied no more
        parts.append(os.read(descriptor, one))
        state.update(parts[-1])
    return (keys, parts) if state.digest() == first[len(_MAGIC) : -_LENGTH] else None


def write(path: str, index: Index) -> None:
    """Replace the index. It is not synced: it can be made again. Raises OSError."""
    from jobmake.tools.atomic import write_parts  # who has nothing to do writes nothing

    sections = index.sections
    parts = [index.names, index.rows, index.digests, index.settled, *sections.values()]
    head = marshal.dumps((list(sections), list(map(len, parts))))
    parts = [len(head).to_bytes(_LENGTH, "little"), head, *parts]
    state = xxh3_128()
    for one in parts:
        state.update(one)
    whole = (_MAGIC, state.digest(), *parts)
    write_parts(path, whole, durable=False, mode=0o600, follow=False)


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
    rows, texts, settled = bytearray(), [], bytearray()
    place: dict[str, int] = {}
    for name, (signature, digest, vouches) in entries.items():
        try:
            row = ROW.pack(*signature)
        except NoRow:
            continue  # of the year 2300: it is read again every time
        texts.append(digest)
        rows += row
        place[name] = len(place)
        settled.append(vouches)
    whole, digests = bytes(rows), shorts(texts)
    del rows, texts  # at 100,000 targets each copy is of 7 MB
    sections = {} if before is None else dict(_still_right(before, digests, place))
    sections.pop(key, None)
    if section is not None and all(name in place for name in section[0]):
        sections[key] = _placed(section[0], place, section[1])
    newest = list(sections)[-MOST_SECTIONS:]
    names = list(place)
    del place  # the largest of all of this
    return Index(
        joined(names),
        whole,
        digests,
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
    before: Index, now: bytes, place: Mapping[str, int]
) -> Iterable[tuple[str, bytes]]:
    """Yield the sections whose files have the digests that they had, by the new numbers."""
    if not before.sections:
        return
    paths, digests = before.paths, before.digests
    for key, section in before.sections.items():
        numbers, rest = files_of(section)
        files = [paths[one] for one in numbers]
        if all(
            path in place and _same(now, place[path], digests, one)
            for path, one in zip(files, numbers, strict=True)
        ):
            yield key, _placed(files, place, rest)


def _same(digests: bytes, number: int, others: bytes, other: int) -> bool:
    here, there = SHORT * number, SHORT * other
    return digests[here : here + SHORT] == others[there : there + SHORT]
