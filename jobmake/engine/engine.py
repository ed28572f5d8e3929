"""The engine: brings the targets of a plan up to date.

    wanted ──▶ ready ──▶ running ──▶ built
                 │          ├──────▶ failed
                 │          └──────▶ stopped (a signal ended the build)
                 ├──▶ up to date
    wanted ──────┴──▶ blocked (something it needs failed)

Knows states, slots and the order of things. Does not know how a target is judged
(`judge`), what a run consists of (`runs`), or who listens to events.

Invariants: a target is judged when all it needs is done, never before; a failed target is
a value; nothing here recurses or looks through all targets again and again.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.engine.inbox import Signalled
from jobmake.engine.runs import Again, Built, as_failure
from jobmake.model import events
from jobmake.model.decision import Fresh, Reason, Stale
from jobmake.model.errors import TargetError
from jobmake.model.state import State, Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.inbox import Inbox
    from jobmake.engine.judge import Judge
    from jobmake.engine.plan import Plan
    from jobmake.engine.runs import OpenRun, Runs
    from jobmake.model.events import Event
    from jobmake.model.run import Outcome
    from jobmake.model.state import Failure

GRACE = 5.0  # seconds between asking runs to end and ending them, where nobody can ask again

_SIGINT, _SIGKILL, _SIGTERM = 2, 9, 15


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose for one build. ``jobs`` is how many runs go on at once."""

    jobs: int
    keep_going: bool = False
    force: bool = False


