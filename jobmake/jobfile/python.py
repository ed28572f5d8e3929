"""The Python jobs of a Jobfile: those that its targets name, those in the files of `[project]
jobs`, and the parents of them all.

Knows what jobs declare, as data, from the function that it is given; which target each job is;
and which target stands for a parent. Imports nothing. What a job's arguments are is known in
`arguments`.

Invariant: a job that is broken breaks its own targets; one that contradicts the Jobfile is a
problem of the Jobfile.
"""

from __future__ import annotations

from jobmake.jobfile.declaration import DeclaredTarget, declare_target
from jobmake.jobfile.problems import AtLine
from jobmake.model.declared import DeclaredJob, Undeclared
from jobmake.model.errors import Problem
from jobmake.model.target import FilePattern
from jobmake.tools.pathnames import has_magic, is_outside, normal
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from jobmake.jobfile.files import Matching
    from jobmake.jobfile.include import Joined
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.target import FileKind


class Asked(Value):
    """What is to be declared: jobs by their specs, and all in some ``files``. ``path`` are the
    folders in which modules are looked for."""

    specs: tuple[str, ...]
    files: tuple[str, ...]
    path: tuple[str, ...]


class Told(Value):
    """What was declared. What is neither in ``jobs`` nor in ``wrong`` was left out, because
    nothing may be loaded: parents of jobs are in ``jobs`` by their origin."""

    jobs: Mapping[str, DeclaredJob] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wrong: Mapping[str, Undeclared] = field(default_factory=dict)


if TYPE_CHECKING:
    Declare = Callable[[Asked], Told]


class PythonTarget(Value):
    """What a target's `python` key means. ``job`` is None where it was left out; ``parents``
    are names of targets."""

    spec: str
    job: DeclaredJob | Undeclared | None
    parents: tuple[str, ...] = ()

    @property
    def overrides(self) -> bool:
        """Whether the job says itself whether it is up to date."""
        return isinstance(self.job, DeclaredJob) and bool(self.job.overrides)


def defaults_of(python: PythonTarget) -> dict[str, Any]:
    """Return the defaults of a job's params to which paths may refer."""
    if not isinstance(python.job, DeclaredJob):
        return {}
    plain = (one for one in python.job.fields if one.default is not None)
    return {
        one.name: one.default.data
        for one in plain
        if one.default and isinstance(one.default.data, (str, bool, int, float))
    }


def nobody(_asked: Asked) -> Told:
    """Declare nothing."""
    return Told()


class PythonTargets(Value):
    """All targets that are Python jobs, by name; ``more`` are those that no Jobfile declares,
    ``merged`` those that it does, with the keys of their classes below its own. ``path`` are
    the folders that modules are looked for in."""

    known: Mapping[str, PythonTarget]
    more: tuple[DeclaredTarget, ...] = ()
    merged: Mapping[str, DeclaredTarget] = field(default_factory=dict)
    path: tuple[str, ...] = (".",)
    reads_code: bool = False  # whether any target's code counts


def python_targets(
    joined: Joined, declare: Declare, matching: Matching, problems: Problems
) -> PythonTargets:
    """Return the Python jobs of a project; what is wrong is noted."""
    targets = [one for file in joined.files for one in file.targets if "python" in one.keys]
    path = _path(joined, problems)
    files = tuple(dict.fromkeys(_files(joined, matching, problems)))
    if not targets and not files:
        scripts = any("imports" in one.keys for file in joined.files for one in file.targets)
        return PythonTargets({}, path=path, reads_code=scripts)
    specs = tuple(dict.fromkeys(str(one.keys["python"]) for one in targets))
    told = declare(Asked(specs, files, path))
    return _Joining(targets, files, told, problems).joined(path)


def _path(joined: Joined, problems: Problems) -> tuple[str, ...]:
    first = joined.files[0]
    found = {".": None}
    for text, place in first.declarations.setting("python_path", first.place):
        folder = normal(text)
        if is_outside(folder):
            problems.value(place, f"`{text}` lies outside the project's folder")
        found[folder] = None
    return tuple(found)


def _files(joined: Joined, matching: Matching, problems: Problems) -> Iterator[str]:
    first = joined.files[0]
    for text, place in first.declarations.setting("jobs", first.place):
        path = normal(text)
        kind: FileKind = "glob" if has_magic(path) else "file"
        found = () if is_outside(path) else matching(FilePattern("", kind, path, place))
        if not found:
            what = "matches no file" if kind == "glob" else "does not exist"
            problems.value(place, f"`{text}` of `jobs` {what}")
        for one in found:
            if one.endswith(".py"):
                yield one
            elif kind == "file":
                problems.value(place, f"`{text}` of `jobs` is no Python file")


