"""What a word of the command line means where it may be a target, or a run: past or going on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.memory.history import PastRun
    from jobmake.model.graph import Graph
    from jobmake.project import Project


def run_id(graph: Graph, word: str) -> int | None:
    """Return the id that `#12` names, and `12` where no target has that name; else None."""
    digits = word.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return None
    named = word in graph.families or word in graph.producers
    return None if named and digits == word else int(digits)


def past_run(project: Project, number: int) -> PastRun:
    """Return the run of this id, which may be going on. Raises UsageError."""
    import time

    from jobmake.model.errors import UsageError

    found = project.past_runs().run(number)
    if found is None:
        going_on = running(project, (), time.time())
        found = next((one for one in going_on if one.id == number), None)
    if found is None:
        raise UsageError(f"no run {number} is known here", "`jobmake runs` shows those that are")
    return found


def running(project: Project, asked: Sequence[str], now: float) -> list[PastRun]:
    """Return the runs that go on now, the newest first."""
    from jobmake.engine.remember import command_of
    from jobmake.memory.history import PastRun
    from jobmake.reporters.past import RUNNING

    judge, targets = project.judge(), project.graph.targets
    found = []
    for name, run_id in project.running(judge).items():
        if name not in targets or (asked and name not in asked):
            continue
        began = judge.records.began(name) or now
        kind = judge.job_types[targets[name].job_type or ""]
        log = project.layout.log(run_id)
        has_log = os.path.isfile(os.path.join(project.layout.root, log))
        found.append(
            PastRun(
                id=int(run_id),
                jobfile=os.path.basename(project.layout.jobfile),
                target=name,
                started=began,
                seconds=max(0.0, now - began),
                user=0.0,
                system=0.0,
                peak_memory=0,
                ended=RUNNING,
                exit_code=None,
                signal=None,
                action="",
                command=command_of(kind, targets[name].settings),
                reasons="",
                log=log if has_log else None,
            )
        )
    return sorted(found, key=lambda one: -one.id)
