"""`jobmake why`: every reason why a target is stale, with old and new values."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write
from jobmake.model.decision import Fresh

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from jobmake.model.decision import Outlook
    from jobmake.project import Project


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("targets", nargs="+", metavar="TARGET", help="targets, instances or files")
    parser.add_argument("--json", action="store_true", help="every reason, for programs")


def run(context: Context) -> int:
    """Print the reasons; return the exit code."""
    from jobmake.engine.plan import resolve
    from jobmake.reporters.outlook import why_lines

    project = context.project()
    asked = resolve(project.graph, *context.arguments.targets)
    wanted = project.graph.closure(asked)
    forecast = project.forecast(wanted, context.plain(project).handle)
    outlooks = {one.target.name: one for one in forecast}
    if context.arguments.json:
        write(_as_json(project, [outlooks[name] for name in dict.fromkeys(asked)]))
        return 0
    style = context.style(sys.stdout)
    for name in dict.fromkeys(asked):
        past = _past(project, outlooks[name])
        lines = why_lines(
            outlooks[name], outlooks, lambda one: _commands(project, one), style, past
        )
        write("".join(line + "\n" for line in lines))
    return 0


def _as_json(project: Project, outlooks: Iterable[Outlook]) -> str:
    from jobmake.reporters import as_json

    targets = []
    for one in outlooks:
        old, new = (None, None) if one.target.is_group else _commands(project, one)
        targets.append({**as_json.outlook(one), "command": {"old": old, "new": new}})
    return as_json.document(targets=targets)


def _commands(project: Project, outlook: Outlook) -> tuple[str | None, str]:
    """Return the command's text of the recorded run, where history has it, and the new one."""
    from jobmake.engine.remember import command_of

    target, judge = outlook.target, project.judge()
    kind = project.registry.job_types[target.job_type or ""]
    new = command_of(kind, target.settings)
    record = judge.records.old(target.name)
    if record is None:
        return None, new
    action = record.fingerprint.parts.get(("action", ""), "")
    return project.past_runs().command(target.name, action), new


def _past(project: Project, outlook: Outlook) -> str:
    """Return what history knows of a target: since when it is up to date, or of its last run."""
    from jobmake.reporters.past import in_short, since

    name, history = outlook.target.name, project.past_runs()
    if outlook.target.is_group:
        return ""
    last = history.last(name)
    if not isinstance(outlook.forecast, Fresh):
        return f"its last run: {in_short(last, time.time())}" if last else ""
    record = project.judge().records.get(name)
    if record is None:
        return ": nothing is recorded of it, and its checks look at what is on the disk"
    made_by = history.of_record(name, record.fingerprint.digest)
    if made_by is None and last is not None and last.fingerprint is None:
        made_by = history.of_old_record(name)
    return since(made_by)
