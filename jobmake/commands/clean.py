"""`jobmake clean`: remove what targets made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    add = parser.add_argument
    add("targets", nargs="*", metavar="TARGET", help="targets, instances or files (default: all)")
    add("-n", "--dry-run", action="store_true", default=default("DRY_RUN", False),
        help="say what would be removed, and remove nothing")  # fmt: skip
    add("--left", action="store_true",
        help="remove only what was made by targets that are no longer in the Jobfile")  # fmt: skip
    add("--edited", action="store_true",
        help="also remove outputs that were edited, or that jobmake did not make")  # fmt: skip
    add("--json", action="store_true", help="what was removed and kept, for programs")


def run(context: Context) -> int:
    """Remove the outputs of the named targets, not of what they need; return the exit code."""
    from jobmake.model.errors import UsageError
    from jobmake.tools.display import count, one_line

    given, project = context.arguments, context.project()
    if given.left and given.targets:
        raise UsageError("`--left` takes no targets", "it is for those that are gone")
    reporter = context.plain(project)
    removed, kept = project.clean(
        given.targets,
        reporter.handle,
        only_left=given.left,
        edited=given.edited,
        dry_run=given.dry_run,
    )
    if given.json:
        from jobmake.reporters import as_json

        told = [{"path": path, "why": why} for path, why in kept]
        write(as_json.document(dry_run=given.dry_run, removed=list(removed), kept=told))
        return 0
    verb = "would remove" if given.dry_run else "removed"
    if not given.quiet:
        for path in removed:
            write(f"{verb} {one_line(path)}\n")
    for path, why in kept:
        write(f"kept {one_line(path)}: {why}\n")
    if not given.quiet:
        write(f"{verb} {count(len(removed), 'output')}\n")
    return 0
