"""`jobmake status`: what is stale, without building. Writes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="targets, instances or files")
    parser.add_argument(
        "--check",
        action="store_true",
        default=default("CHECK", False),
        help="end with exit code 1 if anything is stale",
    )
    parser.add_argument("--json", action="store_true", help="every target and state, for programs")


def run(context: Context) -> int:
    """Print the outlook of the wanted targets; return the exit code."""
    from jobmake.memory.runfolders import doing
    from jobmake.model.decision import Fresh
    from jobmake.reporters.outlook import status_lines
    from jobmake.tools.display import count

    project = context.project()
    plan = project.plan(context.arguments.targets)
    outlooks = project.forecast(plan.wanted, context.plain(project).handle)
    if context.arguments.json:
        from jobmake.reporters import as_json

        write(as_json.document(targets=[as_json.outlook(one) for one in outlooks]))
    elif not context.arguments.quiet:
        told = status_lines(
            outlooks, context.style(sys.stdout), lambda run: doing(project.layout, run)
        )
        for line in told:
            write(line + "\n")
        left = project.left() if context.arguments.verbose else []
        if left:
            write(
                f"left over: {count(len(left), 'output')} of targets that are no more;"
                " `jobmake clean --left` removes them\n"
            )
    # of what was not loaded nobody knows
    stale = project.python.left_out or not all(isinstance(one.forecast, Fresh) for one in outlooks)
    return 1 if context.arguments.check and stale else 0
