"""What git knows of the project's files, and what of it does not fit.

Two git processes at most: one lists what is tracked, one says what is ignored. Without
git, or outside of a repository, there is nothing to find.
"""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_left
from typing import TYPE_CHECKING

from jobmake.doctor.finding import Finding, line_of, some
from jobmake.tools.pathnames import glob_regex, is_outside, literal_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobmake.doctor.case import Case
    from jobmake.model.target import FilePattern, Target


def findings(case: Case) -> Iterator[Finding]:
    """Yield what git and the Jobfile say differently."""
    tracked = _tracked(case.project.layout.root)
    if tracked is None:
        return
    known = set(tracked)
    yield from _outputs(case, tracked)
    inputs = _paths_of_inputs(case)
    lock = os.path.basename(case.project.layout.lockfile)
    asked = [path for path in [lock, *inputs] if path not in known]
    ignored = _ignored(case.project.layout.root, asked)
    for path in inputs:
        if path in ignored:
            target, one = inputs[path]
            yield Finding(
                "input-ignored", line_of(case.problems, one.place),
                f"git ignores `{path}`, which `{target.name}` reads: a clone lacks it",
                "commit it (`git add -f`), or let a target make it",
            )  # fmt: skip
    yield from _lockfile(case, lock, known, ignored)
    yield from _nobodys(case, known)


def _lockfile(case: Case, lock: str, tracked: set[str], ignored: set[str]) -> Iterator[Finding]:
    hint = "commit it, so that a clone with the same files builds nothing"
    if lock in ignored:
        yield Finding("lockfile-ignored", lock, "git ignores the lockfile", hint)
    elif lock not in tracked and os.path.exists(case.project.layout.lockfile):
        yield Finding("lockfile-untracked", lock, "the lockfile is not in git", hint)


def _outputs(case: Case, tracked: list[str]) -> Iterator[Finding]:
    """Yield the outputs that git tracks, those of all instances of a target in one finding."""
    graph = case.project.graph
    for family, names in graph.families.items():
        outputs = {one.path: one for name in names for one in graph.targets[name].outputs}
        found = {path: one for one in outputs.values() for path in _matching(one, tracked)}
        if not found:
            continue
        output = next(iter(found.values()))
        first = f"-r {output.path}" if output.kind == "folder" else next(iter(found))
        yield Finding(
            "output-in-git", line_of(case.problems, output.place),
            f"git tracks {some(found)}, made by `{family}`: a build that changes it changes the"
            " work tree",
            f"`git rm --cached {first}`, and name it in .gitignore",
        )  # fmt: skip


def _matching(pattern: FilePattern, tracked: list[str]) -> Iterator[str]:
    """Yield the tracked files, which are sorted, that a pattern names."""
    start = literal_start(pattern.path) if pattern.kind == "glob" else pattern.path
    start += "/" if pattern.kind == "folder" else ""
    index = bisect_left(tracked, start)
    while index < len(tracked) and tracked[index].startswith(start):
        path = tracked[index]
        if pattern.kind == "folder" or (
            path == start if pattern.kind == "file" else glob_regex(pattern.path).fullmatch(path)
        ):
            yield path
        elif pattern.kind == "file":
            return
        index += 1


def _paths_of_inputs(case: Case) -> dict[str, tuple[Target, FilePattern]]:
    """Return the inputs' paths in the project, each with a target that reads it."""
    found: dict[str, tuple[Target, FilePattern]] = {}
    root = os.path.realpath(case.project.layout.root)
    for target, one in case.given:
        if is_outside(one.path):
            continue
        paths = case.judge.files.matching(one) if one.kind == "glob" else (one.path,)
        for path in paths:
            folder = os.path.join(root, os.path.dirname(path))
            if os.path.realpath(folder) == os.path.normpath(folder):  # else git refuses to answer
                found.setdefault(path, (target, one))
    return found


def _nobodys(case: Case, tracked: set[str]) -> Iterator[Finding]:
    """Yield the folders of single outputs in which something lies that nobody makes."""
    targets = case.project.graph.targets.values()
    patterns = [one for target in targets for one in (*target.owned, *target.inputs)]
    patterns += [one for target in targets for one in target.sources]
    named = {one.path for one in patterns if one.kind != "glob"}
    named.update(one.path for target in targets for one in target.publish)
    named.update(target.depfile for target in targets if target.depfile)
    globs = {one.path for one in patterns if one.kind == "glob"}
    owned = {one.path for target in targets for one in target.owned if one.kind == "file"}
    for folder in sorted({os.path.dirname(path) for path in owned} - {""}):
        found = [
            path
            for path in _files_in(case.project.layout.root, folder)
            if path not in named
            and path not in tracked
            and not any(glob_regex(glob).fullmatch(path) for glob in globs)
        ]
        if found:
            yield Finding(
                "nobody-makes", folder + "/",
                f"no target makes {some(found)}, and git does not track it",
                "remove it if a target made it in the past; else name the target's output, or"
                " commit it",
            )  # fmt: skip


def _files_in(root: str, folder: str) -> Iterator[str]:
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            names = sorted(one.name for one in entries if one.is_file(follow_symlinks=False))
    except OSError:
        return
    yield from (f"{folder}/{name}" for name in names if not name.startswith("."))


def _tracked(root: str) -> list[str] | None:
    """Return the tracked files below the project's folder, sorted; None where git has none."""
    told = _git(root, ["ls-files", "-z"], b"", (0,))
    return None if told is None else sorted(told)


def _ignored(root: str, paths: Iterable[str]) -> set[str]:
    asked = b"".join(os.fsencode(path) + b"\0" for path in paths)
    return set(_git(root, ["check-ignore", "-z", "--stdin"], asked, (0, 1)) or ())


def _git(root: str, words: list[str], asked: bytes, good: tuple[int, ...]) -> list[str] | None:
    """Return the paths that git tells, or None where it could not."""
    environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", root, *words], input=asked, capture_output=True, env=environ, check=False
        )
    except OSError:
        return None
    if done.returncode not in good:
        return None
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]
