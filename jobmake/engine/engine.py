"""The engine: brings the targets of a plan up to date.

The states a target goes through are drawn in `model/state.py`; `progress` keeps them. Here is
the loop: judge what is ready, restore or start what is stale, take note of what ended.

Knows the order of things. Does not know how a target is judged (`judge`), what a run
consists of (`runs`), or who listens to events.

Invariants: a target is judged when all it needs is done, never before; a failed target is
a value; what is wrong with one target is told of that one.
"""

from __future__ import annotations

from jobmake.engine.before import Before
from jobmake.engine.borneout import note_if_borne_out
from jobmake.engine.endings import as_failure
from jobmake.engine.facts import may_be_restored
from jobmake.engine.inbox import IN_PASSING, Interrupted, Signalled
from jobmake.engine.openrun import Again, Built
from jobmake.engine.plan import grown
from jobmake.engine.progress import Progress
from jobmake.engine.queue import Queue, Queued
from jobmake.engine.ranking import Ranking
from jobmake.engine.retrying import RETRY, Retrying
from jobmake.engine.saving import Saving
from jobmake.engine.serving import Serving
from jobmake.engine.stopping import Stopping
from jobmake.engine.temps import Temps
from jobmake.engine.timers import Timers
from jobmake.model import events
from jobmake.model.decision import FORCED, Fresh, Reason, Stale
from jobmake.model.errors import Halted, JobfileError, TargetError
from jobmake.model.run import Outcome
from jobmake.model.state import Failure, State, Summary
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.inbox import Inbox
    from jobmake.engine.judge import Judge
    from jobmake.engine.openrun import OpenRun
    from jobmake.engine.options import Around, Options
    from jobmake.engine.plan import Plan
    from jobmake.engine.runs import Runs
    from jobmake.engine.sight import Sight
    from jobmake.engine.slots import Grant
    from jobmake.model.events import Event
    from jobmake.model.target import Target

MOST_OVERTAKEN = 64  # targets that are judged before one that could be started


