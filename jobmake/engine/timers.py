"""What is to happen at a time: one heap of moments. Waits for nothing itself."""

from __future__ import annotations

import heapq

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Alarm(Value):
    """``what`` is to happen to ``name`` (a run or a target) at ``when``, in seconds."""

    when: float
    what: str
    name: str = ""

    def __lt__(self, other: Alarm) -> bool:
        return self.when < other.when


LONGEST_DELAY = 3600.0  # seconds between two tries of a run


def delay_before(attempt: int, first: float) -> float:
    """Return the seconds before a further try; each time that is longer."""
    return min(first * 2.0 ** min(attempt - 2, 60), max(first, LONGEST_DELAY))


class Timers:
    """Alarms, the next first. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._alarms: list[Alarm] = []

    def set(self, seconds: float, what: str, name: str = "") -> None:
        """Let something happen in some seconds."""
        heapq.heappush(self._alarms, Alarm(self._monotonic() + seconds, what, name))

    def patience(self) -> float | None:
        """Return the seconds until the next alarm, None if there is none."""
        if not self._alarms:
            return None
        return max(0.0, self._alarms[0].when - self._monotonic())

    def due(self) -> list[Alarm]:
        """Take the alarms whose time has come."""
        now, found = self._monotonic(), []
        while self._alarms and self._alarms[0].when <= now:
            found.append(heapq.heappop(self._alarms))
        return found
