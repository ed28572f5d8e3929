"""Reads a Jobfile and all it names, and returns the graph: the way in to this floor.

Invariant: either everything is right, or a JobfileError holds all that is wrong.
"""

from __future__ import annotations

import os

from jobmake.jobfile.agreement import check_agreement
from jobmake.jobfile.checks import known_checks, usual_of
from jobmake.jobfile.expand import Surroundings
from jobmake.jobfile.families import Families, family
from jobmake.jobfile.include import parsed, read_jobfiles
from jobmake.jobfile.input_directory import input_directory
from jobmake.jobfile.link import is_doubtful, link
from jobmake.jobfile.manner import amounts_of, shell_of
from jobmake.jobfile.params import override
from jobmake.jobfile.plugged import Plugged, plugged, refuse_unknown
from jobmake.jobfile.problems import AtLine, InFile, Problems
from jobmake.jobfile.python import PythonTargets, nobody, python_targets
from jobmake.jobfile.selectors import Names
from jobmake.model.errors import UsageError
from jobmake.model.names import JOBFILE
from jobmake.model.target import SHELL
from jobmake.tools.pathnames import is_outside
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from jobmake.jobfile.checks import AskedCheck
    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.families import Family, Opened
    from jobmake.jobfile.files import Matching
    from jobmake.jobfile.include import Joined, Parse
    from jobmake.jobfile.plugged import Plug, Wanted
    from jobmake.jobfile.problems import Path
    from jobmake.jobfile.python import Declare
    from jobmake.model.contracts import Check, JobType
    from jobmake.model.graph import Graph


class LoadedJobfile(Value):
    """A Jobfile that is right. ``texts`` are kept for the places of later errors.

    It grows while it is built: what `grow` opens, and what was matched before, stays.
    """

    path: str  # absolute
    shown: str  # as messages name it
    texts: Mapping[str, str]  # of all files, by name
    name: str  # of the project, may be empty
    default: tuple[str, ...]  # names of targets; empty: all of them
    params: Mapping[str, Any]
    pools: Mapping[str, int]  # how many there are of each; memory in bytes
    cache: Mapping[str, Any]  # the table `[cache]`
    graph: Graph
    families: Families
    opened: Opened  # the instances of families with `each`
    defaults: tuple[tuple[str, Path], ...]  # what `default` names, and where
    reports: tuple[tuple[str, Path], ...] = ()  # what `reports` asks for, and where
    python_path: tuple[str, ...] = (".",)  # folders in which Python modules are looked for
    reads_code: bool = False  # whether the code of any target counts
    input_directory: str = "."  # where Python jobs import data from
    executor: str = "local"  # where runs execute
    made_of: tuple[str, ...] = ()  # the Jobfiles and params files that were read
    digests: Mapping[str, str] = field(default_factory=dict)  # of these, as they were read

    def problems(self) -> Problems:
        """Return an empty collection of problems that knows this Jobfile's places."""
        return Problems(self.shown, dict(self.texts))

    def grow(self, names: Iterable[str]) -> LoadedJobfile:
        """Return the Jobfile with the named unopened families opened, with the files there
        are now. Raises JobfileError for what contradicts then."""
        return self._opened(frozenset(names), frozenset())

    def debugged(self, names: Iterable[str]) -> LoadedJobfile:
        """Return the Jobfile with some targets to be debugged, as far as they are Python jobs."""
        targets = dict(self.graph.targets)
        for name in names:
            one = targets[name]
            if one.job_type == "python":
                manner = replace(one.manner, interactive=True)
                targets[name] = replace(one, manner=manner, settings={**one.settings, "pdb": True})
        return replace(self, graph=replace(self.graph, targets=targets))

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


def no_plugins(_wanted: Wanted, _problems: Problems) -> Plugged:
    """Find none of the plugins that a Jobfile names."""
    return Plugged({}, {}, (), (), left_out=True)


class World(Value):
    """What a Jobfile is read in. ``matching`` gives the files that a pattern names now; by it
    alone `each` sees the disk. ``declare`` says what Python jobs declare, ``plug`` what there is
    with the plugins that are named; ``parse`` reads TOML."""

    environ: Mapping[str, str]
    job_types: Mapping[str, JobType]
    matching: Matching = lambda _pattern: ()
    declare: Declare = nobody
    checks: Mapping[str, Check] = field(default_factory=dict)
    executors: Collection[str] = ("local",)
    caches: Collection[str] = ("disk",)
    plug: Plug = no_plugins
    parse: Parse = parsed

    def with_plugins(
        self, joined: Joined, params: Mapping[str, Any], root: str, problems: Problems
    ) -> World:
        """Return the world with what the plugins of a Jobfile contribute; the targets that they
        generate are added to it."""
        found = plugged(joined, params, self.plug, self.matching, root, problems)
        if found is None:
            return self
        return replace(
            self,
            job_types=found.job_types,
            checks=found.checks,
            executors=found.executors,
            caches=found.caches,
        )


