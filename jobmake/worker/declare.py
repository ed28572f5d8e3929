"""What Job classes and functions declare, told as data.

    {"specs": [...], "files": [...]}  ──▶  {"jobs": {spec: job}, "files": {file: [spec]},
                                            "wrong": {spec or file: why}}

Knows Python objects. Does not know targets. A job that cannot be declared breaks nothing else.
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import TYPE_CHECKING, Any

from jobmake.model.declared import OVERRIDABLE, DeclaredJob, Field, Given, Undeclared
from jobmake.python.job import Job
from jobmake.python.making import check_name, parents_of
from jobmake.python.params import MISSING, params_of
from jobmake.values.codec import to_json, value_text
from jobmake.values.fields import FieldError, convert
from jobmake.values.schema import hints_of, schema_of
from jobmake.values.trouble import NotKept
from jobmake.worker import report
from jobmake.worker.importing import NoSuchObjectError, find, load
from jobmake.worker.looks import hands_on_more, line_of, looks_above

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PHASES = ("prepare", "analysis", "synthesis")


class NotAJobError(Exception):
    """An object is no job, or one that contradicts itself."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Declaring:
    """Declares what is asked for, and all parents."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.jobs: dict[str, DeclaredJob] = {}
        self.files: dict[str, list[str]] = {}
        self.wrong: dict[str, Undeclared] = {}

    def all(self, specs: Sequence[str], files: Sequence[str]) -> None:
        """Declare jobs by their specs, and all that are in some files."""
        for file in files:
            self._guarded(file, lambda file=file: self._file(file))
        for spec in specs:
            self._guarded(spec, lambda spec=spec: self._declare(spec))

    def _guarded(self, name: str, declare: Any) -> None:
        try:
            declare()
        except NotAJobError as error:
            self.wrong[name] = Undeclared(str(error), error.hint)
        except NoSuchObjectError as error:
            from jobmake.tools.hints import did_you_mean

            hint = did_you_mean(error.name, error.names)
            self.wrong[name] = Undeclared(str(error), hint)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # what project code raises on import may be anything
            report.strip(error)
            self.wrong[name] = self._broken(name, error)

    def _broken(self, name: str, error: BaseException) -> Undeclared:
        message, hint = report.said(error, self._root)
        module = name.partition(":")[0]
        file, line = report.where(error, self._root) or (module, 0)
        return Undeclared(f"`{module}` cannot be imported: it {message}", hint, True, file, line)

    def _file(self, file: str) -> None:
        module = load(module_of(file), self._root)
        found = []
        for one in list(vars(module).values()):
            is_own = isinstance(one, type) and one.__module__ == module.__name__
            if is_own and issubclass(one, Job) and has_name(one):
                found.append(self._add(one, f"{module_of(file)}:{one.__qualname__}"))
        self.files[file] = list(dict.fromkeys(found))

    def _declare(self, spec: str) -> None:
        found = find(spec, self._root)
        if isinstance(found, type) and issubclass(found, Job):
            self._add(found, spec)
        elif callable(found) and not isinstance(found, type):
            self.jobs[spec] = self._function(found, spec)
        else:
            raise NotAJobError(
                f"`{spec}` is neither a Job class nor a function",
                "a Job class is `class Name(jobmake.Job)`",
            )

    def _add(self, kind: type[Job], spec: str) -> str:
        """Declare a class and all above it; the specs of parents follow from their modules."""
        todo = [(kind, spec)]
        while todo:
            one, name = todo.pop()
            if name not in self.jobs:
                above = [(parent, spec_of(parent)) for parent in parents_of(one)]
                self.jobs[name] = self._job(one, name, tuple(name for _, name in above))
                todo.extend(above)
        return spec

    def _job(self, kind: type[Job], spec: str, parents: tuple[str, ...]) -> DeclaredJob:
        if not has_name(kind):
            raise NotAJobError(
                f"`{spec}` has no name of its own", 'write `name = "…"` in the class'
            )
        try:
            check_name(kind.name, kind)
        except TypeError as error:
            raise NotAJobError(str(error)) from None
        phases = [phase for phase in PHASES if hasattr(kind, phase)]
        if kind.run is Job.run and not phases:
            raise NotAJobError(f"`{spec}` has no `run`", "`run` does the work of a job")
        file, line = self._place(kind)
        return DeclaredJob(
            spec=spec,
            origin=spec_of(kind),
            kind="job",
            name=kind.name,
            doc=_first_line(kind.__doc__ if "__doc__" in vars(kind) else None),
            fields=tuple(_fields(kind)),
            parents=parents,
            keys=dict(kind.target),
            outputs=tuple(kind.outputs_to_cache),
            overrides=tuple(one for one in OVERRIDABLE if getattr(kind, one) != getattr(Job, one)),
            slices=_slices(kind, phases),
            pickle=kind.pickle,
            hands_on_more=hands_on_more(kind, Job),
            looks_above=looks_above(kind, Job, _names_above(kind)),
            file=file,
            line=line,
        )

    def _function(self, function: Any, spec: str) -> DeclaredJob:
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            raise NotAJobError(f"`{spec}` does not say what its arguments are") from None
        hints = hints_of(inspect.unwrap(function))
        fields = []
        rest = row = False
        for one in signature.parameters.values():
            if one.kind is one.POSITIONAL_ONLY:
                raise NotAJobError(
                    f"`{spec}` takes `{one.name}` by position only", "arguments are given by name"
                )
            if one.kind is one.VAR_KEYWORD:
                rest = True
            elif one.kind is one.VAR_POSITIONAL:
                row = True
            else:
                default = MISSING if one.default is one.empty else one.default
                fields.append(_field(one.name, schema_of(hints.get(one.name, Any)), default))
        file, line = self._place(function)
        return DeclaredJob(
            spec=spec,
            origin=spec,
            kind="function",
            name=getattr(function, "__name__", spec.rpartition(":")[2]),
            doc=_first_line(function.__doc__),
            fields=tuple(fields),
            pickle=bool(getattr(function, "pickle", False)),
            rest=rest,
            row=row,
            file=file,
            line=line,
        )

    def _place(self, found: Any) -> tuple[str, int]:
        plain = inspect.unwrap(found)
        try:
            name = inspect.getsourcefile(plain) or ""
        except (TypeError, OSError):  # typed in
            return "", 0
        code = getattr(plain, "__code__", None)
        line = line_of(plain) if code is None else code.co_firstlineno
        inside = name.startswith(self._root + os.sep)
        return (name[len(self._root) + 1 :] if inside else name), line


def declared_class(kind: type[Job], root: str) -> DeclaredJob:
    """Return what a class of this process declares; its file is seen from ``root``. A class
    that stands in a function is that function's, for those who read its code."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    module, name = kind.__module__, kind.__qualname__.partition(".<locals>")[0]
    if module == "__main__" and file and os.path.isfile(file):
        module = os.path.relpath(os.path.realpath(file), root)
    above = tuple(spec_of(parent) for parent in parents_of(kind))
    return Declaring(root)._job(kind, f"{module}:{name}", above)


