"""One build, put together: the engine and all it works with.

Knows which part is given what. Decides nothing itself.
"""

from __future__ import annotations

import os
import time
from contextlib import closing

from jobmake.engine.engine import Engine
from jobmake.engine.inbox import Inbox, Interrupt, Interrupting
from jobmake.engine.logbook import Clocks, Logbook
from jobmake.engine.options import Around
from jobmake.engine.overrides import Overrides
from jobmake.engine.runs import Runs
from jobmake.engine.services import Services
from jobmake.engine.signals import INTERRUPT, Signals
from jobmake.engine.store import Store
from jobmake.executors.asking import Asking
from jobmake.memory.trust import trust
from jobmake.model.errors import Ended, Halted, TargetError
from jobmake.project.sighting import Doubt, sighting
from jobmake.tools.value import Mutable, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.judge import Judge
    from jobmake.engine.options import Options
    from jobmake.engine.plan import Aftermath, Plan
    from jobmake.memory.lock import ProjectLock
    from jobmake.memory.section import Kept
    from jobmake.model.contracts import Executor
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.project.opened import Opened

    SeenAs = tuple[str, bool]  # the key of a command line, and whether names are told


class Building(Mutable):
    """Builds of one project with one judge, which was made while the lock was held, and remains
    right as long as nobody else writes there. ``seen_as``: what is looked at is kept for the next
    build. ``aftermath`` is of the last build."""

    project: Opened
    options: Options
    emit: Callable[[Event], None]
    judge: Judge
    services: Services | None = None  # that last
    seen_as: SeenAs | None = None
    aftermath: Aftermath | None = None
    summary: Summary | None = None

    def run(self, plan: Plan, lock: ProjectLock, interrupt: Interrupt | None = None) -> Summary:
        """Run the engine on a plan."""
        project, judge = self.project, self.judge
        judge.probe = asking = Asking(project.layout.root, project.settings.environ)
        consulting = project.consulting()
        judge.ask_job = Overrides(judge, consulting)
        executor = project.executor()
        runs = self._runs(executor, lock)
        with Signals() as signals, closing(executor), closing(asking), closing(consulting):
            asking.stop = consulting.stop = signals.fileno()
            around = self._around()
            more = [Interrupting(interrupt)] if interrupt else []
            inbox = Inbox(executor, signals, around.services, *more)
            if project.settings.stopwatch is not None:
                from jobmake.project.timings import time_building

                time_building(project.settings.stopwatch, runs, inbox)
            engine = Engine(judge, runs, inbox, around, self.options, self.emit)
            try:
                summary = self.summary = engine.build(plan)
                self.aftermath = engine.aftermath
            except Halted:  # where no target was at hand
                raise Ended(signals.first or INTERRUPT) from None
            finally:
                executor.close()
                if not around.services.lasting:
                    around.services.close()
                runs.close()
                judge.records.close()
                project.keep_index(judge, self.emit, self._sighting)
        # a signal that came when all was done is not to be lost
        late = next(iter(signals.take()), None)
        return replace(summary, stopped_by=summary.stopped_by or late)

    def _sighting(self) -> Kept | None:
        """Return what is to be kept of all that was looked at, if anything is."""
        if self.seen_as is None:
            return None
        key, told = self.seen_as
        if self.aftermath is None or self.summary is None:
            return key, None
        states = self.aftermath.states
        try:
            return key, sighting(self.project, self.judge, self.summary, states, told=told)
        except (Doubt, TargetError, OSError):
            return key, None

    def _runs(self, executor: Executor, lock: ProjectLock) -> Runs:
        project, judge, locked = self.project, self.judge, self.options.locked
        clocks = Clocks(time.monotonic, time.time)
        logbook = Logbook(project.layout, clocks, judge)
        cache = project.cache() if project.cache_settings.enabled else None
        store = Store(judge, lock, logbook, cache, locked)
        return Runs(judge, executor, lock, logbook, store, locked=locked)

    def _around(self) -> Around:
        project = self.project
        return Around(
            grow=project.grow,
            seconds=lambda names: project.past_runs().seconds(names),
            slots=project.slots(self.options.jobs),
            monotonic=time.monotonic,
            services=self.services or new_services(),
        )


def new_judge(project: Opened, emit: Callable[[Event], None]) -> Judge:
    """Read the state, which is ours now."""
    judge = project.judge_of(project.files(writable=True), project.jobfile.graph)
    trust(project.layout.root, project.settings.environ)
    project.set_damaged_aside(judge, emit)
    _remove_cut_off(judge)
    return judge


def run_build(
    project: Opened,
    plan: Plan,
    options: Options,
    emit: Callable[[Event], None],
    lock: ProjectLock,
    services: Services | None = None,
) -> Summary:
    """Read the state, and run the engine on it. ``services`` are those that last; without them,
    what is started ends with this build."""
    judge = new_judge(project, emit)
    return Building(project, options, emit, judge, services).run(plan, lock)


def new_services(*, lasting: bool = False) -> Services:
    """Return where services run: always on this machine, where others reach them. Those that are
    ``lasting`` are for several builds, and for the caller to end."""
    from jobmake.executors.local import LocalExecutor

    return Services(LocalExecutor(), time.monotonic, lasting=lasting)


def _remove_cut_off(judge: Judge) -> None:
    """Remove what restores that were cut off have left half-way."""
    folders = judge.records.half_restored()
    if folders:
        from jobmake.caches.staging import remove_leftovers

        remove_leftovers(os.path.join(judge.files.root, one) for one in folders)
