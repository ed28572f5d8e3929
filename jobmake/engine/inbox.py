"""The inbox: what happened outside the loop. `get` is the only place that waits."""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.engine.signals import Signals
    from jobmake.model.contracts import Executor
    from jobmake.model.run import Outcome


@dataclass(frozen=True, slots=True)
class Signalled:
    """A signal came."""

    signum: int


class Inbox:
    """Gathers the ends of runs and signals."""

    def __init__(self, executor: Executor, signals: Signals) -> None:
        self._executor, self._signals = executor, signals

    def get(self, timeout: float | None) -> list[Signalled | Outcome]:
        """Wait until something happened, at most ``timeout`` seconds; return what did."""
        ended = self._executor.poll()
        if not ended:
            poll = select.poll()
            for source in (self._signals.fileno(), *self._executor.filenos()):
                poll.register(source, select.POLLIN)
            poll.poll(None if timeout is None else max(0, round(timeout * 1000)))
            ended = self._executor.poll()
        return [*map(Signalled, self._signals.take()), *ended]
