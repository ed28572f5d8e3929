"""One build, put together: the engine and all it works with.

Knows which part is given what. Decides nothing itself.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from typing import TYPE_CHECKING

from jobmake.caches.staging import remove_leftovers
from jobmake.engine import outputs
from jobmake.engine.engine import Engine
from jobmake.engine.inbox import Inbox
from jobmake.engine.logbook import Clocks, Logbook
from jobmake.engine.options import Around
from jobmake.engine.overrides import Overrides
from jobmake.engine.runs import Runs
from jobmake.engine.signals import Signals
from jobmake.engine.store import Store
from jobmake.executors.asking import Asking
from jobmake.memory.trust import trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.judge import Judge
    from jobmake.engine.options import Options
    from jobmake.engine.plan import Plan
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.project.opened import Opened


def run_build(
    project: Opened,
    plan: Plan,
    options: Options,
    emit: Callable[[Event], None],
    lock: ProjectLock,
) -> Summary:
    """Read the state, which is ours now, and run the engine on it."""

    files = project.files(writable=True)
    judge = project.judge_of(files, project.jobfile.graph)
    asking = Asking(project.layout.root, project.settings.environ)
    judge.probe = asking
    consulting = project.consulting()
    judge.ask_job = Overrides(judge, consulting)
    trust(project.layout.root, project.settings.environ)
    project.set_damaged_aside(judge, emit)
    remove_leftovers(_cut_off(judge))
    executor = project.executor()
    clocks = Clocks(time.monotonic, time.time)
    logbook = Logbook(project.layout, clocks, judge)
    cache = project.cache() if project.cache_settings.enabled else None
    store = Store(judge, lock, logbook, cache, options.locked)
    runs = Runs(judge, executor, lock, logbook, store, locked=options.locked)
    around = Around(
        grow=project.grow,
        seconds=lambda: project.past_runs().seconds(judge.graph.targets),
        slots=project.slots(options.jobs),
        monotonic=time.monotonic,
    )
    with Signals() as signals, closing(executor), closing(asking), closing(consulting):
        asking.stop = consulting.stop = signals.fileno()
        engine = Engine(judge, runs, Inbox(executor, signals), around, options, emit)
        try:
            return engine.build(plan)
        finally:
            executor.close()
            runs.close()
            judge.records.close()
            project.keep_index(judge, emit)


def _cut_off(judge: Judge) -> set[str]:
    """Return the folders in which a restore may have been cut off."""
    root, graph = judge.files.root, judge.graph
    return {
        os.path.join(root, outputs.folder_for(output))
        for name, target in graph.targets.items()
        if judge.records.trouble(name) is not None
        for output in target.outputs
    }
