"""The processes of services: started, looked at until they are ready, ended.

    start ──▶ starting ──▶ ready ──▶ ending ──▶ (ended)
                  │          │                     ▲
                  └──────────┴─────────────────────┘ by itself; or not ready in time

Knows runs, and by what they are known to be ready. Does not know who needs a service, records,
or the loop: it is a source of the inbox, and can outlive a build.

Invariant: of every service that was started it is told once that it ended, when nothing of it
is left; only `close` lets go of services without a word.
"""

from __future__ import annotations

import os
from contextlib import suppress

from jobmake.engine.timers import Timers
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.tools.value import Mutable, Value, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobmake.engine.openrun import OpenRun
    from jobmake.engine.readiness import Signs
    from jobmake.engine.timers import Alarm
    from jobmake.memory.serving import Notes
    from jobmake.model.contracts import Executor
    from jobmake.model.run import Outcome

GRACE = 5.0  # seconds between asking a service to end and ending it
FIRST_PAUSE, GROWTH = 0.02, 1.3  # between two looks, in seconds
LONGEST_PAUSE, LONGEST_WITH_COMMAND = 0.1, 1.0  # a look at a port or a log costs next to nothing

_SIGKILL, _SIGTERM = 9, 15


class ServiceIsReady(Value):
    """A service is there for others, ``seconds`` after it was started."""

    run: OpenRun
    seconds: float


class ServiceHasEnded(Value):
    """A service has ended, ``seconds`` after it was started. ``asked``: it was told to;
    ``late``: because it was not ready in so many seconds; ``was_ready``: it had been. ``said``
    is what the last look at it ended with."""

    run: OpenRun
    outcome: Outcome
    seconds: float
    asked: bool
    was_ready: bool
    late: float | None = None
    said: str = ""


class _Service(Mutable):
    """One service that runs. ``looking``: a command looks whether it is ready; ``said`` how the
    last such ended."""

    run: OpenRun
    signs: Signs
    started: float
    pause: float = FIRST_PAUSE
    looking: bool = False
    is_ready: bool = False
    asked: bool = False
    late: bool = False
    said: str = ""

    @property
    def is_ending(self) -> bool:
        return self.asked or self.late


