"""The records of a lockfile that is in its canonical form, found by searching: of a lockfile of
any size only what is asked for is looked at.

Knows that tables stand in the order of their names, and what was put in their place since. Does
not know which record is right, nor when the lockfile is written.

Invariant: what was not touched is written as it stands.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from jobmake.memory.lockfile import HEADER, decoded, name_of_table, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.fingerprint import Record

_BEGIN = (
    b"\n\n[target."  # no value holds an empty line; the first table follows the head's last one
)


class Searched(MutableMapping[str, "Record"]):
    """Records by name: those of a canonical text, and those that were set since."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._put: dict[str, Record | None] = {}  # None: taken away
        self._known: dict[str, Record | None] = {}
        self.changed = False  # whether it differs from the text

    def _before(self, name: str) -> Record | None:
        """Return the record of the text, None if there is none that is whole."""
        if name not in self._known:
            begin, end = self._find(name)
            found = decoded(self._data[begin:end].decode()) if begin < end else None
            self._known[name] = found
        return self._known[name]

    def __getitem__(self, name: str) -> Record:
        record = self._put[name] if name in self._put else self._before(name)
        if record is None:
            raise KeyError(name)
        return record

    def __setitem__(self, name: str, record: Record) -> None:
        self._put[name] = record
        self.changed = True

    def __delitem__(self, name: str) -> None:
        self[name]
        self._put[name] = None
        self.changed = True

    def __iter__(self) -> Iterator[str]:
        position = len(HEADER) - 1
        names: dict[str, None] = {}
        while (position := self._data.find(_BEGIN, position)) >= 0:
            names[name_of_table(self._data, position + 1)] = None
            position += len(_BEGIN)
        names.update(dict.fromkeys(self._put))
        return (name for name in names if self._put.get(name, ()) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return len(self._data) > len(HEADER) or any(self._put.values())

    def decode_all(self) -> None:
        """Have nothing stand as it was found."""
        for name in list(self):
            record = self.get(name)
            if record is not None:
                self[name] = record

    def text(self) -> bytes:
        """Return the canonical text of all records."""
        pieces: list[bytes | memoryview] = []
        data, position = memoryview(self._data), 0
        for name in sorted(self._put):
            begin, end = self._find(name)
            pieces.append(data[position:begin])
            record, position = self._put[name], end
            if record is not None:
                pieces.append(table(name, record).encode())
        return b"".join([*pieces, data[position:]])

    def _find(self, name: str) -> tuple[int, int]:
        """Return where a table begins and ends; where there is none, twice where it would be."""
        data, more = self._data, len(_BEGIN) - 2
        low, high = len(HEADER), len(data)  # it begins there, if anywhere
        while low < high:
            middle = (low + high) // 2
            begin = data.find(_BEGIN, max(middle, low) - 1, high + more) + 1
            if not begin:  # none begins in the upper half
                begin = data.rfind(_BEGIN, low - 1, middle + more) + 1
            if not begin:
                break
            found, end = name_of_table(data, begin), self._end(begin)
            if found == name:
                return begin, end
            if found < name:
                low = end
            else:
                high = begin
        return high, high

    def _end(self, begin: int) -> int:
        end = self._data.find(_BEGIN, begin + 1)
        return len(self._data) if end < 0 else end + 1
