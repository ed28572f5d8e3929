"""Reads a Jobfile and all it names, and returns the graph: the way in to this floor.

Invariant: either everything is right, or a JobfileError holds all that is wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobmake.jobfile.declaration import declare
from jobmake.jobfile.expand import Surroundings
from jobmake.jobfile.families import Families, family
from jobmake.jobfile.link import link
from jobmake.jobfile.manner import amounts_of, shell_of
from jobmake.jobfile.params import merged, override, read_params_files
from jobmake.jobfile.problems import Problems, problem_at
from jobmake.jobfile.selectors import Names
from jobmake.model.errors import JobfileError, Problem, UsageError
from jobmake.model.target import SHELL
from jobmake.tools.pathnames import is_outside
from jobmake.tools.tomlguard import BadToml, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.jobfile.declaration import Declarations
    from jobmake.jobfile.families import Matching, Opened
    from jobmake.jobfile.problems import Path
    from jobmake.model.contracts import JobType
    from jobmake.model.graph import Graph

JOBFILE = "Jobfile.toml"


@dataclass(frozen=True, slots=True)
class LoadedJobfile:
    """A Jobfile that is right. ``text`` is kept for the places of later errors.

    It grows while it is built: what `grow` opens, and what was matched before, stays.
    """

    path: str  # absolute
    shown: str  # as messages name it
    text: str
    name: str  # of the project, may be empty
    default: tuple[str, ...]  # names of targets; empty: all of them
    params: Mapping[str, Any]
    pools: Mapping[str, int]  # how many there are of each; memory in bytes
    cache: Mapping[str, Any]  # the table `[cache]`
    graph: Graph
    families: Families
    opened: Opened  # the instances of families with `each`
    defaults: tuple[tuple[str, Path], ...]  # what `default` names, and where

    def problems(self) -> Problems:
        """Return an empty collection of problems that knows this Jobfile's places."""
        return Problems(self.shown, self.text)

    def grow(self, names: Iterable[str]) -> LoadedJobfile:
        """Return the Jobfile with the named unopened families opened, with the files there
        are now. Raises JobfileError for what contradicts then."""
        return self._opened(frozenset(names), frozenset())

    def as_known(self) -> LoadedJobfile:
        """Return the Jobfile with all families opened, as far as their files are there."""
        unopened = self.graph.unopened
        return self._opened(unopened, unopened) if unopened else self

    def _opened(self, names: frozenset[str], provisional: frozenset[str]) -> LoadedJobfile:
        problems = self.problems()
        opened = self.families.open(names, self.opened, problems)
        graph = replace(_linked(self.families, opened, problems), provisional=provisional)
        default = _resolved(self.defaults, graph, problems)
        problems.raise_any()
        return replace(self, graph=graph, opened=opened, default=default)


def find_jobfile(start: str) -> str:
    """Return the path of the nearest Jobfile.toml in ``start`` or above it.

    Raises UsageError where there is none.
    """
    if not os.path.isdir(start):
        raise UsageError(f"there is no folder `{start}`")
    folder = os.path.abspath(start)
    while True:
        path = os.path.join(folder, JOBFILE)
        if os.path.lexists(path):
            return path
        above = os.path.dirname(folder)
        if above == folder:
            raise UsageError(
                f"there is no {JOBFILE} in `{os.path.abspath(start)}` or above it",
                "`jobmake init` writes one",
            )
        folder = above


