"""The inbox: what happened outside the loop. `get` is the only place that waits.

    executor, signals ──┐
    further sources ────┴──▶ get ──▶ messages

Invariant: what has happened before it is asked is returned without a wait: at once, or where only
in passing is asked, a few milliseconds later.
"""

from __future__ import annotations

import select
import time

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from jobmake.engine.signals import Signals
    from jobmake.model.contracts import Executor
    from jobmake.model.run import Outcome

    class Source(Protocol):
        """Where something else may happen that a build has to do with."""

        def filenos(self) -> Sequence[int]:
            """Return descriptors of which one is readable when `poll` may have something."""

        def patience(self) -> float | None:
            """Return the seconds after which `poll` is to be called all the same, None if never."""

        def poll(self) -> Sequence[object]:
            """Return what happened since the last call; never waits."""


IN_PASSING = -1.0  # in place of a timeout: there is enough to do without what happens
_OFTEN = 0.0005  # seconds between two looks in passing


class Signalled(Value):
    """A signal came."""

    signum: int


class Interrupted(Value):
    """The build is to end, because it is to begin anew."""


class Interrupt(Value):
    """What may end a build early. When ``descriptor`` is readable, ``is_due`` takes what came
    there, never waits, and says whether the build is to end."""

    descriptor: int
    is_due: Callable[[], bool]


class Interrupting:
    """An interrupt as a source of messages; it is told once."""

    def __init__(self, interrupt: Interrupt) -> None:
        self._interrupt: Interrupt | None = interrupt

    def filenos(self) -> list[int]:
        """Return its descriptor."""
        return [] if self._interrupt is None else [self._interrupt.descriptor]

    def patience(self) -> None:
        """Return None: there is nothing to do before something comes."""

    def poll(self) -> list[Interrupted]:
        """Return it if it is due."""
        one = self._interrupt
        if one is None or not select.select([one.descriptor], [], [], 0)[0] or not one.is_due():
            return []
        self._interrupt = None
        return [Interrupted()]


class Inbox:
    """Gathers the ends of runs, signals, and what happens at further ``sources``."""

    def __init__(self, executor: Executor, signals: Signals, *sources: Source) -> None:
        self._executor, self._signals, self._sources = executor, signals, sources
        self._looked_at = float("-inf")

    def get(self, timeout: float | None) -> list[Signalled | Outcome | object]:
        """Wait until something happened, at most ``timeout`` seconds; return what did.

        ``IN_PASSING`` does not wait, and is answered by signals alone while the last such look is
        not long ago.
        """
        if timeout == IN_PASSING:
            now = time.monotonic()
            if now - self._looked_at < _OFTEN:
                return [*map(Signalled, self._signals.take())]
            self._looked_at = now
        elif timeout != 0:
            self._wait(timeout)
        happened = self._happened()
        return [*map(Signalled, self._signals.take()), *happened]

    def has_some(self) -> bool:
        """Say whether something happened that was not taken yet."""
        return bool(self._poller().poll(0))

    def _happened(self) -> list[object]:
        return [*self._executor.poll(), *(one for some in self._sources for one in some.poll())]

    def _poller(self) -> select.poll:
        poll = select.poll()
        poll.register(self._signals.fileno(), select.POLLIN)
        others = (one for source in self._sources for one in source.filenos())
        for one in (*self._executor.filenos(), *others):
            poll.register(one, select.POLLIN)
        return poll

    def _wait(self, timeout: float | None) -> None:
        limits = (timeout, *(source.patience() for source in self._sources))
        longest = min((one for one in limits if one is not None), default=None)
        self._poller().poll(None if longest is None else max(0, round(longest * 1000)))
