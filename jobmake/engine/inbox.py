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


Message = "Signalled | Outcome"


class Inbox:
    """Gathers the ends of runs and signals."""

    def __init__(self, executor: Executor, signals: Signals) -> None:
        self._executor, self._signals = executor, signals

    def get(self, timeout: float | None) -> list[Signalled | Outcome]:
        """Wait until something happened, at most ``timeout`` seconds; return what did."""
        sources = [self._signals.fileno()]
        runs = self._executor.fileno()
        if runs is not None:
            sources.append(runs)
        poll = select.poll()
        for source in sources:
            poll.register(source, select.POLLIN)
        ready = poll.poll(None if timeout is None else max(0, round(timeout * 1000)))
        if not ready:
            return []
        messages: list[Signalled | Outcome] = [Signalled(one) for one in self._signals.take()]
        messages.extend(self._executor.poll())
        return messages