def load(
    path: str, settings: Iterable[str], world: World, *, profile: str | None = None
) -> LoadedJobfile:
    """Read the Jobfile at ``path``; ``settings`` are the `key=value` of `-D`.

    ``profile`` names the one that is laid over the Jobfile. Raises JobfileError, or UsageError
    for a setting that names no param, or no profile; PluginError.
    """
    shown = os.path.basename(path)
    problems = Problems(shown)
    joined, params, world = _read(path, settings, world, problems, profile)
    first = joined.files[0].declarations
    refuse_unknown(joined, world.executors, world.caches, problems)
    python = python_targets(joined, world.declare, world.matching, problems)
    kept = (*joined.names, os.path.splitext(shown)[0] + ".lock")
    around = Surroundings(
        params, world.environ, world.job_types, kept, problems,
        python=python.known, checks=world.checks,
    )  # fmt: skip
    families = Families.of(_families(joined, around, python), world.matching)
    opened = families.open(families.static(), {}, problems)
    graph = _linked(families, opened, problems)
    _refuse_detours(graph, os.path.dirname(path), problems)
    defaults = tuple(first.setting("default", ()))
    default = _resolved(defaults, graph, problems)
    imports_from = input_directory(joined, params, world.environ, problems)
    problems.raise_any()
    return LoadedJobfile(
        path=path,
        shown=shown,
        texts=problems.texts,
        name=first.project.get("name", ""),
        default=default,
        params=params,
        pools=dict(amounts_of(joined.pools)),
        cache=first.cache,
        graph=graph,
        families=families,
        opened=opened,
        defaults=defaults,
        reports=tuple(first.setting("reports", ())),
        python_path=python.path,
        input_directory=imports_from,
        reads_code=python.reads_code,
        executor=first.project.get("executor", "local"),
        made_of=(*joined.names, *joined.params_files),
        digests=problems.digests,
    )


def plug_only(
    path: str, settings: Iterable[str], world: World, *, profile: str | None = None
) -> None:
    """Have the plugins of a Jobfile contribute, whatever else may be wrong with it. Raises
    JobfileError where it cannot be read."""
    _read(path, settings, world, Problems(os.path.basename(path)), profile)


def in_memory(
    path: str, targets: Iterable[DeclaredTarget], around: Surroundings, python_path: tuple[str, ...]
) -> LoadedJobfile:
    """Return targets that no file declares, as a Jobfile at ``path`` would. All of them are
    Python jobs. Raises JobfileError."""
    problems = around.problems
    found = []
    for one in targets:
        check_agreement(one, {}, around.job_types, problems)
        found.append(family(one, around))
    families = Families.of(found, lambda _pattern: ())
    opened = families.open(families.static(), {}, problems)
    graph = _linked(families, opened, problems)
    problems.raise_any()
    return LoadedJobfile(
        path, problems.file, {}, "", (), {}, {}, {}, graph, families, opened, (),
        python_path=python_path, reads_code=True,
    )  # fmt: skip


def _read(
    path: str, settings: Iterable[str], world: World, problems: Problems, profile: str | None
) -> tuple[Joined, Mapping[str, Any], World]:
    """Return the tables of all files, the params, and the world with the plugins' part."""
    joined = read_jobfiles(path, problems, profile, world.parse)
    params = _params(joined, tuple(settings), problems)
    return joined, params, world.with_plugins(joined, params, os.path.dirname(path), problems)


def _params(joined: Joined, settings: tuple[str, ...], problems: Problems) -> Mapping[str, Any]:
    if settings or not joined.complete:
        problems.raise_any()  # else a param could seem to be missing
    return override(joined.params, settings)


def _families(joined: Joined, around: Surroundings, python: PythonTargets) -> list[Family]:
    """Return the families of all files, each expanded where its file lies, and of the Python
    jobs that no file declares."""
    found: dict[str, Family] = {}
    usual: tuple[AskedCheck, ...] = ()
    for file in joined.files:
        declared = file.declarations
        shell: tuple[str, ...] = SHELL
        for text, place in declared.setting("shell", file.place):
            shell = shell_of(text, place, around.problems) or SHELL
        own = usual_of(declared, file.place, usual)
        own = known_checks(own, around.checks, around.problems)
        usual = own if file is joined.files[0] else usual
        here = replace(around, shell=shell, folder=file.folder, prefix=file.prefix, usual=own)
        for one in file.targets:
            if one.name in found:
                other = found[one.name].declared.place
                name = other[0] if isinstance(other[0], InFile | AtLine) else around.problems.file
                around.problems.key(one.place, f"`{name}` has a target `{one.name}`, too")
            else:
                one = python.merged.get(one.name, one)
                check_agreement(one, joined.pools, around.job_types, around.problems)
                found[one.name] = family(one, here)
    for one in python.more:
        if one.name in found:
            message = f"a target of the Jobfile has the name of the job `{one.name}`"
            around.problems.key(one.place, message, "let `python` of that target name the job")
            continue
        check_agreement(one, joined.pools, around.job_types, around.problems)
        found[one.name] = family(one, replace(around, usual=usual))
    return list(found.values())


def _linked(families: Families, opened: Opened, problems: Problems) -> Graph:
    """Return the graph of all that is open, with a group for what is not."""
    graph = link(families.targets(opened), problems, families.closed(opened))
    unopened = frozenset(families.makers) - opened.keys()
    return replace(graph, unopened=unopened, over=families.makers)


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
        if not resolved and not is_doubtful(text, problems):
            problems.value(
                place,
                f"`default` names the target `{text}`, which is not in the Jobfile",
                names.hint(text),
            )
        found.update(dict.fromkeys(resolved))
    return tuple(found)