class Engine:
    """One build. ``emit`` is told every event."""

    def __init__(
        self,
        judge: Judge,
        runs: Runs,
        inbox: Inbox,
        around: Around,
        options: Options,
        emit: Callable[[Event], None],
    ) -> None:
        self.judge, self.runs, self.inbox = judge, runs, inbox
        self.around, self.options, self.emit = around, options, emit
        self._progress = Progress(judge.graph, emit)
        self._queue = Queue(around.slots)
        self._timers = Timers(around.monotonic)
        self._temps = Temps(judge, runs.later.do_all)
        self._running: dict[str, tuple[OpenRun, Grant]] = {}
        self._waiting = Retrying(self._progress, self._queue, self._timers, emit)
        self._asked: dict[str, Reason] = {}  # why a target that is up to date has to run
        self._unopened: list[str] = []
        self._stopping = Stopping(runs, self._running, self._timers, emit)
        self._failures = self._overtaken = 0
        self._ranking = Ranking(self._progress, around.seconds, options.shuffle)
        self._saving = Saving(judge, around.monotonic, emit, locked=options.locked)
        self._serving = Serving(
            judge, runs, around.services, self._progress, self._queue, self._running
        )
        self._serving.connect(emit, self._fail)

    def build(self, wanted: Plan) -> Summary:
        """Bring the targets of the plan up to date."""
        begin = self.around.monotonic()
        self._plan = wanted
        self._before = Before(self.judge, self._progress, wanted)
        self._progress.want(self.judge.graph, wanted)
        self.emit(events.BuildStarted(len(wanted.wanted), self.options.jobs))
        self._serving.let_go(wanted)
        while self._unfinished():
            self._handle_waiting(self._patience())
            if self._go_on():
                continue  # progress was made; look again
            if not (self._running or self._waiting or self._serving.is_starting):
                break  # only blocked targets, or those that are not to start, are left
        self.runs.later.do_all()
        self._tell_notices()
        self._handle_waiting(0)  # a signal that ended the last probe is not to be lost
        self._handle_waiting(0)  # a signal may have come while the last target was judged
        self._temps.done_with_all(self._serving.end(self.inbox, self._stopping.signal))
        self._saving.at_the_end()
        self.aftermath = self._before.aftermath(self._plan)
        seconds = self.around.monotonic() - begin
        summary = self._progress.summary(self._plan, seconds, self._stopping)
        served = tuple(one for one in self._serving.served if one not in summary.failed)
        return replace(summary, lock_differs=self._saving.lock_differs, served=served)

    # -- what there is to do ----------------------------------------------------------

    def _unfinished(self) -> bool:
        if self._running:
            return True
        left = self._progress.has_ready() or self._queue or self._unopened or self._waiting
        return bool(left or self._serving.is_starting) and not self._is_over

    @property
    def _is_over(self) -> bool:
        """Whether no new run may start."""
        return self._stopping.is_on or bool(self._failures and not self.options.keep_going)

    def _patience(self) -> float | None:
        """Return the seconds in which there is nothing to do, None if that is for ever."""
        judges = not self._queue.is_long and (self._progress.has_ready() or self._unopened)
        later = self.runs.later.patience(busy=self.around.slots.is_full)
        if later == 0 or (not self._is_over and (judges or self._queue.has_next())):
            return IN_PASSING
        waits = (self._timers.patience(), later)
        return min((one for one in waits if one is not None), default=None)

    def _go_on(self) -> bool:
        """Start a target or judge one, whatever is more urgent, or do what was put off until
        there was time for it. Say whether there was any.

        What is ready may turn out to be up to date, so it does not hold up a start for long.
        """
        ready, queued = self._progress.next_rank(), self._queue.next_rank()
        first = ready is not None and queued is not None and ready < queued
        if first and self._overtaken < MOST_OVERTAKEN and self._settle_ready():
            self._overtaken += 1
            return True
        self._overtaken = 0
        if self._start_queued():
            return True
        later, until = self.runs.later, self.inbox.has_some if self.around.slots.is_full else None
        return bool(until and later.do_due(until)) or self._settle_ready() or later.do_due(until)

    # -- from ready to done, or to the queue ------------------------------------------

    def _settle_ready(self) -> bool:
        """Judge the next ready target; say whether there was one."""
        if self._is_over or self._queue.is_long:
            return False
        name = self._progress.pop_ready()
        if name is None:
            return self._grow()
        if name in self.judge.graph.unopened:
            self._open(name)
            return True
        target = self.judge.graph.targets[name]
        try:
            self._settle(target)
        except Halted:
            pass  # a signal is in the inbox
        except Exception as raised:
            error, lacking = self.judge.blamed(raised), self._temps.lacking(target)
            if not lacking:
                self._fail(target, as_failure(error))
            else:  # what it reads lies in a temp folder that is gone
                self._ask_for_temps(target, lacking)
        self._tell_notices()
        return True

    def _settle(self, target: Target) -> None:
        """Judge one target. Raises TargetError."""
        name = target.name
        if (lost := self._progress.lost_need(target)) is not None:
            self._progress.block(name, lost)
            return
        before = self._before.state_of(target)
        if before is not None and name not in self._asked:
            self._progress.pass_over(name, before)
            self._temps.done_with(name)
            return
        if target.is_group:
            self.judge.results[name] = self.judge.group_result(target)
            self._progress.end(name, State.FRESH)
            return
        if target.is_service:
            self._settle_service(target)
            return
        sight = self.judge.glance(target)
        match self.judge.decide(target, sight, also=self._known_reasons(name)):
            case Fresh():
                self.runs.publish(target)
                self.emit(events.TargetFresh(name))
                self.judge.keep_result(target)
                note_if_borne_out(self.judge, target)
                self._done(target, State.FRESH)
            case Stale(reasons):
                sight = sight if sight.whole else self.judge.look(target)
                self.runs.expect(target, sight)
                self._settle_stale(target, sight, reasons)

    def _settle_service(self, target: Target) -> None:
        """See what a service is made of; it is started when a run needs it, or by its name."""
        by_name = target.name in self._plan.named
        lacking = self._temps.lacking(target) if by_name else []
        if lacking:
            self._ask_for_temps(target, lacking)
        else:
            self._serving.settle(target, by_name=by_name)

    def _settle_stale(self, target: Target, sight: Sight, reasons: tuple[Reason, ...]) -> None:
        """Restore a target, or see to it that it runs. Raises TargetError."""
        if may_be_restored(target, self.judge.checks, reasons):
            asked = target.name in self._asked
            restored = self.runs.store.restore(target, sight, reasons, temps=asked)
            if restored is not None:
                self.emit(restored.event)
                self._done(target, State.RESTORED, restored.record.result)
                return
        graph = self.judge.graph
        read_by = (target, *(graph.targets[one] for one in self.judge.services_of(target.name)))
        lacking = {maker: None for one in read_by for maker in self._temps.lacking(one)}
        if lacking:
            self._ask_for_temps(target, list(lacking))
        else:
            self._enqueue(target, reasons)

    def _known_reasons(self, name: str) -> tuple[Reason, ...]:
        asked = self._asked.get(name)
        return (*((FORCED,) if self.options.force else ()), *((asked,) if asked else ()))

    def _enqueue(self, target: Target, reasons: tuple[Reason, ...]) -> None:
        self._ranking.begin(self.judge.graph, self._plan)
        amounts = self.around.slots.amounts(target)
        rank = self._progress.rank_of(target.name)
        self._queue.push(Queued(rank, target.name, reasons, amounts))

    def _ask_for_temps(self, target: Target, makers: list[str]) -> None:
        """Let those targets run that make what a target lacks, and let it wait for them."""
        self._progress.wait_for(target.name, makers)
        for maker in makers:
            if self._progress.state[maker].is_done:
                self._asked[maker] = Reason("it", "", f"must make a temp file for `{target.name}`")
                for user in self._progress.start_over(maker):
                    self._queue.remove(user)

    def _open(self, name: str) -> None:
        """Have a family opened with others, once all is there that it may be over."""
        target = self.judge.graph.targets[name]
        lacking = self._temps.lacking(target)
        if lacking:
            self._ask_for_temps(target, lacking)
        else:
            self._unopened.append(name)

    def _grow(self) -> bool:
        """Open the families of which all makers are done; say whether there was one."""
        if not self._unopened:
            return False
        opened, self._unopened = self._unopened, []
        try:
            graph = self.around.grow(opened)
        except (JobfileError, TargetError) as error:
            for name in opened if not isinstance(error, Halted) else ():
                self._fail(self.judge.graph.targets[name], as_failure(error))
            return True
        self.judge.graph = graph
        known = set(self._progress.state)
        for name in opened:  # one without any instances stays, as a group
            self._progress.state[name] = State.WANTED
        self._plan = grown(graph, self._plan, opened)
        self._progress.want(graph, self._plan)
        self._temps.grown(opened, (one for one in self._plan.wanted if one not in known))
        self._ranking.go_on(graph, self._plan)
        for name in opened:
            count = len(graph.families.get(name, ()))
            self.emit(events.PlanGrew(name, count, len(self._plan.wanted)))
        return True

    # -- runs -------------------------------------------------------------------------

    def _start_queued(self) -> bool:
        """Start the first queued target that there is room for; say whether one was started."""
        if not self._queue or self._is_over:
            return False
        taken = self._queue.pop()
        if taken is None:
            return False
        one, grant = taken
        target = self.judge.graph.targets[one.name]
        if not self._serving.is_at_hand(target, one):
            self._queue.give_back(grant)
            return True
        try:
            run = self.runs.begin(target, one, grant)
            self._tell_notices()
            self.emit(run.event)  # before it starts: from then on the terminal may be its own
            self.runs.submit(run)
        except Exception as raised:
            self._queue.give_back(grant)
            self._tell_notices()
            if not isinstance(raised, Halted):
                self._fail(target, as_failure(self.judge.blamed(raised), one.reasons))
            return True
        self._progress.state[one.name] = State.RUNNING
        self._running[run.id] = run, grant
        self._stopping.watch(run.id, target.handling.timeout)
        return True

    def _handle_outcome(self, outcome: Outcome) -> None:
        run, grant = self._running.pop(outcome.run_id)
        self._queue.give_back(grant)
        target, name = run.target, run.target.name
        overtime = run.id in self._stopping.overtime
        is_stopped = self._stopping.is_on and not outcome.ok
        match None if is_stopped else self.runs.end(run, outcome, overtime=overtime):
            case None:
                self.runs.stop(run, outcome)
                self._progress.end(name, State.STOPPED)
                self.emit(events.TargetStopped(name))
                return
            case Built(record, log):
                took = outcome.wall, log, outcome.leftovers, outcome.cpu, outcome.peak_memory
                self.emit(events.TargetBuilt(name, run.id, *took))
                self._done(target, State.BUILT, record.result)
            case Again(changed, seen):
                self.emit(events.TargetAgain(name, changed))
                reason = Reason("it", "", f"must run again: {changed} while it ran")
                again = replace(run.queued, reasons=(reason,), second=True, seen=seen)
                self._queue.push(again)
            case Failure() as failure if run.queued.attempt <= target.handling.retries:
                self._waiting.put_off(run, failure)
            case failure:
                self._fail(target, failure)
        self._tell_notices()
        self._serving.go_on()  # one that is to be started anew may be free now
        self._saving.now_and_then()

    # -- messages ---------------------------------------------------------------------

    def _handle_waiting(self, timeout: float | None) -> None:
        """Take what is in the inbox, waiting for it if there is nothing else to do."""
        for message in self.inbox.get(timeout):
            if isinstance(message, Signalled):
                self._stopping.signal(message.signum)
            elif isinstance(message, Interrupted):
                self._stopping.interrupt(starting=self._serving.is_starting)
            elif isinstance(message, Outcome):
                self._handle_outcome(message)
                self._go_on()  # before it is seen what else has ended
            else:
                self._serving.handle(message)
        for alarm in self._timers.due():
            if alarm.what == RETRY:
                self._waiting.is_due(alarm.name)
            else:
                self._stopping.alarm(alarm)

    # -- ends -------------------------------------------------------------------------

    def _done(self, target: Target, state: State, result: str | None = None) -> None:
        name = target.name
        if result is not None:
            self.judge.results[name] = result
        self._asked.pop(name, None)
        self._progress.end(name, state)
        if name not in self._plan.named:
            self._temps.made(target, self._is_done)
        self._temps.done_with(name)

    def _is_done(self, name: str) -> bool:
        """Whether a target is not wanted, or done: it needs nothing more. Services do, until
        they are ended."""
        state = self._progress.state.get(name)
        return state is None or (state.is_done and state is not State.SERVICE)

    def _fail(self, target: Target, failure: Failure) -> None:
        name, allowed = target.name, target.handling.allow_failure
        self.emit(events.TargetFailed(name, failure, allowed))
        if allowed:
            self._done(target, State.ALLOWED, "failed")
            return
        self._failures += 1
        self._progress.end(name, State.FAILED)
        self._progress.block_users(name)
        if self.options.at_once:
            self._stopping.give_up()

    def _tell_notices(self) -> None:
        for notice in self.runs.notices:
            self.emit(events.Notice(notice))
        self.runs.notices.clear()
