"""The records of a lockfile, each decoded when somebody asks for it.

Knows where in the canonical text each target's table stands, and what was put in its place since.
Does not know when the lockfile is written, nor which record is right.

Invariant: what was not touched is written as it stands; a table that does not make up a whole
record is none, and is not written again.
"""

from __future__ import annotations

from array import array
from collections.abc import MutableMapping
from itertools import pairwise

from jobmake.memory.lockfile import HEADER, decoded, table, tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.fingerprint import Record

_AT_HAND = 1000  # records that stay decoded, at most


class Locked(MutableMapping[str, "Record"]):
    """Records by name: those of a text, and those that were set since."""

    def __init__(self) -> None:
        self._data = b""
        self._number: dict[str, int] = {}  # which table of the text
        self._begins = array("q")
        self._set: dict[str, Record] = {}
        self._at_hand: dict[str, Record] = {}
        self.changed = False  # whether it differs from the text

    @classmethod
    def of_text(cls, data: bytes) -> Locked | None:
        """Return the records of a canonical text; None where it is of another form."""
        found = tables(data)
        if found is None:
            return None
        new = cls()
        new._data = data
        new._number = {name: number for number, (name, _, _) in enumerate(found)}
        if len(new._number) < len(found):
            return None  # said twice
        new._begins = array("q", [begin for _, begin, _ in found] + [len(data)])
        new.changed = any(one > other for one, other in pairwise(found))
        return new

    @classmethod
    def of(cls, records: Mapping[str, Record]) -> Locked:
        """Return records that are not taken from a canonical text."""
        new = cls()
        new._set.update(records)
        new.changed = True
        return new

    def __getitem__(self, name: str) -> Record:
        found = self._set.get(name) or self._at_hand.get(name)
        return found or self._decoded(name)

    def __setitem__(self, name: str, record: Record) -> None:
        self._number.pop(name, None)
        self._at_hand.pop(name, None)
        self._set[name] = record
        self.changed = True

    def __delitem__(self, name: str) -> None:
        self._at_hand.pop(name, None)
        if self._set.pop(name, None) is None:
            del self._number[name]
        self.changed = True

    def __contains__(self, name: object) -> bool:
        return name in self._set or name in self._number

    def __iter__(self) -> Iterator[str]:
        yield from self._number
        yield from self._set

    def __len__(self) -> int:
        return len(self._number) + len(self._set)

    def decode_all(self) -> None:
        """Have nothing stand as it was found: the text will be the canonical one to the letter."""
        for name in list(self._number):
            record = self.get(name)
            if record is not None:
                self[name] = record

    def text(self) -> bytes:
        """Return the canonical text of all records."""
        pieces = [HEADER.encode()]
        for name in sorted(self):
            record = self._set.get(name)
            pieces.append(self._slice(name) if record is None else table(name, record).encode())
        return b"".join(pieces)

    def _slice(self, name: str) -> bytes:
        number = self._number[name]
        return self._data[self._begins[number] : self._begins[number + 1]]

    def _decoded(self, name: str) -> Record:
        record = decoded(self._slice(name).decode())
        if record is None:
            del self[name]
            raise KeyError(name)
        if len(self._at_hand) >= _AT_HAND:
            self._at_hand.clear()
        self._at_hand[name] = record
        return record
