"""`jobmake complete-words STYLE KIND WORD [BREAKS] -- WORDS…`: the names that a word may
become, one a line. Called by the scripts of `jobmake completion`, not by people.

Reads the Jobfile, and the names in `.jobmake/` for runs; runs nothing, writes nothing, and
says nothing when something is wrong: a person in the middle of a line cannot use it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from jobmake.tools.typedword import going_on, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.jobfile.load import LoadedJobfile


def run(words: list[str], environ: Mapping[str, str]) -> int:
    """Print the names; always succeed. ``words`` are those after the verb."""
    try:
        at = words.index("--") if "--" in words else len(words)
        style, kind, raw, *breaks = words[:at]
        word = typed(raw, "".join(breaks))
        line = [typed(one).said for one in words[at + 1 :]]
        path = _jobfile(line, environ)
        for name in _names(kind, path, word.said, environ):
            if name.startswith(word.said):
                shown = going_on(name, word) if style == "bash" else name
                sys.stdout.write(shown + "\n")
        sys.stdout.flush()
    except Exception:  # see above
        return 0
    return 0


def _jobfile(line: list[str], environ: Mapping[str, str]) -> str:
    """Return the path of the Jobfile that a command line means."""
    from jobmake.jobfile.load import find_jobfile

    folder = _given(line, "-C", "--directory") or environ.get("JOBMAKE_DIRECTORY") or "."
    named = _given(line, "-f", "--jobfile") or environ.get("JOBMAKE_JOBFILE")
    return os.path.join(folder, named) if named else find_jobfile(folder)


def _given(line: list[str], short: str, long: str) -> str | None:
    """Return the last value of an option on a command line."""
    found = None
    for word, after in zip(line, [*line[1:], ""], strict=False):
        if word in (short, long):
            found = after
        elif word.startswith(long + "="):
            found = word[len(long) + 1 :]
        elif word.startswith(short) and not word.startswith("--") and len(word) > 2:
            found = word[2:]
    return found


def _names(kind: str, path: str, said: str, environ: Mapping[str, str]) -> Iterable[str]:
    if kind == "runs":
        return _runs(os.path.dirname(path))
    data = _tables(path)
    if kind == "profiles":
        return list(data.get("profile", {}))
    if kind == "tags":
        tables = [one for one in data.get("target", {}).values() if isinstance(one, dict)]
        return sorted({str(tag) for one in tables for tag in one.get("tags", ())})
    declared = list(data.get("target", {}))
    names = _targets(declared, "include" in data.get("project", {}), path, said, environ)
    return [*names, *_runs(os.path.dirname(path))] if kind == "targets-and-runs" else names


def _targets(
    declared: Iterable[str], includes: bool, path: str, said: str, environ: Mapping[str, str]
) -> Iterable[str]:
    """Return the declared names, or within `[` the instances. Only for these, and for what
    is included, is the whole Jobfile looked through, and only if all is right with it."""
    family, bracket, _ = said.partition("[")
    if not bracket and not includes:
        return declared
    from jobmake.model.errors import JobmakeError

    try:
        graph = _load(path, environ).graph
    except JobmakeError:
        return declared
    return graph.families.get(family, ()) if bracket else graph.families


def _load(path: str, environ: Mapping[str, str]) -> LoadedJobfile:
    from jobmake.jobfile.load import World, load
    from jobmake.jobs.builtin import jobmake_job_types

    path = os.path.abspath(path)
    return load(path, (), World(environ, {one.name: one for one in jobmake_job_types()}))


def _tables(path: str) -> Mapping[str, Any]:
    from jobmake.tools.tomlguard import parse

    with open(path, "rb") as file:
        return parse(file.read())


def _runs(folder: str) -> list[str]:
    """Return the numbers of the runs that wrote something, the newest first."""
    try:
        found = os.listdir(os.path.join(folder, ".jobmake", "runs"))
    except OSError:
        return []
    return sorted((one for one in found if one.isdigit()), key=int, reverse=True)
