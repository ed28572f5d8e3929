"""`jobmake import`: a Jobfile from the build file of another tool."""

from __future__ import annotations

import json
import os
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
    from jobmake.importers.kinds import KINDS

    parser.add_argument("file", metavar="FILE", help="a dvc.yaml, a Makefile or a build.ninja")
    parser.add_argument("--from", dest="kind", choices=tuple(KINDS),
        help="whose file it is, where its name does not tell")  # fmt: skip
    parser.add_argument("-o", "--output", metavar="JOBFILE",
        help="what to write, `-` to print it; otherwise `Jobfile.toml` beside FILE")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace a Jobfile that is there")
    parser.add_argument("--json", action="store_true", help="the report, for programs")


def run(context: Context) -> int:
    """Write the Jobfile, say what could not be carried over; return the exit code."""
    from jobmake.importers import kinds, report
    from jobmake.importers.draft import Source
    from jobmake.importers.write import jobfile_text
    from jobmake.model.errors import UsageError

    given = context.arguments
    path = os.path.abspath(os.path.join(given.directory, given.file))
    kind = given.kind or kinds.kind_of(path)
    if kind is None:
        hint = f"say so with `--from`: {', '.join(kinds.KINDS)}"
        raise UsageError(f"the name of `{given.file}` does not tell which tool it is for", hint)
    to_screen = given.output == "-"
    target = _target(given.output, given.directory, path)
    if not to_screen and os.path.lexists(target) and not given.force:
        raise UsageError(f"there is a `{_shown(target)}` already", "`--force` replaces it")
    draft = kinds.read(kind, Source(given.file, path, os.path.dirname(target)))
    text = jobfile_text(draft)
    if not to_screen:
        _write(target, text)
    if given.json:
        data = report.as_json(
            draft, kind, None if to_screen else target, text if to_screen else None
        )
        write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif to_screen:
        write(text)
    if not given.quiet:
        for line in report.lines(draft, "to standard output" if to_screen else _shown(target)):
            print(line, file=sys.stderr)
    return 0


def _target(output: str | None, directory: str, path: str) -> str:
    if output is None or output == "-":
        return os.path.join(os.path.dirname(path), "Jobfile.toml")
    return os.path.abspath(os.path.join(directory, output))


def _shown(path: str) -> str:
    near = os.path.relpath(path)
    return path if near.startswith("../..") else near


def _write(path: str, text: str) -> None:
    from jobmake.model.errors import state_error
    from jobmake.tools.atomic import write_whole

    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise state_error(error, "write") from None