class Services:
    """The services that run. ``lasting``: they go on when a build is over."""

    def __init__(
        self, executor: Executor, monotonic: Callable[[], float], *, lasting: bool = False
    ) -> None:
        self._executor, self._monotonic, self.lasting = executor, monotonic, lasting
        self._timers = Timers(monotonic)
        self._services: dict[str, _Service] = {}  # by target
        self._notes: Notes | None = None
        self.fallen: dict[str, None] = {}  # that ended by themselves, and were not started anew
        self.over: list[ServiceHasEnded] = []  # of whom nobody has written down that they ended

    @property
    def names(self) -> tuple[str, ...]:
        """The targets whose services run, in the order in which they were started."""
        return tuple(self._services)

    def fingerprint(self, name: str) -> str | None:
        """Return the digest of what the running service is made of, None if none runs."""
        one = self._services.get(name)
        return None if one is None or one.is_ending else one.run.sight.fingerprint.digest

    def is_ready(self, name: str) -> bool:
        """Say whether others can use a service."""
        one = self._services.get(name)
        return one is not None and one.is_ready and not one.is_ending

    def start(self, run: OpenRun, notes: str) -> None:
        """Start a service that does not run; ``notes`` is the folder in which those that last
        are noted. Raises TargetError, StateError."""
        from jobmake.engine.readiness import signs_of, takes_connections

        service = run.target.service
        assert service is not None
        signs = signs_of(service, run.bindings, run.work.log)
        if signs.port is not None and takes_connections(signs.port):
            raise TargetError(
                f"something else takes connections at port {signs.port}",
                _who_takes(signs.port, notes),
            )
        # not where runs have theirs: those of the next build would sweep it away
        tmp = os.path.join(os.path.dirname(run.work.log), "tmp") if run.work.tmp else ""
        self._executor.submit(replace(run.work, tmp=tmp))
        self._services[run.target.name] = _Service(run, signs, self._monotonic())
        self.fallen.pop(run.target.name, None)
        if self.lasting:
            from jobmake.memory.serving import Notes

            self._notes = self._notes or Notes(notes)
            self._notes.put(run.target.name, signs.port, run.id)
        self._timers.set(0.0, "look", run.id)
        self._timers.set(signs.timeout, "late", run.id)

    def stop(self, name: str) -> None:
        """Ask a service to end; after a while it is ended."""
        one = self._services.get(name)
        if one is not None and not one.asked:
            one.asked = True
            self._end(one)

    def kill(self) -> None:
        """End all services at once."""
        for one in self._services.values():
            one.asked = True
            self._executor.cancel(one.run.id, _SIGKILL)

    def filenos(self) -> Sequence[int]:
        """Return descriptors of which one is readable when `poll` may have something."""
        return self._executor.filenos()

    def patience(self) -> float | None:
        """Return the seconds after which there is something to do, None if there is not."""
        return self._timers.patience() if self._services else None

    def poll(self) -> list[ServiceIsReady | ServiceHasEnded]:
        """Return what happened since the last call; never waits."""
        found: list[ServiceIsReady | ServiceHasEnded] = []
        for outcome in self._executor.poll():
            told = self._take(outcome)
            if told is not None:
                found.append(told)
        for alarm in self._timers.due():
            one = self._find(alarm.name)
            told = None if one is None else self._handle(alarm, one)
            if told is not None:
                found.append(told)
        return found

    def close(self) -> None:
        """End all services at once and let go of everything. May be called twice."""
        self._executor.close()
        self._services.clear()
        if self._notes is not None:
            self._notes.close()

    def _find(self, run_id: str) -> _Service | None:
        return next((one for one in self._services.values() if one.run.id == run_id), None)

    def _take(self, outcome: Outcome) -> ServiceIsReady | ServiceHasEnded | None:
        run_id, look, _ = outcome.run_id.partition(_LOOK)
        one = self._find(run_id)
        if one is None:
            return None  # the last look at one that is gone
        if look:
            return self._take_look(one, outcome)
        del self._services[one.run.target.name]
        if self._notes is not None:
            self._notes.remove(one.run.target.name)
        if one.looking:
            self._executor.cancel(run_id + _LOOK, _SIGKILL)
        ended = ServiceHasEnded(
            run=one.run,
            outcome=outcome,
            seconds=self._monotonic() - one.started,
            asked=one.asked,
            was_ready=one.is_ready,
            late=one.signs.timeout if one.late else None,
            said=one.said,
        )
        self.over.append(ended)
        if not one.asked:
            self.fallen[one.run.target.name] = None
        return ended

    def _handle(self, alarm: Alarm, one: _Service) -> ServiceIsReady | None:
        if alarm.what == "kill":
            self._executor.cancel(one.run.id, _SIGKILL)
        elif alarm.what == "late":
            if not (one.is_ready or one.is_ending):
                one.late = True
                self._end(one)
        elif not (one.is_ready or one.is_ending):
            return self._look(one)
        return None

    def _end(self, one: _Service) -> None:
        self._executor.cancel(one.run.id, _SIGTERM)
        self._timers.set(GRACE, "kill", one.run.id)
        if one.looking:
            self._executor.cancel(one.run.id + _LOOK, _SIGKILL)

    # -- is it ready? -------------------------------------------------------------------

    def _look(self, one: _Service) -> ServiceIsReady | None:
        if not one.signs.are_seen():
            self._look_again(one)
            return None
        if not one.signs.command:
            return self._ready(one)
        one.looking = True
        self._executor.submit(_look_at(one))
        return None

    def _take_look(self, one: _Service, outcome: Outcome) -> ServiceIsReady | None:
        one.looking = False
        if one.is_ready or one.is_ending:
            return None
        if outcome.ok:
            return self._ready(one)
        one.said = _last_line(_look_log(one)) or f"exit code {outcome.exit_code}"
        self._look_again(one)
        return None

    def _look_again(self, one: _Service) -> None:
        self._timers.set(one.pause, "look", one.run.id)
        longest = LONGEST_WITH_COMMAND if one.signs.command else LONGEST_PAUSE
        one.pause = min(one.pause * GROWTH, longest)

    def _ready(self, one: _Service) -> ServiceIsReady:
        one.is_ready = True
        return ServiceIsReady(one.run, self._monotonic() - one.started)


_LOOK = ".ready"  # after the id of a service's run: that of the command that looks


def _look_at(one: _Service) -> Work:
    work, run_id = one.run.work, one.run.id + _LOOK
    with suppress(OSError):
        os.unlink(_look_log(one))
    return Work(
        run_id=run_id,
        steps=(one.signs.command,),
        cwd=work.cwd,
        env={**work.env, "JOBMAKE_RUN_ID": run_id},
        log=_look_log(one),
    )


def _look_log(one: _Service) -> str:
    return os.path.join(os.path.dirname(one.run.work.log), "ready")


def _last_line(path: str) -> str | None:
    from jobmake.executors.waiting import last_line

    try:
        with open(path, "rb") as file:
            return last_line(file.fileno())
    except OSError:
        return None


def _who_takes(port: int, notes: str) -> str:
    """Return a hint about a port that is taken."""
    from jobmake.memory.serving import who_has

    found = who_has(notes, port)
    if found is None:
        return "end that, or give the service another port"
    pid, name = found
    return f"the `jobmake watch` of process {pid} serves `{name}` there: let it build, or end it"


def how_it_was_late(ended: ServiceHasEnded) -> tuple[str, str | None]:
    """Return fact and hint of a service that was not ready in time."""
    from jobmake.tools.display import duration

    service = ended.run.target.service
    assert service is not None
    assert ended.late is not None
    hint = "`ready = { …, timeout = … }` gives it more time"
    if ended.said:
        hint = f"the last look ended with: {ended.said}"
    elif service.line is not None:
        hint = "does it hold back what it writes? `python -u` and `stdbuf -oL` do not"
    return f"was not ready within {duration(ended.late)}", hint
