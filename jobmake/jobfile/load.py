"""Reads a Jobfile and all it names, and returns the graph: the way in to this floor.

Invariant: either everything is right, or a JobfileError holds all that is wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobmake.jobfile.declaration import declare
from jobmake.jobfile.expand import Surroundings, expand
from jobmake.jobfile.link import link
from jobmake.jobfile.manner import amounts_of, shell_of
from jobmake.jobfile.params import merged, override, read_params_files
from jobmake.jobfile.problems import Problems, problem_at
from jobmake.model.errors import JobfileError, Problem, UsageError
from jobmake.model.target import SHELL
from jobmake.tools.hints import did_you_mean
from jobmake.tools.pathnames import is_outside
from jobmake.tools.tomlguard import BadToml, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.jobfile.declaration import Declarations
    from jobmake.model.contracts import JobType
    from jobmake.model.graph import Graph

JOBFILE = "Jobfile.toml"


@dataclass(frozen=True, slots=True)
class LoadedJobfile:
    """A Jobfile that is right. ``text`` is kept for the places of later errors."""

    path: str  # absolute
    shown: str  # as messages name it
    text: str
    name: str  # of the project, may be empty
    default: tuple[str, ...]  # names of targets; empty: all of them
    params: Mapping[str, Any]
    pools: Mapping[str, int]  # how many there are of each; memory in bytes
    cache: Mapping[str, Any]  # the table `[cache]`
    graph: Graph

    def problems(self) -> Problems:
        """Return an empty collection of problems that knows this Jobfile's places."""
        return Problems(self.shown, self.text)


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
) -> LoadedJobfile:
    """Read the Jobfile at ``path``; ``settings`` are the `key=value` of `-D`.

    Raises JobfileError, or UsageError for a setting that names no param.
    """
    shown = os.path.basename(path)
    text, data = _read(path, shown)
    problems = Problems(shown, text)
    declarations = declare(data, problems)
    root = os.path.dirname(path)
    noted = len(problems.found)
    files = read_params_files(root, declarations.project.get("params_files", ()), problems)
    declared = merged(files, declarations.params)
    settings = tuple(settings)
    if settings or problems.found[noted:]:
        problems.raise_any()  # else a param could seem to be missing
    params = override(declared, settings)
    lock = os.path.splitext(shown)[0] + ".lock"
    shell = shell_of(declarations.project.get("shell"), ("project", "shell"), problems) or SHELL
    around = Surroundings(params, environ, job_types, (shown, lock), problems, shell)
    unlinked = [one for target in declarations.targets for one in expand(target, around)]
    graph = link(unlinked, problems)
    _refuse_detours(graph, root, problems)
    default = _default(declarations, graph, problems)
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
    )


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


def _default(declarations: Declarations, graph: Graph, problems: Problems) -> tuple[str, ...]:
    found: list[str] = []
    for index, name in enumerate(declarations.project.get("default", ())):
        names = graph.families.get(name) or ((name,) if name in graph.targets else ())
        if not names:
            problems.value(
                ("project", "default", index),
                f"`default` names the target `{name}`, which is not in the Jobfile",
                did_you_mean(name, graph.families),
            )
        found.extend(names)
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