def has_name(kind: type[Job]) -> bool:
    """Say whether a class, or one that it comes from below Job, has a name of its own."""
    return kind.name != Job.name


def spec_of(kind: type) -> str:
    """Return the spec of a class that was imported."""
    return f"{kind.__module__}:{kind.__qualname__}"


def module_of(file: str) -> str:
    """Return how the module of a file of the project is named, where that can be a name."""
    parts = file.removesuffix(".py").split("/")
    return ".".join(parts) if all(part.isidentifier() for part in parts) else file


def _fields(kind: type[Job]) -> Iterator[Field]:
    for one in params_of(kind, Job).values():
        yield _field(one.name, one.schema, one.default)


def _field(name: str, schema: Any, default: Any) -> Field:
    if default is MISSING:
        return Field(name, schema, required=True)
    try:
        value = default if default is None else convert(schema, default, name)
        return Field(name, schema, required=False, default=Given(value_text(value), to_json(value)))
    except (NotKept, FieldError):
        return Field(name, schema, required=False)  # its code counts, its value cannot


def _slices(kind: type[Job], phases: list[str]) -> int | None:
    """Return in how many parts a job works: None of one that has `run` and no phases."""
    if not phases:
        return None
    if kind.run is not Job.run:
        raise NotAJobError(
            f"`{spec_of(kind)}` has `run`, and `{phases[0]}` beside it",
            "a job has either `run`, or `prepare`, `analysis` and `synthesis`",
        )
    count = kind.slices if "analysis" in phases else 0
    if type(count) is not int or count < ("analysis" in phases):
        raise NotAJobError(f"`slices` of `{spec_of(kind)}` must be a number from 1 on")
    return count


def _names_above(kind: type[Job]) -> set[str]:
    names: set[str] = set()
    seen: set[type[Job]] = set()
    todo = parents_of(kind)
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            names.add(one.name)
            todo.extend(parents_of(one))
    return names


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0].strip()
