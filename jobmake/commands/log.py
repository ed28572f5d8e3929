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
    add = parser.add_argument
    add("targets", nargs="+", metavar="TARGET|RUN",
        help="targets, instances, files, or runs by their numbers: `#12`")  # fmt: skip
    add("-f", "--follow", action="store_true",
        help="show the run that goes on, or the next one, while it writes")  # fmt: skip


def run(context: Context) -> int:
    """Print the logs; return the exit code."""
    from jobmake.commands import meant
    from jobmake.engine.plan import resolve

    project, graph = context.project(), context.project().graph
    asked: list[str | int] = []
    for word in context.arguments.targets:
        number = meant.run_id(graph, word)
        asked.extend(resolve(graph, word) if number is None else [number])
    asked = list(dict.fromkeys(asked))
    if context.arguments.follow:
        _follow(project, asked)
        return 0
    for one in asked:
        if len(asked) > 1:
            sys.stdout.flush()
            print(f"--- {one}", file=sys.stderr, flush=True)
        _show(project, one)
    return 0


def _follow(project: Project, asked: list[str | int]) -> None:
    from jobmake.commands.following import follow
    from jobmake.model.errors import UsageError

    [name, *others] = asked
    if others or isinstance(name, int):
        raise UsageError(
            "only one target at a time can be followed", "name a target or an instance"
        )
    if project.graph.targets[name].is_group:
        raise UsageError(f"`{name}` is a group: it runs nothing", "name one of its members")
    follow(project.layout, name)


def _show(project: Project, asked: str | int) -> None:
    from jobmake.model.errors import UsageError
    from jobmake.reporters.text import copy_log

    log = _log_of(project, asked)
    if log is None:
        return
    try:
        file = open(os.path.join(project.layout.root, log), "rb")  # noqa: SIM115
    except OSError as error:
        raise UsageError(f"the log `{log}` cannot be read: {error.strerror}") from None
    with file:
        copy_log(file)


def _log_of(project: Project, asked: str | int) -> str | None:
    """Return the path of a log; of a run that wrote none say so."""
    from jobmake.commands import meant
    from jobmake.model.errors import UsageError

    if isinstance(asked, int):
        log = project.layout.log(str(asked))
        if os.path.exists(os.path.join(project.layout.root, log)):
            return log  # also of a run that has not ended
        past = meant.past_run(project, asked)
    else:
        found = project.past_runs().last(asked)
        if found is None:
            hint = f"`jobmake build {asked}` makes one"
            raise UsageError(f"no run of `{asked}` is known here", hint)
        past = found
    if past.log is None:
        print(f"note: run {past.id} of `{past.target}` wrote no output", file=sys.stderr)
    return past.log
