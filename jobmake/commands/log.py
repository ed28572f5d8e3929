"""`jobmake log`: what the last run of a target wrote, byte for byte."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from jobmake.commands.context import Context

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from jobmake.project import Project


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("targets", nargs="+", metavar="TARGET", help="targets, instances or files")


def run(context: Context) -> int:
    """Print the logs; return the exit code."""
    from jobmake.engine.plan import resolve

    project = context.project()
    asked = [name for word in context.arguments.targets for name in resolve(project.graph, word)]
    for name in dict.fromkeys(asked):
        if len(asked) > 1:
            sys.stdout.flush()
            print(f"--- {name}", file=sys.stderr, flush=True)
        _show(project, name)
    return 0


def _show(project: Project, name: str) -> None:
    from jobmake.model.errors import UsageError
    from jobmake.reporters.text import copy_log

    past = project.past_runs().last(name)
    if past is None:
        raise UsageError(f"no run of `{name}` is known here", f"`jobmake build {name}` makes one")
    if past.log is None:
        print(f"note: run {past.id} of `{name}` wrote no output", file=sys.stderr)
        return
    path = os.path.join(project.layout.root, past.log)
    try:
        file = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"the log `{past.log}` cannot be read: {error.strerror}") from None
    with file:
        copy_log(file)
