"""Where the time of a build goes: which calls of which part are which phase.

Knows the parts of a build and the names of their calls. Does not know how time is told.
Invariant: what is not named here counts as the phase from which it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model import phases

if TYPE_CHECKING:
    import os

    from jobmake.engine.inbox import Inbox
    from jobmake.engine.judge import Judge
    from jobmake.engine.runs import Runs
    from jobmake.tools.stopwatch import Stopwatch


def time_project(watch: Stopwatch, project: object) -> None:
    """Time what a project does before and after the engine."""
    watch.time_calls(phases.JOBFILE, project, "grow")
    watch.time_calls(phases.STATE, project, "files", "judge_of", "set_damaged_aside", "past_runs")
    watch.time_calls(phases.JUDGING, project, "check_inputs")
    watch.time_calls(phases.INDEX, project, "keep_index")


def time_judge(watch: Stopwatch, judge: Judge) -> None:
    """Time what a judge does and asks."""
    files, records = judge.files, judge.records
    kind = type(files)
    digest, keep = kind.digest, kind._keep

    def counted(files: object, path: str, kind: str = "") -> str | None:
        watch.count(phases.LOOKS)
        return digest(files, path, kind)  # type: ignore[arg-type]

    def kept(files: object, path: str, status: os.stat_result, found: str) -> str:
        watch.count(phases.DIGESTS)
        watch.count(phases.BYTES, status.st_size)
        return keep(files, path, status, found)  # type: ignore[arg-type]

    watch.replace_calls(files, {"digest": counted, "_keep": kept})
    looks = ("digest", "exists", "matching", "mtime_ns", "stamps", "now_ns", "wrong_kind")
    watch.time_calls(phases.LOOKING, files, *looks)
    watch.time_calls(phases.RECORDING, records, "start", "fail", "ended", "record")
    watch.time_calls(phases.LOCKFILE, records, "save", "save_now_and_then")
    judges = ("glance", "look", "decide", "group_result", "keep_result")
    watch.time_calls(phases.JUDGING, judge, *judges)


def time_building(watch: Stopwatch, runs: Runs, inbox: Inbox) -> None:
    """Time what a build does with runs."""
    kind = type(runs)

    def submit(runs: Runs, *args: object) -> None:
        watch.count(phases.RUNS)
        kind.submit(runs, *args)  # type: ignore[arg-type]

    watch.replace_calls(runs, {"submit": submit})
    watch.time_calls(phases.STARTING, runs, "begin", "submit")
    watch.time_calls(phases.RECORDING, runs, "end", "stop", "close")
    watch.time_calls(phases.CACHE, runs.store, "restore", "keep", "bring_up", "close")
    watch.time_calls(phases.WAITING, inbox, "get")
