"""The inbox: what happened outside the loop. `get` is the only place that waits.

    executor, signals ──┐
    further sources ────┴──▶ get ──▶ messages

Invariant: what has happened before it is asked is returned at once, without a wait.
"""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobmake.engine.signals import Signals
    from jobmake.model.contracts import Executor
    from jobmake.model.run import Outcome


@dataclass(frozen=True, slots=True)
class Signalled:
    """A signal came."""

    signum: int


class Source(Protocol):
    """Where something else may happen that a build has to do with."""

    def filenos(self) -> Sequence[int]:
        """Return descriptors of which one is readable when `poll` may have something."""

    def patience(self) -> float | None:
        """Return the seconds after which `poll` is to be called all the same, None if never."""

    def poll(self) -> Sequence[object]:
        """Return what happened since the last call; never waits."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The build is to end, because it is to begin anew."""


@dataclass(frozen=True, slots=True)
class Interrupt:
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

    def get(self, timeout: float | None) -> list[Signalled | Outcome | object]:
        """Wait until something happened, at most ``timeout`` seconds; return what did."""
        happened = self._happened()
        if not happened:
            self._wait(timeout)
            happened = self._happened()
        return [*map(Signalled, self._signals.take()), *happened]

    def _happened(self) -> list[object]:
        return [*self._executor.poll(), *(one for some in self._sources for one in some.poll())]

    def _wait(self, timeout: float | None) -> None:
        poll = select.poll()
        poll.register(self._signals.fileno(), select.POLLIN)
        others = (one for source in self._sources for one in source.filenos())
        for one in (*self._executor.filenos(), *others):
            poll.register(one, select.POLLIN)
        limits = (timeout, *(source.patience() for source in self._sources))
        longest = min((one for one in limits if one is not None), default=None)
        poll.poll(None if longest is None else max(0, round(longest * 1000)))