class Engine:
    """One build. ``emit`` is told every event; ``monotonic`` gives seconds."""

    def __init__(
        self,
        judge: Judge,
        runs: Runs,
        inbox: Inbox,
        options: Options,
        emit: Callable[[Event], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.judge, self.runs, self.inbox = judge, runs, inbox
        self.options, self.emit, self.monotonic = options, emit, monotonic
        self._graph = judge.graph
        self._recordable = {one.name for one in judge.graph.targets.values() if not one.is_group}
        self._state: dict[str, State] = {}
        self._waits_for: dict[str, int] = {}
        self._rank: dict[str, tuple[int, int]] = {}
        self._ready: list[tuple[tuple[int, int], str]] = []
        self._queued: list[tuple[tuple[int, int], str, tuple[Reason, ...], bool]] = []
        self._running: dict[str, OpenRun] = {}
        self._ended: dict[State, list[str]] = {state: [] for state in State}
        self._failures = 0
        self._signals = 0
        self._stopped_by: int | None = None
        self._kill_at: float | None = None

    def build(self, plan: Plan) -> Summary:
        """Bring the targets of the plan up to date."""
        begin = self.monotonic()
        self._want(plan)
        self.emit(events.BuildStarted(len(plan.wanted), self.options.jobs))
        while self._unfinished():
            self._handle_waiting(0 if self._can_go_on() else self._patience())
            if self._start_queued() | self._settle_ready():
                continue  # progress was made; look again
            if not self._running:
                break  # only blocked targets, or those that are not to start, are left
        self._handle_waiting(0)  # a signal that ended the last probe is not to be lost
        self._save(last=True)
        return self._summary(plan, self.monotonic() - begin)

    # -- what there is to do ----------------------------------------------------------

    def _want(self, plan: Plan) -> None:
        members = set(plan.wanted)
        for position, name in enumerate(plan.wanted):
            self._state[name] = State.WANTED
            self._rank[name] = (-plan.rank[name], position)
            waits = sum(1 for need in self._graph.needs[name] if need in members)
            self._waits_for[name] = waits
            if not waits:
                self._make_ready(name)

    def _unfinished(self) -> bool:
        return bool(self._running) or bool((self._ready or self._queued) and not self._stopping)

    @property
    def _stopping(self) -> bool:
        """Whether no new run may start."""
        failed = self._failures and not self.options.keep_going
        return bool(failed) or self._stopped_by is not None

    def _can_go_on(self) -> bool:
        """Whether there is work that waits for nothing but us."""
        if self._stopping:
            return False
        return bool(self._ready) or bool(self._queued and self._has_slot())

    def _has_slot(self) -> bool:
        return len(self._running) < self.options.jobs

    # -- from ready to running --------------------------------------------------------

    def _settle_ready(self) -> bool:
        """Judge the next ready target; say whether there was one."""
        if not self._ready or self._stopping:
            return False
        rank, name = heapq.heappop(self._ready)
        target = self._graph.targets[name]
        try:
            if target.is_group:
                self.judge.results[name] = self.judge.group_result(target)
                self._done(name, State.FRESH)
                return True
            sight = self.judge.look(target)
            decision = self.judge.decide(target, sight, forced=self.options.force)
        except TargetError as error:
            self._fail(name, as_failure(error))
            return True
        match decision:
            case Fresh():
                record = self.judge.records.get(name)
                assert record is not None
                self.judge.results[name] = record.result
                self.emit(events.TargetFresh(name))
                self._done(name, State.FRESH)
            case Stale(reasons):
                heapq.heappush(self._queued, (rank, name, reasons, False))
        return True

    def _start_queued(self) -> bool:
        """Start the first queued target if a slot is free; say whether one was started."""
        if not self._queued or self._stopping or not self._has_slot():
            return False
        _, name, reasons, second = heapq.heappop(self._queued)
        target = self._graph.targets[name]
        try:
            run = self.runs.begin(target, reasons, second=second)
            self._tell_notices()
            # told before it starts: from then on the terminal may be its own
            interactive = target.manner.interactive
            self.emit(events.TargetStarted(name, run.id, reasons, run.command, interactive))
            self.runs.submit(run)
        except TargetError as error:
            self._tell_notices()
            self._fail(name, as_failure(error, reasons))
            return True
        self._state[name] = State.RUNNING
        self._running[run.id] = run
        return True

    def _make_ready(self, name: str) -> None:
        self._state[name] = State.READY
        heapq.heappush(self._ready, (self._rank[name], name))

    # -- messages ---------------------------------------------------------------------

    def _patience(self) -> float | None:
        if self._kill_at is None:
            return None
        return max(0.0, self._kill_at - self.monotonic())

    def _handle_waiting(self, timeout: float | None) -> None:
        """Take what is in the inbox, waiting for it if there is nothing else to do."""
        for message in self.inbox.get(timeout):
            if isinstance(message, Signalled):
                self._handle_signal(message.signum)
            else:
                self._handle_outcome(message)
        if self._kill_at is not None and self.monotonic() >= self._kill_at:
            self._kill_at = None
            self._cancel_all(_SIGKILL)

    def _handle_signal(self, signum: int) -> None:
        """First: stop starting, pass it on, wait. Second: kill."""
        self._signals += 1
        self._stopped_by = self._stopped_by or signum
        names = tuple(run.target.name for run in self._running.values())
        self.emit(events.Stopping(signum, names, self._signals > 1))
        if self._signals > 1:
            self._cancel_all(_SIGKILL)
            return
        self._cancel_all(_SIGINT if signum == _SIGINT else _SIGTERM)
        if signum != _SIGINT:
            self._kill_at = self.monotonic() + GRACE

    def _cancel_all(self, signum: int) -> None:
        for run_id in self._running:
            self.runs.cancel(run_id, signum)

    def _handle_outcome(self, outcome: Outcome) -> None:
        run = self._running.pop(outcome.run_id)
        name = run.target.name
        if self._stopped_by is not None and not outcome.ok:
            self.runs.stop(run, outcome)
            self._state[name] = State.STOPPED
            self._ended[State.STOPPED].append(name)
            self.emit(events.TargetStopped(name))
            return
        match self.runs.end(run, outcome):
            case Built(record, log):
                self.judge.results[name] = record.result
                self.emit(events.TargetBuilt(name, run.id, outcome.wall, log, outcome.leftovers))
                self._done(name, State.BUILT)
            case Again(changed):
                self.emit(events.TargetAgain(name, changed))
                reason = Reason("it", "", f"must run again: {changed} while it ran")
                heapq.heappush(self._queued, (self._rank[name], name, (reason,), True))
            case failure:
                self._fail(name, failure)
        self._tell_notices()
        self._save()

    # -- ends -------------------------------------------------------------------------

    def _done(self, name: str, state: State) -> None:
        self._state[name] = state
        self._ended[state].append(name)
        for user in self._graph.users[name]:
            if user in self._waits_for:
                self._waits_for[user] -= 1
                if not self._waits_for[user] and self._state[user] is State.WANTED:
                    self._make_ready(user)

    def _fail(self, name: str, failure: Failure) -> None:
        self._failures += 1
        self._state[name] = State.FAILED
        self._ended[State.FAILED].append(name)
        self.emit(events.TargetFailed(name, failure))
        self._block_users(name)

    def _block_users(self, failed: str) -> None:
        """Block all that needs a failed target, also by others in between."""
        todo = deque([failed])
        while todo:
            for user in self._graph.users[todo.popleft()]:
                if self._state.get(user) is State.WANTED:
                    self._state[user] = State.BLOCKED
                    self._ended[State.BLOCKED].append(user)
                    self.emit(events.TargetBlocked(user, failed))
                    todo.append(user)

    def _save(self, last: bool = False) -> None:
        records, known = self.judge.records, self._recordable
        if last:
            records.save(known)
        else:
            records.save_now_and_then(self.monotonic, known)

    def _tell_notices(self) -> None:
        for notice in self.runs.notices:
            self.emit(events.Notice(notice))
        self.runs.notices.clear()

    def _summary(self, plan: Plan, seconds: float) -> Summary:
        groups = self._graph.targets
        over = {State.FRESH, State.BUILT, State.FAILED, State.STOPPED, State.BLOCKED}
        return Summary(
            built=tuple(self._ended[State.BUILT]),
            fresh=tuple(name for name in self._ended[State.FRESH] if not groups[name].is_group),
            failed=tuple(self._ended[State.FAILED]),
            stopped=tuple(self._ended[State.STOPPED]),
            blocked=tuple(self._ended[State.BLOCKED]),
            not_started=tuple(one for one in plan.wanted if self._state[one] not in over),
            seconds=seconds,
            stopped_by=self._stopped_by,
        )
