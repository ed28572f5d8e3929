"""`jobmake accept`: record targets as up to date with what is on the disk, without a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

JSON_VERSION = 1


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("targets", nargs="+", metavar="TARGET", help="targets, instances or files")
    parser.add_argument(
        "--reason", metavar="TEXT", required=True, help="why no run is needed; others read it"
    )
    parser.add_argument("--json", action="store_true", help="what was accepted, for programs")


def run(context: Context) -> int:
    """Record the targets; return the exit code."""
    from jobmake.model.errors import UsageError
    from jobmake.model.fingerprint import Claim
    from jobmake.tools.display import one_line

    given, project = context.arguments, context.project()
    reason = _clean(given.reason)
    if not reason:
        raise UsageError("the reason is empty", "say why the target need not run")
    claim = Claim(_person(project.layout.root, context.environ), _today(), reason)
    accepted, fresh = project.accept(given.targets, claim, context.plain(project).handle)
    if given.json:
        said = {"by": claim.by, "on": claim.on, "reason": claim.reason}
        data = {"version": JSON_VERSION, **said, "accepted": accepted, "up_to_date": fresh}
        write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif not given.quiet:
        for name in accepted:
            write(f"accepted {one_line(name)}\n")
        for name in fresh:
            write(f"up to date already: {one_line(name)}\n")
    return 0


def _person(folder: str, environ: Mapping[str, str]) -> str:
    """Return whose word it is: as git knows the person, else the name of the account."""
    from jobmake.tools.git import git

    known = _clean(git(folder, environ, "config", "user.name") or "")
    if known:
        return known
    import os
    import pwd

    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = f"user {os.getuid()}"
    return _clean(environ.get("LOGNAME") or environ.get("USER") or account)


def _today() -> str:
    from datetime import date

    return date.today().isoformat()


def _clean(text: str) -> str:
    """Return a text that a lockfile can hold, on one line."""
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return " ".join(whole.split())
