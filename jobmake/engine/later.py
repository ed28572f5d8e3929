"""What can be done later: when nothing that others wait for is to be done.

    a run ended well ──▶ recorded, its users can be judged ──▶ (later) kept in the cache,
                                                              written down, tidied up

Knows names and calls. Does not know what is put off, nor when there is time for it: only that
it is done in half the time where much of a kind is done in a row, and that such a row is no reason
to let wait what happens meanwhile.

Invariant: each is done once, and those of one name in their order. What a kill takes is of the
cache and of the history, which can lose anything.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


_ENOUGH = 16  # to be worth a row
_LONGEST = 0.02  # seconds until one is done all the same


class Later:
    """What was put off, the first first; of each name there is one thing at most. ``monotonic``
    gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left: dict[str, tuple[float, Callable[[], None]]] = {}  # and when it was put off

    def __bool__(self) -> bool:
        return bool(self._left)

    def put_off(self, name: str, do: Callable[[], None]) -> None:
        """Have something done later; what was put off under this name is done now."""
        self.do_of(name)
        self._left[name] = self._monotonic(), do

    def patience(self, *, busy: bool) -> float | None:
        """Return the seconds until it is time to do something, None if nothing was put off. With
        all ``busy`` that is when there is enough for a row, or it has waited for long."""
        if not self._left:
            return None
        if not busy or len(self._left) >= _ENOUGH:
            return 0.0
        since, _ = self._left[next(iter(self._left))]
        return max(0.0, since + _LONGEST - self._monotonic())

    def do_of(self, name: str) -> None:
        """Do what was put off under a name, if anything was."""
        _, do = self._left.pop(name, (0.0, None))
        if do is not None:
            do()

    def do_due(self, until: Callable[[], bool] | None = None) -> bool:
        """Do what it is time to do: where all are busy, in a row ``until`` something happens, else
        one, lest it hold up what could begin meanwhile. Say whether there was anything."""
        if self.patience(busy=until is not None) != 0:
            return False
        self.do_one()
        while until is not None and self._left and not until():
            self.do_one()
        return True

    def do_one(self) -> None:
        """Do what was put off first, if anything was."""
        if self._left:
            self.do_of(next(iter(self._left)))

    def do_all(self) -> None:
        """Do all that was put off."""
        while self._left:
            self.do_one()
