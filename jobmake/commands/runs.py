"""`jobmake runs`: the past runs, the newest first."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help="targets, instances or files (default: all)")
    add("-n", "--limit", type=_number, metavar="N", default=20,
        help="how many at most (default: 20)")  # fmt: skip
    add("--failed", action="store_true", help="only those that failed")
    add("--since", type=_duration, metavar="DURATION",
        help="only those that began since then: `2h`, `7d`")  # fmt: skip
    add("--json", action="store_true", help="everything, for programs")


def run(context: Context) -> int:
    """Print a line per run; return the exit code."""
    from jobmake.commands import meant
    from jobmake.engine.plan import resolve
    from jobmake.reporters.past import as_json, run_lines

    given, now = context.arguments, time.time()
    project = context.project()
    asked = resolve(project.graph, *given.targets)
    since = None if given.since is None else now - given.since
    found = project.past_runs().runs(
        asked or None, limit=given.limit, since=since, failed=given.failed
    )
    if not given.failed:
        going_on = meant.running(project, asked, now)
        shown = (one for one in going_on if since is None or one.started >= since)
        found = [*shown, *found][: given.limit]
    if given.json:
        told = {"version": JSON_VERSION, "runs": [as_json(one) for one in found]}
        write(json.dumps(told, indent=2) + "\n")
        return 0
    for line in run_lines(found, now, context.style(sys.stdout)):
        write(line + "\n")
    if not found and not given.quiet:
        print("note: no such run is known here", file=sys.stderr)
    return 0


def _number(text: str) -> int:
    import argparse

    if not (text.isascii() and text.isdigit() and 0 < int(text[:10]) == int(text)):
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of runs")
    return int(text)


def _duration(text: str) -> float:
    import argparse

    from jobmake.tools.quantities import DURATIONS, seconds

    try:
        return seconds(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a duration: {DURATIONS}") from None
