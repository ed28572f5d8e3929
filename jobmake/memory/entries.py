"""The entries of an index, each decoded when somebody asks for it, and what was put over them.

Knows where in the index a path stands. Does not know what its file is for.

Invariant: the rows of the index keep their places; what is new comes after them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import MutableMapping

from jobmake.memory.index import ROW, Index, NoRow, files_of
from jobmake.memory.texts import Texts
from jobmake.tools.digest import SHORT, long, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobmake.memory.index import Entry


class Entries(MutableMapping[str, "Entry"]):
    """Path and entry of every known file; stands in for the dict that `read_index` gives."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._texts = Texts(b"\0" + index.names)
        self._put: dict[str, Entry | None] = {}  # None: taken away

    def __getitem__(self, path: str) -> Entry:
        if path in self._put:
            entry = self._put[path]
        else:
            number = self._texts.find(path)
            entry = None if number is None else self._entry(number)
        if entry is None:
            raise KeyError(path)
        return entry

    def __setitem__(self, path: str, entry: Entry) -> None:
        self._put[path] = entry

    def __delitem__(self, path: str) -> None:
        self[path]
        self._put[path] = None

    def __iter__(self) -> Iterator[str]:
        known = dict.fromkeys(self._texts.all)
        known.update(dict.fromkeys(self._put))
        return (path for path in known if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def number(self, path: str) -> int | None:
        """Return the place of a path's row, None if it has none."""
        return self._texts.find(path)

    def index(self) -> Index:
        """Return the index with all that was put over it. The sections are those of before that
        name no file of which the digest is another now."""
        index, size = self._index, ROW.size
        rows, settled = bytearray(index.rows), bytearray(index.settled)
        digests, names = bytearray(index.digests), []
        moved = []
        for path, entry in self._put.items():
            number = self._texts.find(path)
            row, digest, vouches = _packed(entry)
            if number is None:
                if row:
                    names.append(f"{path}\0")
                    rows += row
                    digests += digest
                    settled.append(vouches)
                continue
            rows[size * number : size * number + size] = row or bytes(size)
            settled[number] = vouches
            at = slice(SHORT * number, SHORT * number + SHORT)
            if digests[at] != digest:
                moved.append(number)
                digests[at] = digest
        return Index(
            index.names + "".join(names).encode("utf-8", "surrogateescape"),
            bytes(rows),
            bytes(digests),
            bytes(settled),
            {key: one for key, one in index.sections.items() if not _names_one(one, moved)},
        )

    def _entry(self, number: int) -> Entry | None:
        index = self._index
        digest = long(index.digests[SHORT * number : SHORT * number + SHORT])
        if not digest:
            return None
        row = ROW.unpack_from(index.rows, ROW.size * number)
        return row, digest, bool(index.settled[number])


def _packed(entry: Entry | None) -> tuple[bytes, bytes, bool]:
    """Return an entry as the index holds it; without a row, if it is not to hold it."""
    try:
        row = ROW.pack(*entry[0]) if entry else b""
    except NoRow:
        row = b""  # of the year 2300: it is read again every time
    return (row, short(entry[1]), entry[2]) if entry and row else (b"", short(""), False)


def _names_one(section: bytes, numbers: Iterable[int]) -> bool:
    """Say whether one of some rows is among those of a section, which are sorted."""
    rows, _ = files_of(section)
    places = ((bisect_left(rows, one), one) for one in numbers)
    return any(place < len(rows) and rows[place] == one for place, one in places)
