"""`jobmake lock`: write the lockfile anew, check it, or merge it for git."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from jobmake.memory.relock import Relocked

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    form = parser.add_mutually_exclusive_group()
    add = form.add_argument
    add("--check", action="store_true",
        help="write nothing; end with exit code 1 if something is wrong with it")  # fmt: skip
    add("--merge-driver", nargs="+", metavar="FILE",
        help="merge BASE OURS THEIRS [PATH] into OURS, as git asks for it")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="what was found, for programs")


def run(context: Context) -> int:
    """Do what the options say; return the exit code."""
    given = context.arguments
    if given.merge_driver:
        return _merge(context, given.merge_driver)
    return _check(context) if given.check else _rewrite(context)


def _rewrite(context: Context) -> int:
    project = context.project()
    done = project.relock(context.plain(project).handle)
    name = os.path.basename(project.layout.lockfile)
    if context.arguments.json:
        write(json.dumps(_as_json(name, done), indent=2, ensure_ascii=False) + "\n")
        return 0
    if not context.arguments.quiet:
        from jobmake.tools.display import one_line

        if done.aside:
            write(f"set aside what could not be read as {done.aside}\n")
        for target, origin in done.kept:
            write(f"kept {one_line(target)}: {_ORIGINS[origin]}\n")
        for target, why in done.dropped:
            write(f"dropped {one_line(target)}: {why}\n")
        write(f"wrote {name}\n" if done.written else f"{name} is as it should be\n")
    return 0


_ORIGINS = {
    "ours": "the record of our side",
    "theirs": "the record of the other side",
    "the journal": "built since the lockfile was written",
}


def _as_json(name: str, done: Relocked) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "lockfile": name,
        "written": done.written,
        "set_aside": done.aside,
        "kept": [{"target": target, "from": origin} for target, origin in done.kept],
        "dropped": [{"target": target, "why": why} for target, why in done.dropped],
    }


def _check(context: Context) -> int:
    from jobmake.memory.relock import flaws
    from jobmake.tools.display import one_line

    project = context.project()
    targets = [
        one.name
        for one in project.graph.targets.values()
        # one that may fail need not have a record, nor one of which only the disk is looked at
        if not (one.is_group or one.is_service or one.handling.allow_failure) and one.by_content
    ]
    path = project.layout.lockfile
    found = list(flaws(path, targets, project.judge().is_gone))
    if context.arguments.json:
        told = [{"kind": one.kind, "target": one.target, "message": one.message} for one in found]
        data = {"version": JSON_VERSION, "lockfile": os.path.basename(path), "problems": told}
        write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif not context.arguments.quiet:
        for one in found:
            write(one_line(one.message) + "\n")
        if not found:
            write(f"{os.path.basename(path)} is as it should be\n")
    return 1 if found else 0


def _merge(context: Context, words: list[str]) -> int:
    """Be git's merge driver: exit code 0 if all is merged, 1 if git is to say that it is not."""
    from jobmake.memory.relock import disk_beside, merge_files
    from jobmake.memory.stamps import MARGIN
    from jobmake.model.errors import StateError, UsageError
    from jobmake.tools.display import one_line

    if len(words) not in (3, 4):
        raise UsageError(
            "`--merge-driver` takes three files, and the path of the lockfile",
            "`jobmake init --git` sets it up: git calls it with `%O %A %B %P`",
        )
    path = words[3] if len(words) == 4 else "Jobfile.lock"
    margin = float("inf") if context.arguments.paranoid else MARGIN
    try:
        dropped = merge_files(words[0], words[1], words[2], disk_beside(path, margin))
    except StateError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return 1
    for name in dropped:
        print(
            f"{one_line(path)}: dropped the record of `{one_line(name)}`, which both sides"
            " changed: it will be built again",
            file=sys.stderr,
        )
    return 0
