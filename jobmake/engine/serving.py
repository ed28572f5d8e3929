"""What a build does with services: has those started that its runs need, and ended at its end.

    a run is about to start ──▶ its services are ready ──▶ it starts
                                │ no: it is held, they are started
                                ▼
                            ready ──▶ what was held starts
                            lost  ──▶ the service fails, what was held is blocked

Knows who needs whom, and what becomes of a target whose service is lost. Does not know
processes (`services`), nor how runs are started.

Invariants: a service is started for a run that begins, or by its name, and for nothing else;
one of which the fingerprint has changed is ended and started anew before another run uses it,
but not while one does. One that lasts from an earlier build, and is nothing any more, has ended
before another is started.
"""

from __future__ import annotations

from jobmake.engine.endings import as_failure, hint_for, how_it_ended
from jobmake.engine.inbox import Signalled
from jobmake.engine.queue import Queued
from jobmake.engine.services import ServiceHasEnded, ServiceIsReady, how_it_was_late
from jobmake.engine.slots import Grant
from jobmake.model import events
from jobmake.model.decision import Reason
from jobmake.model.errors import TargetError
from jobmake.model.state import Failure, State
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.engine.inbox import Inbox
    from jobmake.engine.judge import Judge
    from jobmake.engine.openrun import OpenRun
    from jobmake.engine.plan import Plan
    from jobmake.engine.progress import Progress
    from jobmake.engine.queue import Queue
    from jobmake.engine.runs import Runs
    from jobmake.engine.services import Services
    from jobmake.model.events import Event
    from jobmake.model.target import Target

_BY_NAME = Reason("it", "", "is asked for by its name")
_CHANGED = Reason("it", "", "is not what it was when it was started")
_NOTHING = Grant(())
_FAILED = State.FAILED


