"""`jobmake build --timings`: a build that says at its end where the time went.

Knows when the stopwatch begins and stops, and where the table is written. Does not know phases.
Imports little: what is imported here is part of what is timed.
Invariant: the table comes once, however the build ends.
"""

from __future__ import annotations

import sys
import time

from jobmake.model import phases
from jobmake.tools.stopwatch import Stopwatch

TYPE_CHECKING = False  # as above
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.commands.context import Context

OPTION = "--timings"


def answered(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Answer a command line at a glance, if that can be done; return whether it was."""
    from jobmake.unchanged.answer import answer

    watch = _begun()
    line = [word for word in words if word != OPTION]
    found = watch.timed(phases.LOOKING, answer)(line, environ)
    if found is not True:
        if found:
            found.close()
        return False
    _tell(watch)
    return True


def timed(context: Context, build: Callable[..., int]) -> int:
    """Open the project and build it by the watch; return the exit code."""
    watch = _begun()
    try:
        from jobmake.project import Project
        from jobmake.project.timings import time_project
        from jobmake.tools.value import replace

        loading = not context.arguments.dry_run
        if loading:
            import jobmake.project.building  # noqa: F401 - what is imported now is start-up's
        settings = replace(context.settings(loading=loading), stopwatch=watch)
        watch.switch(phases.JOBFILE)
        project = Project.open(settings)
        watch.switch(phases.REST)
        time_project(watch, project)
        return build(context, project, lambda emit: watch.timed(phases.TELLING, emit))
    finally:
        _tell(watch)


def _begun() -> Stopwatch:
    """Return a watch that runs since this process began."""
    from jobmake.tools.linux import seconds_since_start

    return Stopwatch(time.monotonic, phases.START, time.monotonic() - seconds_since_start())


def _tell(watch: Stopwatch) -> None:
    """Stop the watch; write the table."""
    watch.stop()
    from jobmake.reporters.timings import in_order, timing_lines

    lines = timing_lines(in_order(phases.PHASES, watch.spent), _notes(watch.counts))
    sys.stderr.write("\n".join(lines) + "\n")


def _notes(counts: Mapping[str, int]) -> dict[str, str]:
    from jobmake.reporters.timings import looked
    from jobmake.tools.display import count

    number = counts.get
    notes = {}
    if phases.LOOKS in counts:
        read = number(phases.DIGESTS, 0), number(phases.BYTES, 0)
        notes[phases.LOOKING] = looked(counts[phases.LOOKS], *read)
    if phases.RUNS in counts:
        notes[phases.STARTING] = count(counts[phases.RUNS], "run")
    return notes
