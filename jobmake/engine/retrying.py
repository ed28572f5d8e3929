"""The runs that failed and are to be tried again, each after a while; each time that is longer.

Knows how long. Does not know why a run failed, nor whether it may be tried again.
"""

from __future__ import annotations

from jobmake.engine.timers import delay_before
from jobmake.model import events
from jobmake.model.state import State
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.openrun import OpenRun
    from jobmake.engine.progress import Progress
    from jobmake.engine.queue import Queue, Queued
    from jobmake.engine.timers import Timers
    from jobmake.model.events import Event
    from jobmake.model.state import Failure

RETRY = "retry"  # what an alarm is for


class Retrying:
    """Those that wait for their time go back into the ``queue`` then."""

    def __init__(
        self, progress: Progress, queue: Queue, timers: Timers, emit: Callable[[Event], None]
    ) -> None:
        self._progress, self._queue, self._timers, self._emit = progress, queue, timers, emit
        self._waiting: dict[str, Queued] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put_off(self, run: OpenRun, failure: Failure) -> None:
        """Let a run that failed be tried again after a while, which may be none."""
        attempt = run.queued.attempt + 1
        delay = delay_before(attempt, run.target.handling.retry_delay)
        name = run.target.name
        self._emit(events.TargetRetried(name, attempt, delay, failure.message, failure.log))
        self._progress.state[name] = State.WAITING
        again = replace(run.queued, attempt=attempt)
        if not delay:
            self._queue.push(again)
            return
        self._waiting[name] = again
        self._timers.set(delay, RETRY, name)

    def is_due(self, name: str) -> None:
        """Queue a target whose time has come."""
        one = self._waiting.pop(name, None)
        if one is not None:
            self._queue.push(one)
