"""A stopwatch: splits the time that passes among phases, which may lie in each other.

Knows a clock, names of phases, and parts (any objects) whose calls are to count as a phase. Does
not know what the parts do. Who does not ask for one pays nothing: a part that is not timed is
as it was.

Invariant: at each instant one phase goes on, so what all took is the whole time.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what is timed may be short, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    _Call = TypeVar("_Call", bound="Callable[..., Any]")


class Stopwatch:
    """``spent`` is what each phase took, in seconds, in the order in which they first began;
    ``counts`` how often something happened."""

    def __init__(self, clock: Callable[[], float], phase: str, began: float) -> None:
        self.spent: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self._clock, self._since = clock, began
        self._phases = [phase]  # the last goes on, the others go on after it

    def switch(self, phase: str) -> None:
        """Let another phase go on in place of this one."""
        self._charge()
        self._phases[-1] = phase

    def count(self, what: str, number: int = 1) -> None:
        """Count something."""
        self.counts[what] = self.counts.get(what, 0) + number

    def timed(self, phase: str, call: _Call) -> _Call:
        """Return the same call; while it goes on, this phase does, in place of the one before."""

        def timed(*args: Any, **named: Any) -> Any:
            self._charge()
            self._phases.append(phase)
            try:
                return call(*args, **named)
            finally:
                self._charge()
                self._phases.pop()

        return timed  # type: ignore[return-value]

    def time_calls(self, phase: str, part: object, *names: str) -> None:
        """Have these calls of a part count as a phase, also when it calls them itself."""
        kind = type(part)
        self.replace_calls(part, {name: self.timed(phase, getattr(kind, name)) for name in names})

    @staticmethod
    def replace_calls(part: object, calls: dict[str, Any]) -> None:
        """Let a part, and no other of its kind, have these methods."""
        kind = type(part)
        # by a kind of its own: one with slots has no room for methods
        part.__class__ = type(kind.__name__, (kind,), {"__slots__": (), **calls})

    def stop(self) -> float:
        """Charge the phase that goes on; return the whole time until now."""
        self._charge()
        return sum(self.spent.values())

    def _charge(self) -> None:
        now, phase = self._clock(), self._phases[-1]
        self.spent[phase] = self.spent.get(phase, 0.0) + now - self._since
        self._since = now
