"""`jobmake whence`: which run made a file, also one that was copied, renamed or moved away."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from jobmake.commands.context import Context, write
from jobmake.tools.value import replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from jobmake.engine.origin import Origin

JSON_VERSION = 1
_MOST = 5  # other runs that are named


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="files, of the project or from elsewhere")
    add("--json", action="store_true", help="everything, for programs")


def run(context: Context) -> int:
    """Say of each file where it comes from; return 1 where nobody knows that of one."""
    from jobmake.engine.origin import origin
    from jobmake.reporters.past import headed
    from jobmake.tools.display import one_line

    project, style = context.project(), context.style(sys.stdout)
    past, judge = replace(project.past_runs(), jobfile=None), project.judge()
    origins = [origin(path, past, judge) for path in context.arguments.files]
    unknown = [one for one in origins if one.found is None]
    if context.arguments.json:
        told = {"version": JSON_VERSION, "files": [_as_json(one) for one in origins]}
        write(json.dumps(told, indent=2) + "\n")
        return 1 if unknown else 0
    now = time.time()
    for number, one in enumerate(one for one in origins if one.found is not None):
        write(("\n" if number else "") + style.paint(one_line(one.path), "bold") + "\n")
        for line in headed(_told(one, now), style):
            write(line + "\n")
    sys.stdout.flush()
    for one in unknown:
        what = "no run that is known here made" if one.digest else "there is no file, and none was"
        print(f"note: {what} `{one_line(one.path)}`", file=sys.stderr)
    return 1 if unknown else 0


def _told(one: Origin, now: float) -> Iterator[tuple[str, str]]:
    from jobmake.memory.pastruns import decoded
    from jobmake.reporters import past

    who = f"run {one.run.id} of {one.target}" if one.run else f"{one.target}, elsewhere"
    named = "" if one.kind == "value" else f" `{one.name}`"
    yield "made by", f"{who}, as its {one.kind}{named}"
    if one.found == "path":
        yield "found by", "its path; " + ("its content is another" if one.digest else "it is gone")
    else:
        yield "found by", "its content"
    if one.run is None:
        yield "record", "it came with the lockfile, no run here made it"
        return
    params = decoded(one.run.params)
    began = one.run.started
    yield "began", f"{past.clock(began, seconds=True)} ({past.when(began, now)})"
    yield "because", one.run.reasons
    yield "command", one.run.command
    if isinstance(params, dict):
        yield "params", "\n".join(f"{name} = {past.shown(value)}" for name, value in params.items())
    yield "inputs", "\n".join(str(path) for path in decoded(one.run.inputs) or ())
    yield "commit", one.run.git or ""
    yield "host", one.run.host or ""
    some = ", ".join(f"#{number}" for number in one.others[:_MOST])
    more = f" and {len(one.others) - _MOST} more" if len(one.others) > _MOST else ""
    yield "also by", some + more


def _as_json(one: Origin) -> dict[str, Any]:
    from jobmake.reporters import past

    return {
        "path": one.path,
        "digest": one.digest,
        "found": one.found,
        "kind": one.kind,
        "name": one.name,
        "target": one.target,
        "run": past.as_json(one.run) if one.run else None,
        "others": list(one.others),
    }