class _Joining:
    """Targets and jobs while they are brought together."""

    def __init__(
        self,
        targets: Sequence[DeclaredTarget],
        files: Iterable[str],
        told: Told,
        problems: Problems,
    ) -> None:
        self.targets, self.files, self.told, self.problems = targets, files, told, problems
        self.more: dict[str, DeclaredTarget] = {}
        self.merged: dict[str, DeclaredTarget] = {}
        self.jobs: dict[str, tuple[str, DeclaredJob | Undeclared | None]] = {}  # by target
        self.of_job: dict[str, list[str]] = {}  # targets by the origin of their job

    def joined(self, path: tuple[str, ...]) -> PythonTargets:
        for one in self.targets:
            self._add_declared(one)
        for file in self.files:
            self._add_file(file)
            left_out = file not in self.told.files and file not in self.told.wrong
            self.problems.incomplete = self.problems.incomplete or left_out
        parents = self._all_parents()
        known = {
            name: PythonTarget(spec, job, parents.get(name, ()))
            for name, (spec, job) in self.jobs.items()
        }
        return PythonTargets(known, tuple(self.more.values()), self.merged, path, True)

    def _add_declared(self, one: DeclaredTarget) -> None:
        spec = one.keys["python"]
        job = self.told.jobs.get(spec) or self.told.wrong.get(spec)
        if isinstance(job, Undeclared) and not job.broken:
            self.problems.value((*one.place, "python"), job.message, job.hint)
            self.problems.doubtful.add(one.name)
        if isinstance(job, DeclaredJob):
            self._merge(one, job)
            if job.kind == "function" and "runtime" in one.keys:
                self.problems.key(
                    (*one.place, "runtime"),
                    f"`runtime` of target `{one.name}` is for a Job, and `{spec}` is a function",
                    "what a function is given are `params`",
                )
        self._put(one.name, spec, job)

    def _merge(self, one: DeclaredTarget, job: DeclaredJob) -> None:
        below = self._declared(one.name.rpartition("/")[2], job)
        if below is not None:
            self.merged[one.name] = replace(one, keys={**below.keys, **one.keys})

    def _declared(self, name: str, job: DeclaredJob) -> DeclaredTarget | None:
        """Return the target that a job declares by itself."""
        takes = {"resources": {"cpu": job.slices}} if (job.slices or 0) > 1 else {}
        table = {"doc": job.doc, **takes, **job.keys, "python": job.spec}
        return declare_target(name, table, (AtLine(job.file, job.line),), self.problems)

    def _put(self, name: str, spec: str, job: DeclaredJob | Undeclared | None) -> None:
        self.jobs[name] = spec, job
        if isinstance(job, DeclaredJob):
            self.of_job.setdefault(job.origin, []).append(name)

    def _add_file(self, file: str) -> None:
        """Add a target for each job in a file that the Jobfile names no target for."""
        wrong = self.told.wrong.get(file)
        if wrong is not None and not wrong.broken:
            self.problems.add(_problem(wrong))
        elif wrong is not None and not any(one in self.told.jobs for one in self._specs(file)):
            name = file.removesuffix(".py")
            self.more[name] = DeclaredTarget(name, {"python": file}, (AtLine(file, wrong.line),))
            self._put(name, file, wrong)
        for spec in self._specs(file):
            job = self.told.jobs.get(spec)
            if job is not None and not self.of_job.get(job.origin):
                self._add_job(job, wrong)

    def _specs(self, file: str) -> tuple[str, ...]:
        return self.told.files.get(file, ())

    def _add_job(self, job: DeclaredJob, wrong: Undeclared | None = None) -> None:
        place: Path = (AtLine(job.file, job.line),)
        if job.name in self.jobs or job.name in self.more:
            other = self.jobs[job.name][1]
            where = (
                f"{other.file}:{other.line}" if isinstance(other, DeclaredJob) else "the Jobfile"
            )
            self.problems.key(
                place,
                f"two jobs have the name `{job.name}`: the other is in {where}",
                "give one of them a name of its own",
            )
            return
        declared = self._declared(job.name, job)
        if declared is not None:
            self.more[job.name] = declared
        self._put(job.name, job.spec, wrong or job)
        if wrong is not None:
            self.of_job.setdefault(job.origin, []).append(job.name)

    def _all_parents(self) -> dict[str, tuple[str, ...]]:
        """Return the targets that stand for the parents of each target's job; add those that
        nobody has declared."""
        found: dict[str, tuple[str, ...]] = {}
        todo = list(self.jobs)
        while todo:
            name = todo.pop()
            job = self.jobs[name][1]
            if name in found or not isinstance(job, DeclaredJob):
                continue
            parents = []
            for origin in job.parents:
                parent = self._parent(name, origin)
                if parent is not None:
                    parents.append(parent)
                    todo.append(parent)
            found[name] = tuple(parents)
        return found

    def _parent(self, name: str, origin: str) -> str | None:
        job = self.told.jobs.get(origin)
        targets = self.of_job.get(origin, [])
        if not targets and job is not None:
            self._add_job(job)
            targets = self.of_job.get(origin, [])
        if len(targets) > 1:
            named = [one for one in targets if job is not None and one == job.name]
            if not named:
                self._note_choice(name, origin, targets)
            targets = named
        return targets[0] if targets else None

    def _note_choice(self, name: str, origin: str, targets: Sequence[str]) -> None:
        names = " and ".join(f"`{one}`" for one in targets)
        place = next(
            (one.place for one in (*self.targets, *self.more.values()) if one.name == name), ()
        )
        self.problems.key(
            place,
            f"`{name}` has the parent `{origin}`, which is the job of the targets {names}",
            "let each be a subclass with a name of its own, and name one of these as the parent",
        )


def _problem(wrong: Undeclared) -> Problem:
    return Problem(wrong.message, wrong.hint, wrong.file or None, wrong.line or None)
