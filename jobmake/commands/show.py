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
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.engine.portrait import Portrait
    from jobmake.engine.values import Values
    from jobmake.memory.files import Files
    from jobmake.memory.history import PastRun
    from jobmake.model.target import Target
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
        _write_values(project, runs, targets)
    else:
        _show(context, project, runs, targets)
    return 0


def _show(context: Context, project: Project, runs: list[PastRun], targets: list[str]) -> None:
    from jobmake.engine import portrait
    from jobmake.reporters import past
    from jobmake.tools.display import one_line

    now, files = time.time(), project.judge().files
    became = [_became(files, one) for one in runs]
    seen = portrait.portraits(project.judge(), project.past_runs(), targets)
    values = _values(project)
    if context.arguments.json:
        told_runs = zip(runs, became, strict=True)
        told: dict[str, Any] = {
            "version": JSON_VERSION,
            "runs": [
                {**past.as_json(one), "outputs_now": made, "files_now": own}
                for one, (made, own) in told_runs
            ],
            "targets": [_as_json(one, values) for one in seen],
        }
        write(json.dumps(told, indent=2) + "\n")
        return
    style = context.style(sys.stdout)
    blocks: list[tuple[str, Iterable[tuple[str, str]]]] = [
        (f"run {one.id} of {one.target}",
         [*past.details(one, now, made, own), *_of_run(project, one, values)])
        for one, (made, own) in zip(runs, became, strict=True)
    ]  # fmt: skip
    blocks += [(one.target.name, _told(one, values, now)) for one in seen]
    for number, (head, pairs) in enumerate(blocks):
        write(("\n" if number else "") + style.paint(one_line(head), "bold") + "\n")
        for line in past.headed(pairs, style):
            write(line + "\n")


def _of_run(project: Project, run: PastRun, values: Values) -> Iterator[tuple[str, str]]:
    """Yield what a run says that it does, and its value."""
    from jobmake.memory.runfolders import doing
    from jobmake.reporters.past import RUNNING

    if run.ended == RUNNING:
        yield "doing", doing(project.layout, str(run.id))
    yield "value", _value_in_short(values.of_run(run))


def _value_in_short(value: bytes | None) -> str:
    from jobmake.tools.display import one_line
    from jobmake.values.telling import told

    if value is None:
        return ""
    shown = told(value)
    if shown is not value:
        shown = shown.rstrip(b"\n")  # told as Python writes it, not as it is
    return one_line(shown[:1000].decode("utf-8", "replace"), 120)


def _became(files: Files, run: PastRun) -> tuple[dict[str, str], dict[str, str]]:
    """Return what has become of the outputs and the own files of a run."""
    from jobmake.engine import portrait
    from jobmake.memory.pastruns import decoded
    from jobmake.memory.resultfiles import folder_of

    own = portrait.became_files(files, folder_of(run.result), decoded(run.files) or {})
    return portrait.became(files, decoded(run.outputs) or {}), own


def _as_json(portrait: Portrait, values: Values) -> dict[str, Any]:
    from jobmake.engine.portrait import as_json
    from jobmake.reporters import past
    from jobmake.reporters.outlook import in_short

    last = portrait.last_run
    told = {
        "state": in_short(portrait.outlook),
        "cached": values.is_cached(portrait.target.name),
        "last_run": past.as_json(last) if last else None,
    }
    return {**as_json(portrait), **told}


def _told(portrait: Portrait, values: Values, now: float) -> Iterator[tuple[str, str]]:
    """Yield (heading, text) of what is known of a target."""
    from jobmake.engine.remember import shown_params
    from jobmake.memory.resultfiles import folder_of
    from jobmake.reporters import past
    from jobmake.reporters.outlook import in_short
    from jobmake.reporters.portrait import demands, handling

    target, record, claim = portrait.target, portrait.record, portrait.outlook.claim
    params = shown_params(target)
    yield "doc", target.doc
    yield "state", in_short(portrait.outlook)
    yield "claim", str(claim) if claim else ""
    yield "tags", ", ".join(target.tags)
    yield "command", portrait.command
    yield "folder", "" if target.cwd == "." else target.cwd
    yield "params", "\n".join(f"{name} = {past.shown(value)}" for name, value in params.items())
    yield "inputs", "\n".join(portrait.inputs)
    yield "sources", "\n".join(portrait.sources)
    yield "outputs", "\n".join(f"{path}  {what}" for path, what in portrait.outputs.items())
    yield "needs", "\n".join(portrait.needs)
    yield "needed by", "\n".join(portrait.users)
    yield "takes up", demands(target)
    yield "handling", handling(target)
    yield "checks", "" if target.checks == ("content",) else "\n".join(_checks(target))
    yield "value", _value_in_short(values.last(target.name))
    yield "own files", "\n".join(f"{name}  {what}" for name, what in portrait.files.items())
    yield "result", folder_of(record.result_id if record else None) or ""
    cached = values.is_cached(target.name)
    yield "cache", "" if cached is None else "has its outputs" if cached else "has them not"
    yield "record", record.fingerprint.digest if record else ""
    yield "last run", past.in_short(portrait.last_run, now) if portrait.last_run else ""


def _checks(target: Target) -> Iterator[str]:
    """Yield a line for each check: `etag  url = "…"`."""
    from jobmake.engine.remember import shown_check
    from jobmake.reporters import past

    for name in target.checks:
        said = shown_check(target, name).items()
        yield f"{name}  {', '.join(f'{key} = {past.shown(one)}' for key, one in said)}".rstrip()


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


def _values(project: Project) -> Values:
    from jobmake.engine.values import Values

    cache = project.cache() if project.cache_settings.enabled else None
    return Values(project.judge(), project.past_runs(), project.layout, cache)


def _write_values(project: Project, runs: list[PastRun], targets: list[str]) -> None:
    """Write the values of runs, and of the last good runs of targets: what a command wrote byte
    for byte, what a Python job returned as Python writes it."""
    from jobmake.model.errors import UsageError

    values = _values(project)
    found = []
    for past in runs:
        value = values.of_run(past)
        if value is None:
            raise UsageError(f"run {past.id} of `{past.target}` has no value")
        found.append(value)
    for name in targets:
        value = values.last(name)
        if value is None:
            if not values.is_expected(project.graph.targets[name]):
                raise UsageError(f"`{name}` has no value", 'it has one with `capture = "stdout"`')
            hint = f"`jobmake build {name}` makes one"
            raise UsageError(f"no value of `{name}` is known here", hint)
        found.append(value)
    from jobmake.values.telling import told

    sys.stdout.flush()
    for value in found:
        sys.stdout.buffer.write(told(value))
