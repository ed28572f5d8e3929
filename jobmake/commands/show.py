"""`jobmake show`: all that is known of a target, or of a past run."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from jobmake.commands.context import Context, write
from jobmake.model.errors import TargetError
from jobmake.model.secrets import MASK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from jobmake.engine.portrait import Portrait
    from jobmake.memory.history import PastRun
    from jobmake.project import Project

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    add = parser.add_argument
    add("targets", nargs="+", metavar="TARGET|RUN",
        help="targets, instances, files, or runs by their numbers: `#12`")  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, for programs")
    form.add_argument("--command", action="store_true",
        help="only a line to paste into a shell: what the run did, or would do")  # fmt: skip
    form.add_argument("--value", action="store_true",
        help="only what the last good run wrote to its captured standard output")  # fmt: skip


def run(context: Context) -> int:
    """Show what was asked for; return the exit code."""
    from jobmake.commands import meant
    from jobmake.engine.plan import resolve

    given, project = context.arguments, context.project()
    runs, targets = [], list[str]()
    for word in given.targets:
        number = meant.run_id(project.graph, word)
        if number is not None:
            runs.append(meant.past_run(project, number))
        else:
            targets.extend(resolve(project.graph, word))
    targets = list(dict.fromkeys(targets))
    if given.command:
        for line in [*map(_line_of, runs), *(_next_line(project, name) for name in targets)]:
            _write_line(line)
    elif given.value:
        for past in [*runs, *(_with_value(project, name) for name in targets)]:
            _copy_value(project, past)
    else:
        _show(context, project, runs, targets)
    return 0


def _show(context: Context, project: Project, runs: list[PastRun], targets: list[str]) -> None:
    from jobmake.engine import portrait
    from jobmake.memory.pastruns import decoded
    from jobmake.reporters import past
    from jobmake.tools.display import one_line

    now, files = time.time(), project.judge().files
    became = [portrait.became(files, decoded(one.outputs) or {}) for one in runs]
    seen = portrait.portraits(project.judge(), project.past_runs(), targets)
    if context.arguments.json:
        told_runs = zip(runs, became, strict=True)
        told: dict[str, Any] = {
            "version": JSON_VERSION,
            "runs": [{**past.as_json(one), "outputs_now": state} for one, state in told_runs],
            "targets": [_as_json(one) for one in seen],
        }
        write(json.dumps(told, indent=2) + "\n")
        return
    style = context.style(sys.stdout)
    blocks = [
        (f"run {one.id} of {one.target}", past.details(one, now, outputs))
        for one, outputs in zip(runs, became, strict=True)
    ]
    blocks += [(one.target.name, _told(one, now)) for one in seen]
    for number, (head, pairs) in enumerate(blocks):
        write(("\n" if number else "") + style.paint(one_line(head), "bold") + "\n")
        for line in past.headed(pairs, style):
            write(line + "\n")


def _as_json(portrait: Portrait) -> dict[str, Any]:
    from jobmake.engine.portrait import as_json
    from jobmake.reporters import past
    from jobmake.reporters.outlook import in_short

    last = portrait.last_run
    told = {"state": in_short(portrait.outlook), "last_run": past.as_json(last) if last else None}
    return {**as_json(portrait), **told}


def _told(portrait: Portrait, now: float) -> Iterator[tuple[str, str]]:
    """Yield (heading, text) of what is known of a target."""
    from jobmake.engine.remember import shown_params
    from jobmake.reporters import past
    from jobmake.reporters.outlook import in_short

    target, record = portrait.target, portrait.record
    params = shown_params(target)
    yield "doc", target.doc
    yield "state", in_short(portrait.outlook)
    yield "command", portrait.command
    yield "folder", "" if target.cwd == "." else target.cwd
    yield "params", "\n".join(f"{name} = {past.shown(value)}" for name, value in params.items())
    yield "inputs", "\n".join(portrait.inputs)
    yield "sources", "\n".join(portrait.sources)
    yield "outputs", "\n".join(f"{path}  {what}" for path, what in portrait.outputs.items())
    yield "needs", "\n".join(portrait.needs)
    yield "needed by", "\n".join(portrait.users)
    yield "record", record.fingerprint.digest if record else ""
    yield "last run", past.in_short(portrait.last_run, now) if portrait.last_run else ""


def _line_of(past: PastRun) -> str:
    from jobmake.model.errors import UsageError

    if past.line is None:
        raise UsageError(
            f"how run {past.id} was started is not kept",
            f"`jobmake show --command {past.target}` shows how it would be now",
        )
    return past.line


def _next_line(project: Project, name: str) -> str:
    from jobmake.engine.reproduce import next_line
    from jobmake.model.errors import UsageError

    try:
        return next_line(project.judge(), project.graph.targets[name])
    except TargetError as error:
        raise UsageError(error.message, error.hint) from None


def _write_line(line: str) -> None:
    """Write a line that may be no text byte for byte; of secrets in it say so."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(line) + b"\n")
    if MASK in line:
        print(f"note: `{MASK}` stands where a secret does", file=sys.stderr)


def _with_value(project: Project, name: str) -> PastRun:
    """Return the last good run of a target of which the value is still there."""
    from jobmake.model.errors import UsageError

    if not project.graph.targets[name].manner.capture:
        raise UsageError(f"`{name}` has no value", 'it has one with `capture = "stdout"`')
    for past in project.past_runs().runs([name], good=True):
        if os.path.isfile(_value_file(project, past)):
            return past
    raise UsageError(f"no value of `{name}` is known here", f"`jobmake build {name}` makes one")


def _value_file(project: Project, past: PastRun) -> str:
    return os.path.join(project.layout.root, project.layout.run_folder(str(past.id)), "value")


def _copy_value(project: Project, past: PastRun) -> None:
    from shutil import copyfileobj

    from jobmake.model.errors import UsageError

    sys.stdout.flush()
    try:
        with open(_value_file(project, past), "rb") as file:
            copyfileobj(file, sys.stdout.buffer)
    except FileNotFoundError:
        raise UsageError(f"run {past.id} of `{past.target}` has no value") from None
