"""Many texts in one: found by their number, or by what they say, without taking all apart.

Invariant: a text holds no NUL, and is there once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FEW = 16  # searches; for more of them it is quicker to take all apart


class Texts:
    """Texts that stand between NULs, one after the other; ``data`` begins and ends with one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._all: list[str] | None = None
        self._numbers: dict[str, int] | None = None
        self._left = _FEW
        self._found: dict[str, int | None] = {}

    @staticmethod
    def joined(texts: Iterable[str]) -> bytes:
        """Return the data of some texts."""
        return "\0".join(["", *texts, ""]).encode("utf-8", "surrogateescape")

    @property
    def all(self) -> list[str]:
        """All of them, in order."""
        if self._all is None:
            self._all = self._data.decode("utf-8", "surrogateescape").split("\0")[1:-1]
        return self._all

    def __getitem__(self, number: int) -> str:
        return self.all[number]

    def find(self, text: str) -> int | None:
        """Return the number of a text, None if it is not there."""
        if self._numbers is not None:
            return self._numbers.get(text)
        if text not in self._found:
            self._left -= 1
            if not self._left:
                self._numbers = {one: number for number, one in enumerate(self.all)}
                return self._numbers.get(text)
            place = self._data.find(b"\0%b\0" % text.encode("utf-8", "surrogateescape"))
            self._found[text] = None if place < 0 else self._data.count(b"\0", 0, place)
        return self._found[text]