def load(
    path: str,
    settings: Iterable[str],
    environ: Mapping[str, str],
    job_types: Mapping[str, JobType],
    *,
    matching: Matching = lambda _pattern: (),
) -> LoadedJobfile:
    """Read the Jobfile at ``path``; ``settings`` are the `key=value` of `-D`.

    ``matching`` gives the files that a pattern names now; by it alone `each` sees the disk.
    Raises JobfileError, or UsageError for a setting that names no param.
    """
    shown = os.path.basename(path)
    text, data = _read(path, shown)
    problems = Problems(shown, text)
    declarations = declare(data, problems)
    root = os.path.dirname(path)
    params = _params(declarations, root, tuple(settings), problems)
    lock = os.path.splitext(shown)[0] + ".lock"
    shell = shell_of(declarations.project.get("shell"), ("project", "shell"), problems) or SHELL
    around = Surroundings(params, environ, job_types, (shown, lock), problems, shell)
    families = Families.of([family(one, around) for one in declarations.targets], matching)
    opened = families.open(families.static(), {}, problems)
    graph = _linked(families, opened, problems)
    _refuse_detours(graph, root, problems)
    defaults = tuple(
        (name, ("project", "default", index))
        for index, name in enumerate(declarations.project.get("default", ()))
    )
    default = _resolved(defaults, graph, problems)
    problems.raise_any()
    return LoadedJobfile(
        path=path,
        shown=shown,
        text=text,
        name=declarations.project.get("name", ""),
        default=default,
        params=params,
        pools=dict(amounts_of(declarations.pools)),
        cache=declarations.cache,
        graph=graph,
        families=families,
        opened=opened,
        defaults=defaults,
    )


def _params(
    declarations: Declarations, root: str, settings: tuple[str, ...], problems: Problems
) -> Mapping[str, Any]:
    noted = len(problems.found)
    files = read_params_files(root, declarations.project.get("params_files", ()), problems)
    if settings or problems.found[noted:]:
        problems.raise_any()  # else a param could seem to be missing
    return override(merged(files, declarations.params), settings)


def _linked(families: Families, opened: Opened, problems: Problems) -> Graph:
    """Return the graph of all that is open, with a group for what is not."""
    graph = link(families.targets(opened), problems, families.closed(opened))
    return replace(graph, unopened=frozenset(families.makers) - opened.keys())


def _refuse_detours(graph: Graph, root: str, problems: Problems) -> None:
    """Note each way out of the project and in again: who makes the file would not be seen."""
    for target in graph.targets.values():
        for one in (*target.inputs, *target.sources):
            if is_outside(one.path):
                full = os.path.normpath(os.path.join(root, one.path))
                if full.startswith(root + os.sep):
                    problems.value(
                        one.place,
                        f"input `{one.shown}` is in the project's folder",
                        f"write it as `{full[len(root) + 1 :]}`",
                    )


def _resolved(
    defaults: Iterable[tuple[str, Path]], graph: Graph, problems: Problems
) -> tuple[str, ...]:
    """Return the targets that `default` names."""
    names = Names(graph.families, graph.targets, graph.may_make)
    found: dict[str, None] = {}
    for text, place in defaults:
        resolved = names.resolve(text)
        if not resolved:
            problems.value(
                place,
                f"`default` names the target `{text}`, which is not in the Jobfile",
                names.hint(text),
            )
        found.update(dict.fromkeys(resolved))
    return tuple(found)


def _read(path: str, shown: str) -> tuple[str, dict[str, Any]]:
    try:
        data = _read_bytes(path)
    except OSError as error:
        message = f"the Jobfile `{path}` cannot be read: {error.strerror}"
        raise JobfileError((Problem(message),)) from None
    try:
        table = parse(data)
        return data.decode("utf-8-sig"), table
    except BadToml as error:
        problem = _at_line(shown, data, error.message, error.line, error.column - 1)
        raise JobfileError((problem,)) from None


def _read_bytes(path: str) -> bytes:
    import stat

    # a fifo or a device would never end
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file", path)
        return file.read()


def _at_line(file: str, data: bytes, message: str, line: int, column: int) -> Problem:
    """Return the problem at a place that the parser named; the text may be no UTF-8."""
    text = data.decode("utf-8-sig", "replace")
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    start = min(start + column, end)
    return problem_at(file, text, start, start + 1, message, None)