class Serving:
    """The services of one build. ``running`` holds the runs that go on; what is held for a
    service goes back into the ``queue`` then."""

    def __init__(
        self,
        judge: Judge,
        runs: Runs,
        services: Services,
        progress: Progress,
        queue: Queue,
        running: Mapping[str, tuple[OpenRun, Grant]],
    ) -> None:
        self._judge, self._runs, self._services = judge, runs, services
        self._progress, self._queue, self._running = progress, queue, running
        self._wanted: dict[str, Reason] = {}
        self._held: dict[str, Queued] = {}
        self._lost: dict[str, Failure] = {}  # that ended when nobody used them
        self._by_name: list[str] = []
        self._leaving: dict[str, str] = {}  # that last, and nobody needs any more; why
        self._is_over = False
        self.served: dict[str, None] = {}  # those that became ready
        write_down(services, runs)  # what ended between two builds

    def connect(
        self, emit: Callable[[Event], None], fail: Callable[[Target, Failure], None]
    ) -> None:
        """Let these be told of what happens, and of failures."""
        self._emit, self._fail = emit, fail

    def let_go(self, plan: Plan) -> None:
        """End what an earlier build has left, and is nothing in this one any more."""
        for name in self._services.names:
            why = self._why_needless(name, plan)
            if why is not None:
                self._leaving[name] = why
                self._services.stop(name)

    @property
    def is_starting(self) -> bool:
        """Whether something waits for a service."""
        return bool(self._held or self._wanted)

    def settle(self, target: Target, *, by_name: bool) -> None:
        """Look at what a service is made of; start it if it is asked for ``by_name``, and anew
        if it runs and is another now. Raises TargetError."""
        name, records = target.name, self._judge.records
        self._look(name)
        records.drop(name)
        if records.trouble(name) is not None and name not in self._services.names:
            records.ended(name)
        runs = name in self._services.names
        self._by_name += [name] if by_name else []
        if not (by_name or runs) or self._is_up(name):
            self._progress.end(name, State.SERVICE)
            return
        self._progress.state[name] = State.RUNNING
        self._want(name, _CHANGED if runs else _BY_NAME)
        self.go_on()

    def is_at_hand(self, target: Target, queued: Queued) -> bool:
        """Say whether all services are ready that a run of a target needs; if not, keep it
        until they are, or block it."""
        names = self._judge.services_of(target.name)
        if all(map(self._is_up, names)):
            return True
        failed = next((one for one in names if self._progress.state.get(one) is _FAILED), None)
        if failed is not None:
            self._progress.block(target.name, failed)
            return False
        self._held[target.name] = queued
        self._progress.state[target.name] = State.WAITING
        for name in names:
            self._want(name, Reason("it", "", f"is needed by `{target.name}`"))
        self.go_on()
        return False

    def handle(self, message: object) -> None:
        """Take note of what happened to a service."""
        match message:
            case ServiceIsReady(run, seconds):
                name = run.target.name
                self.served[name] = None
                self._emit(events.ServiceReady(name, run.id, seconds))
                if self._progress.state.get(name) is State.RUNNING:
                    self._progress.end(name, State.SERVICE)
            case ServiceHasEnded(run):
                self._handle_end(run.target, message)
        self.go_on()

    def go_on(self) -> None:
        """Start the services that are wanted and can start now; release what waited."""
        for name in list(self._wanted):
            if name in self._lost:
                self._lose(name, self._lost.pop(name))
            elif self._is_up(name):
                del self._wanted[name]
            elif name in self._wanted:
                self._go_on_with(name)
        for name, queued in list(self._held.items()):
            if all(map(self._is_up, self._judge.services_of(name))):
                del self._held[name]
                self._queue.push(queued)

    def end(self, inbox: Inbox, signalled: Callable[[int], None]) -> list[str]:
        """End all services, unless they last: first those that no other needs. A signal, of
        which ``signalled`` is told, ends them at once. Return the services that do not run."""
        self._wanted.clear()
        self._held.clear()
        self._is_over = True
        self._tell_of_the_end()
        while names := self._to_end():
            needed = {one for name in names for one in self._services_of(name)}
            for name in names:
                if name not in needed:
                    self._services.stop(name)
            for message in inbox.get(None):
                if isinstance(message, Signalled):
                    self._services.kill()
                    signalled(message.signum)
                else:
                    self.handle(message)
        running = self._services.names
        return [name for name in self._progress.services() if name not in running]

    def _to_end(self) -> tuple[str, ...]:
        names = self._services.names
        return tuple(filter(self._leaving.get, names)) if self._services.lasting else names

    def _tell_of_the_end(self) -> None:
        for name in () if self._services.lasting else self._by_name:
            if self._is_up(name):
                text = f"`{name}` was ready, and ends with this build"
                self._emit(events.Notice(f"{text}: `jobmake watch {name}` keeps it"))

    # -- one service --------------------------------------------------------------------

    def _why_needless(self, name: str, plan: Plan) -> str | None:
        """Say why a service that lasts is to end; None if somebody may still need it."""
        graph = self._judge.graph
        target = graph.targets.get(name)
        if target is None:
            return "it is no longer in the Jobfile" if graph.is_gone(name) else None
        if not target.is_service:
            return "it is no service any more"
        if name in plan.wanted or not graph.unopened.isdisjoint(plan.wanted):
            return None
        return "nothing needs it any more"

    def _services_of(self, name: str) -> tuple[str, ...]:
        """Return what a service needs; nothing of one that is no longer there."""
        return self._judge.services_of(name) if name in self._judge.graph.targets else ()

    def _look(self, name: str) -> str:
        sight = self._judge.look(self._judge.graph.targets[name])
        self._judge.results[name] = sight.fingerprint.digest
        return sight.fingerprint.digest

    def _want(self, name: str, reason: Reason) -> None:
        """Want a service to be ready, and those that it needs."""
        for need in self._judge.services_of(name):
            if not self._is_up(need):
                self._wanted.setdefault(need, Reason("it", "", f"is needed by `{name}`"))
        if not self._is_up(name):
            self._wanted.setdefault(name, reason)

    def _is_up(self, name: str) -> bool:
        """Say whether a service is ready, and still what it was when it was started."""
        is_same = self._services.fingerprint(name) == self._judge.results.get(name)
        return is_same and self._services.is_ready(name)

    def _go_on_with(self, name: str) -> None:
        running = self._services.fingerprint(name)
        if running is not None:
            if running != self._judge.results.get(name) and not self._is_used(name):
                for user in self._used_by_services(name):
                    self._want(user, _CHANGED)
                    self._services.stop(user)
                if not self._used_by_services(name):
                    self._services.stop(name)
            return
        is_over = name not in self._services.names
        is_left = not self._leaving.keys() & set(self._services.names)  # it may have our port
        if is_over and is_left and all(map(self._is_up, self._judge.services_of(name))):
            self._start(name)

    def _start(self, name: str) -> None:
        target, reason = self._judge.graph.targets[name], self._wanted[name]
        queued = Queued(self._progress.rank.get(name, ()), name, (reason,))
        try:
            run = self._runs.begin(target, queued, _NOTHING)
            self._judge.results[name] = run.sight.fingerprint.digest
            command, log = run.command, run.log
            self._emit(events.ServiceStarted(name, run.id, reason, command, log))
            try:
                self._services.start(run, self._runs.layout.services)
            except TargetError as error:
                self._runs.end_service(run, None, error.message)
                raise
        except Exception as raised:
            self._lose(name, as_failure(self._judge.blamed(raised), (reason,)))

    def _is_used(self, name: str) -> bool:
        """Say whether a run that goes on needs a service."""
        runs = (run for run, _ in self._running.values())
        return any(name in self._judge.services_of(run.target.name) for run in runs)

    def _used_by_services(self, name: str) -> list[str]:
        return [one for one in self._services.names if name in self._services_of(one)]

    def _lose(self, name: str, failure: Failure) -> None:
        """Let a service fail, and all be blocked that waits for it."""
        self._wanted.pop(name, None)
        self._fail(self._judge.graph.targets[name], failure)
        for user in list(self._wanted):
            if name in self._judge.services_of(user):
                del self._wanted[user]
        for user in list(self._held):
            if name in self._judge.services_of(user):
                del self._held[user]
                self._progress.block(user, name)

    def _handle_end(self, target: Target, ended: ServiceHasEnded) -> None:
        name, run = target.name, ended.run
        self._services.over.remove(ended)
        failure = None if ended.asked or self._is_over else failure_of(ended)
        log = self._runs.end_service(run, ended.outcome, failure.message if failure else None)
        is_needed = name in self._wanted or self._is_used(name) or self._used_by_services(name)
        if failure is not None and is_needed:
            self._lose(name, replace(failure, log=log))
            return
        if failure is not None:
            self._lost[name] = replace(failure, log=log)
        message = failure.message if failure else None
        left, why = ended.outcome.leftovers, self._leaving.get(name)
        self._emit(events.ServiceEnded(name, run.id, ended.seconds, message, log, left, why))


def failure_of(ended: ServiceHasEnded) -> Failure:
    """Return what is wrong with the end of a service that nobody had asked to end."""
    run, outcome = ended.run, ended.outcome
    if ended.late is not None:
        message, hint = how_it_was_late(ended)
    else:
        when = "ended by itself" if ended.was_ready else "ended before it was ready"
        message = f"{when}: {how_it_ended(outcome, run.target)}"
        hint = hint_for(outcome)
    return Failure(message, hint, run.command, run.queued.reasons, None, outcome.leftovers)


def write_down(services: Services, runs: Runs) -> None:
    """Write down which services have ended since the last build."""
    for ended in services.over:
        error = None if ended.asked else failure_of(ended).message
        runs.end_service(ended.run, ended.outcome, error)
    services.over.clear()
