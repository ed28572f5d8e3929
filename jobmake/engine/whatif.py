"""What if: the outlook as it would be after a change that was not made. Writes nothing.

Knows how files, and what targets made, are made to look changed. What that means for the
targets is asked of `forecast`, as always.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.engine.forecast import Asked, forecast
from jobmake.engine.plan import resolve
from jobmake.memory.files import Files
from jobmake.model.errors import UsageError
from jobmake.tools.digest import digest_texts
from jobmake.tools.hints import did_you_mean
from jobmake.tools.moments import latest
from jobmake.tools.pathnames import glob_regex
from jobmake.tools.value import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.model.contracts import Cache
    from jobmake.model.decision import Outlook
    from jobmake.model.graph import Graph
    from jobmake.model.target import FilePattern, Target

KINDS = ("params.", "env.", "file=", "target=")
_HOW = "write `params.NAME=VALUE`, `file=PATH`, `target=NAME` or `env.NAME=VALUE`"


class Changes(Value):
    """Changes that are thought of: ``params`` as `-D` takes them, new values of variables,
    paths of files with other bytes, targets that have run and made other bytes."""

    params: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def changes_from(words: Iterable[str]) -> Changes:
    """Return what the words of a command line mean. Raises UsageError."""
    params, files, targets = [], [], []
    environ = {}
    for word in words:
        kind, equals, value = word.partition("=")
        if equals and kind.startswith("params.") and kind != "params.":
            params.append(word.removeprefix("params."))
        elif equals and kind.startswith("env.") and kind != "env.":
            environ[kind.removeprefix("env.")] = value
        elif kind == "file" and value:
            files.append(value)
        elif kind == "target" and value:
            targets.append(value)
        else:
            raise UsageError(f"`{word}` is not a change", _HOW)
    return Changes(tuple(params), environ, tuple(files), tuple(targets))


class AlteredFiles(Files):
    """The disk, but that some files are there and hold other bytes than they do."""

    def __init__(self, files: Files, altered: Iterable[str]) -> None:
        self.__dict__.update(vars(files))  # the same view of the same disk
        self._altered = frozenset(altered)

    def digest(self, path: str, kind: str = "") -> str | None:
        """Return a digest that no record has if the file, or one in the folder, is altered."""
        digest = super().digest(path, kind)
        if path in self._altered or any(one.startswith(path + "/") for one in self._altered):
            return digest_texts((digest or "", "altered"))
        return digest

    def mtime_ns(self, path: str) -> int | None:
        """An altered file, and the folder that it is in, is newer than any other."""
        if path in self._altered or any(one.startswith(path + "/") for one in self._altered):
            return latest()
        return super().mtime_ns(path)

    def exists(self, path: str) -> bool:
        """An altered file is there."""
        return path in self._altered or super().exists(path)

    def is_there(self, pattern: FilePattern) -> bool:
        """An altered file is there."""
        return pattern.path in self._altered or super().is_there(pattern)

    def matching(self, pattern: FilePattern) -> tuple[str, ...]:
        """An altered file that a glob names is among those that it matches."""
        found = super().matching(pattern)
        if pattern.kind != "glob":
            return found
        regex = glob_regex(pattern.path)
        more = {path for path in self._altered if regex.fullmatch(path)}
        return tuple(sorted({*found, *more})) if more - set(found) else found


def what_if(judge: Judge, changes: Changes, cache: Cache | None = None) -> list[Outlook]:
    """Return the outlook of every target after the changes of files and targets; the graph and
    the environment of ``judge`` are those after the other changes. Raises UsageError."""
    graph = judge.graph
    altered = {_path(judge, path) for path in changes.files}
    remade = set(resolve(graph, *changes.targets))
    for name in remade:
        if graph.targets[name].is_group:
            raise UsageError(f"`{name}` is a group: it makes nothing", "name one of its members")
        altered.update(_made(judge, graph.targets[name]))
    files = AlteredFiles(judge.files, altered)
    judge = replace(judge, files=files, results={})
    return forecast(judge, graph.order, remade=remade, asked=Asked(cache, restores=True))


def check_variables(graph: Graph, names: Iterable[str]) -> None:
    """Raise UsageError for a variable that no target reads."""
    read = {one for target in graph.targets.values() for one in target.env_inputs}
    for name in names:
        if name not in read:
            raise UsageError(
                f"no target reads the variable `{name}`",
                did_you_mean(name, read)
                or "what is read is named by `env_inputs`, or `{env.NAME}`",
            )


def _made(judge: Judge, target: Target) -> set[str]:
    """Return the paths of what a target makes, or made."""
    record = judge.records.get(target.name)
    paths = {one.path for one in target.outputs if one.kind != "glob"}
    return paths.union(path.rstrip("/") for path in (record.outputs if record else ()))


def _path(judge: Judge, given: str) -> str:
    """Return a path as the Jobfile would have it. Raises UsageError where nobody could read it."""
    root = judge.files.root
    path = os.path.normpath(given)
    if os.path.isabs(path) and os.path.commonpath([root, path]) == root:
        path = os.path.relpath(path, root)
    if judge.files.exists(path) or path in judge.graph.producers:
        return path
    named: set[str] = set()
    for target in judge.graph.targets.values():
        for one in (*target.inputs, *target.sources, *target.outputs):
            if one.kind == "glob" and glob_regex(one.path).fullmatch(path):
                return path
            if one.kind == "folder" and path.startswith(one.path + "/"):
                return path
            named.add(one.path)
    if path in named:
        return path
    raise UsageError(
        f"`{given}` is no file, and no target would read it",
        did_you_mean(path, named) or "paths are relative to the Jobfile's folder",
    )
