"""The entries of an index, each decoded when somebody asks for it, and what was put over them.

Knows where in the index a path stands. Does not know what its file is for.

Invariant: the rows of the index keep their places; what is new comes after them.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from jobmake.memory.index import ROW, Index, NoRow, files_of
from jobmake.memory.texts import Texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.memory.index import Entry


class Entries(MutableMapping[str, "Entry"]):
    """Path and entry of every known file; stands in for the dict that `read_index` gives."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._texts = Texts(b"\0" + index.names)
        self._digests: list[str] | None = None
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
        digests, new = list(self._all_digests), []
        moved = set()
        for path, entry in self._put.items():
            number = self._texts.find(path)
            try:
                row = ROW.pack(*entry[0]) if entry else None
            except NoRow:
                row = None  # of the year 2300: it is read again every time
            if number is None:
                if entry and row:
                    new.append((path, row, entry))
                continue
            if entry is None or row is None:
                settled[number], row, digest = False, bytes(size), ""
            else:
                settled[number], digest = entry[2], entry[1]
            rows[size * number : size * number + size] = row
            if digests[number] != digest:
                moved.add(number)
                digests[number] = digest
        for _, row, entry in new:
            rows += row
            settled.append(entry[2])
            digests.append(entry[1])
        names = "".join(f"{path}\0" for path, _, _ in new).encode("utf-8", "surrogateescape")
        return Index(
            index.names + names,
            bytes(rows),
            "\n".join(digests).encode(),
            bytes(settled),
            {key: one for key, one in index.sections.items() if moved.isdisjoint(files_of(one)[0])},
        )

    @property
    def _all_digests(self) -> list[str]:
        if self._digests is None:
            self._digests = self._index.digests.decode().split("\n")
        return self._digests

    def _entry(self, number: int) -> Entry | None:
        digest = self._all_digests[number]
        if not digest:
            return None
        row = ROW.unpack_from(self._index.rows, ROW.size * number)
        return row, digest, bool(self._index.settled[number])
