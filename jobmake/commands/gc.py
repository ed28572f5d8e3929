"""`jobmake gc`: make room. Trims the cache and removes the folders of old runs and
their results; safe during a build."""

from __future__ import annotations

import json
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
    add("--size", type=_size, metavar="SIZE",
        help="leave this much in the cache (default: as much as it may hold)")  # fmt: skip
    add("-n", "--dry-run", action="store_true", default=default("DRY_RUN", False),
        help="say what would be removed, and remove nothing")  # fmt: skip
    add("--json", action="store_true", help="for programs")


def run(context: Context) -> int:
    """Remove what nobody needs, and say how much that was; return the exit code."""
    from jobmake.tools.display import count
    from jobmake.tools.quantities import size_text

    given, project = context.arguments, context.project()
    trimmed = project.cache().trim(given.size, dry_run=given.dry_run)
    if given.dry_run:
        runs, results = project.surplus()
    else:
        runs, results = project.prune(context.plain(project).handle)
    if given.json:
        data = {
            "version": JSON_VERSION,
            "dry_run": given.dry_run,
            "cache": {"objects": trimmed.objects, "bytes": trimmed.bytes},
            "runs": {"folders": len(runs.folders), "bytes": runs.bytes},
            "results": {"folders": len(results.folders), "bytes": results.bytes},
        }
        write(json.dumps(data, indent=2) + "\n")
    elif not given.quiet:
        verb = "would free" if given.dry_run else "freed"
        objects = count(trimmed.objects, "object")
        write(f"{verb} {size_text(trimmed.bytes)} in the cache: {objects}\n")
        for what, found in (("runs", runs), ("results", results)):
            folders = count(len(found.folders), "folder")
            write(f"{verb} {size_text(found.bytes)} of old {what}: {folders}\n")
    return 0


def _size(text: str) -> int:
    import argparse

    from jobmake.tools.quantities import SIZES, size

    try:
        return size(int(text) if text.isdecimal() else text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is no size: {SIZES}") from None
