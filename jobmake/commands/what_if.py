"""`jobmake what-if`: what a change would make stale, and how long that would take."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from jobmake.commands.build import cores, number_of_jobs
from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Container, Sequence

    from jobmake.model.decision import Outlook
    from jobmake.model.estimate import Estimate

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    add = parser.add_argument
    add("changes", nargs="+", metavar="CHANGE",
        help="params.NAME=VALUE, file=PATH, target=NAME or env.NAME=VALUE")  # fmt: skip
    add("-j", "--jobs", type=number_of_jobs, metavar="N", default=default("JOBS", None),
        help="how many runs would go on at once (default: the number of CPU cores)")  # fmt: skip
    add("--json", action="store_true", help="everything, for programs")


def run(context: Context) -> int:
    """Print what would be stale after the changes; return the exit code."""
    from jobmake.engine.estimate import estimate
    from jobmake.engine.whatif import changes_from, check_variables, what_if
    from jobmake.model.decision import Fresh
    from jobmake.reporters.outlook import what_if_lines
    from jobmake.tools.value import replace

    given = context.arguments
    changes = changes_from(given.changes)
    project = context.project()
    check_variables(project.graph, changes.environ)
    now = project.forecast(project.graph.order, context.plain(project).handle)
    already = {one.target.name for one in now if not isinstance(one.forecast, Fresh)}
    settings = project.settings
    after = type(project).open(
        replace(
            settings,
            overrides=(*settings.overrides, *changes.params),
            environ={**settings.environ, **changes.environ},
        )
    )
    cache = after.cache() if after.cache_settings.enabled else None
    outlooks = what_if(after.judge(), changes, cache)
    slots = after.slots(given.jobs or cores())
    took = estimate(after.graph, outlooks, project.past_runs(), slots)
    if given.json:
        write(json.dumps(_as_json(given.changes, outlooks, already, took), indent=2) + "\n")
        return 0
    for line in what_if_lines(outlooks, already, took, context.style(sys.stdout)):
        write(line + "\n")
    return 0


def _as_json(
    changes: Sequence[str], outlooks: Sequence[Outlook], already: Container[str], took: Estimate
) -> dict[str, Any]:
    from jobmake.model.decision import Stale, Undecided

    targets = []
    for one in outlooks:
        if one.target.is_group:
            continue
        match one.forecast:
            case Stale(reasons):
                state, told = "stale", [str(reason) for reason in reasons]
            case Undecided():
                state, told = "may be stale", []
            case _:
                continue
        usual = took.takes.get(one.target.name)
        targets.append(
            {
                "name": one.target.name,
                "state": state,
                "already": one.target.name in already,
                "reasons": told,
                "depends_on": list(getattr(one.forecast, "depends_on", ())),
                "trouble": one.trouble,
                "would_restore": one.restores,
                "seconds": usual.wall if usual else None,
                "cpu_seconds": usual.cpu if usual else None,
            }
        )
    return {"version": JSON_VERSION, "changes": list(changes), "targets": targets, **took.told}
