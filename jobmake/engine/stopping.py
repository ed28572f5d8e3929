"""Ends runs before their time: a signal came, a failure is to end all, one takes too long.

Knows which signal follows which, and when. Does not know what becomes of a run that ended.
"""

from __future__ import annotations

from jobmake.model import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.engine.openrun import OpenRun
    from jobmake.engine.runs import Runs
    from jobmake.engine.slots import Grant
    from jobmake.engine.timers import Alarm, Timers
    from jobmake.model.events import Event

BEAT = 1.0  # seconds by which the time of a run is counted
GRACE = 5.0  # seconds between asking runs to end and ending them, where nobody can ask again

_SIGINT, _SIGKILL, _SIGTERM = 2, 9, 15


class Stopping:
    """``running`` holds the runs that go on. ``overtime`` names those that took too long,
    ``signum`` is the signal that ended the build, None if none did; ``interrupted``: it is to
    begin anew."""

    def __init__(
        self,
        runs: Runs,
        running: Mapping[str, tuple[OpenRun, Grant]],
        timers: Timers,
        emit: Callable[[Event], None],
    ) -> None:
        self._runs, self._running, self._timers, self._emit = runs, running, timers, emit
        self.overtime: set[str] = set()
        self.signum: int | None = None
        self.interrupted = False
        self._signals = 0
        self._gives_up = False
        self._left: dict[str, float] = {}  # seconds that are left to runs

    @property
    def is_on(self) -> bool:
        """Whether all is to end."""
        return self.signum is not None or self._gives_up

    def signal(self, signum: int) -> None:
        """Take note of a signal. First: pass it on, wait. Second: kill."""
        self._signals += 1
        self.signum = self.signum or signum
        self._tell(signum, forced=self._signals > 1)
        if self._signals > 1:
            self._cancel_all(_SIGKILL)
            return
        self._cancel_all(_SIGINT if signum == _SIGINT else _SIGTERM)
        if signum != _SIGINT:
            self._timers.set(GRACE, "kill all")

    def interrupt(self, *, starting: bool) -> None:
        """End what still runs, because the build is to begin anew; ``starting``: it was waiting
        for a service, too."""
        self.interrupted = self.interrupted or not self.is_on
        self.give_up(starting=starting)

    def give_up(self, *, starting: bool = False) -> None:
        """End what still runs, because something failed."""
        if self.is_on:
            return
        self._gives_up = True
        if self._running or starting:
            self._tell(None)
        if self._running:
            self._cancel_all(_SIGTERM)
            self._timers.set(GRACE, "kill all")

    def watch(self, run_id: str, seconds: float | None) -> None:
        """End a run if it takes longer than some seconds.

        They are counted one by one: while all stood still (a frozen container, a stopped
        machine), the run could not go on either, and that time is not held against it.
        """
        if seconds is not None:
            beat = min(seconds, BEAT)
            self._left[run_id] = seconds - beat
            self._timers.set(beat, "beat", run_id)

    def alarm(self, alarm: Alarm) -> None:
        """Do what was to be done at this time. A run that takes too long is first asked to
        end; then it is ended."""
        if alarm.what == "kill all":
            self._cancel_all(_SIGKILL)
        elif alarm.name in self._running:
            if alarm.what == "beat" and self._left[alarm.name] > 0:
                self.watch(alarm.name, self._left[alarm.name])
                return
            self.overtime.add(alarm.name)
            self._runs.cancel(alarm.name, _SIGTERM if alarm.what == "beat" else _SIGKILL)
            if alarm.what == "beat":
                self._timers.set(GRACE, "kill", alarm.name)

    def _tell(self, signum: int | None, *, forced: bool = False) -> None:
        names = tuple(run.target.name for run, _ in self._running.values())
        self._emit(events.Stopping(signum, names, forced, self.interrupted))

    def _cancel_all(self, signum: int) -> None:
        for run_id in self._running:
            self._runs.cancel(run_id, signum)
