"""`jobmake init`: begin a project with a small Jobfile, and let git merge its lockfile."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from jobmake.commands.context import Context
from jobmake.tools.tomltext import value as toml_value

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping


_STARTER = """\
# What is made from what: `jobmake build` makes it, `jobmake why greeting` says why.

[params]
word = "Hello"

[target.names]
doc = "Some names"
run = "printf '%s\\n' Ada Grace Katherine > {outputs}"
outputs = ["build/names.txt"]

[target.greeting]
doc = "A greeting for each: change `word` above and build again"
run = "while read -r name; do echo {params.word} \\"$name\\"; done < {inputs} > {outputs}"
inputs = ["@names"]
outputs = ["build/greeting.txt"]
"""


# `%P` tells in which folder of the repository the lockfile lies
DRIVER = "jobmake lock --merge-driver %O %A %B %P"


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument(
        "--git", action="store_true", help="write no Jobfile; only let git merge the lockfile"
    )


def run(context: Context) -> int:
    """Write the Jobfile; an existing one is left alone. Return the exit code."""
    from jobmake.model.errors import UsageError
    from jobmake.tools.git import in_work_tree

    given = context.arguments
    path = os.path.join(given.directory, given.jobfile or "Jobfile.toml")
    if not given.git:
        _write_jobfile(path, given.jobfile or "Jobfile.toml")
    folder = os.path.dirname(os.path.abspath(path))
    if in_work_tree(folder, context.environ):
        lockfile = os.path.splitext(os.path.basename(path))[0] + ".lock"
        _let_git_merge(folder, lockfile, context.environ)
    elif given.git:
        raise UsageError(f"`{folder}` is not in a work tree of git", "`git init` makes one")
    return 0


def _write_jobfile(path: str, name: str) -> None:
    from jobmake.model.errors import UsageError, state_error

    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(_STARTER)
    except FileExistsError:
        raise UsageError(
            f"there is a `{name}` here already",
            "it is left as it is; `jobmake init --git` sets up git only",
        ) from None
    except OSError as error:
        raise state_error(error, "write") from None
    _say(f"wrote {name}: try `jobmake build`, and `jobmake list`")


def _let_git_merge(folder: str, lockfile: str, environ: Mapping[str, str]) -> None:
    """Name jobmake as what merges the lockfile: for all in `.gitattributes`, and for this
    clone in git's own settings, which cannot be committed."""
    from jobmake.model.errors import StateError
    from jobmake.tools.git import git

    attribute = git(folder, environ, "check-attr", "merge", "--", lockfile) or ""
    merges = attribute.rpartition(": ")[2]
    if merges == "unspecified":
        _append(os.path.join(folder, ".gitattributes"), f"{_pattern(lockfile)} merge=jobmake\n")
        _say(f"wrote .gitattributes: git merges {lockfile} by jobmake; commit it")
    elif merges != "jobmake":
        _say(f"left .gitattributes as it is: there git merges {lockfile} by `merge={merges}`")
    known = git(folder, environ, "config", "--get", "merge.jobmake.driver")
    if known is not None and "lock --merge-driver" in known:
        _say("git knows how to call jobmake already")
        return
    for name, value in (("name", "the lockfile of jobmake"), ("driver", DRIVER)):
        if git(folder, environ, "config", "--local", f"merge.jobmake.{name}", value) is None:
            raise StateError("git's settings cannot be written", "see `git config --local --list`")
    _say("told git in this clone how to call jobmake; other clones need `jobmake init --git`")


def _pattern(name: str) -> str:
    """Return a file's name as a pattern of `.gitattributes`."""
    pattern = re.sub(r"([\\*?\[])", r"\\\1", name)
    return pattern if re.fullmatch(r"[^\s\"]+", name) else toml_value(pattern)


def _append(path: str, line: str) -> None:
    """Add a line to a file, which may lack the end of its last one."""
    from jobmake.model.errors import state_error

    try:
        with open(path, "a+b") as file:
            file.seek(0)
            text = file.read()
            file.write((b"\n" if text and not text.endswith(b"\n") else b"") + line.encode())
    except OSError as error:
        raise state_error(error, "write") from None


def _say(text: str) -> None:
    print(text, file=sys.stderr)
