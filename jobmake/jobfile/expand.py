"""From declared targets to Targets: instances, paths, tracked params.

Knows what may stand where in a Jobfile. Looks at no file, and at no other target than
the one at hand: who makes an input is found out in `link`. What texts refer to is in `tracking`.

Invariant: every text of a target that may hold placeholders is checked and tracked.
"""

from __future__ import annotations

from functools import partial
from itertools import product

from jobmake.jobfile import manner as how
from jobmake.jobfile.agreement import job_type_of
from jobmake.jobfile.checks import (
    JUST_USUAL,
    OF_CHECKS,
    AskedCheck,
    ForChecks,
    check_facts,
    checks_of,
    names_of,
    texts_in,
)
from jobmake.jobfile.files import (
    Ground,
    check_input,
    check_output,
    entries,
    expanded_need,
    pattern,
    roles,
)
from jobmake.jobfile.instances import combinations, instance_name
from jobmake.jobfile.params import leaves, merged
from jobmake.jobfile.publish import published
from jobmake.jobfile.python import PythonTarget, defaults_of
from jobmake.jobfile.tracking import Tracking
from jobmake.jobfile.typed import check_settings, typed_settings
from jobmake.jobfile.unlinked import Reference, UnlinkedTarget
from jobmake.model.bindings import (
    ANY_PATH,
    FILE_ROOTS,
    PATH_ROOTS,
    ROOTS,
)
from jobmake.model.commandtext import POSIX, unsafe
from jobmake.model.target import SHELL, FilePattern, Manner, Scope, Target
from jobmake.tools.quantities import seconds
from jobmake.tools.template import TemplateError, parse, placeholders
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from typing import Any

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import Check, JobType


_MARKS = frozenset(("temp", "keep", "cache"))


class Surroundings(Value):
    """What all targets of a Jobfile share while they are expanded. ``folder`` is where it
    lies, seen from the project's; ``prefix`` is what its targets' names begin with; ``python``
    are the targets that are Python jobs, by name; ``usual`` are the checks of targets that ask
    for none."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    job_types: Mapping[str, JobType]
    lock_names: tuple[str, ...]
    problems: Problems
    shell: tuple[str, ...] = SHELL
    folder: str = "."
    prefix: str = ""
    python: Mapping[str, PythonTarget] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    usual: tuple[AskedCheck, ...] = ()


_NONE: Mapping[str, Any] = {}  # one for all: there are many targets


def expand(
    declared: DeclaredTarget,
    around: Surroundings,
    files: Iterable[Mapping[str, str]] = ({},),
    *,
    told: bool = False,
) -> Iterator[UnlinkedTarget]:
    """Yield the target, or its instances; what is wrong is noted once per declaration.

    ``files`` are those of `each`: for every one of its instances the path on each axis.
    ``told``: what is wrong with every instance has been noted before.
    """
    matrix = declared.keys.get("matrix", {})
    if not matrix and "each" not in declared.keys:
        yield _Expansion(declared, around, _NONE, _NONE).target()
        return
    seen: dict[str, None] = {}
    found = around.problems.found  # the same would be said of every instance
    for values, each in product(combinations(matrix), files):
        name = instance_name(declared.name, {**values, **each})
        if name in seen:
            around.problems.value(
                (*declared.place, "matrix"), f"two instances are `{name}`", "leave one value out"
            )
            return
        seen[name] = None
        before = len(found)
        yield _Expansion(declared, around, values, each).target()
        if told:
            del found[before:]
        told = told or len(found) > before


class _Expansion:
    """One instance in the making: the declaration, the values of its axes, what is shared."""

    def __init__(
        self,
        declared: DeclaredTarget,
        around: Surroundings,
        matrix: Mapping[str, Any],
        each: Mapping[str, str],
    ) -> None:
        self.declared, self.around = declared, around
        self.keys, self.place = declared.keys, declared.place
        self.problems = around.problems
        self.python = around.python.get(declared.name)
        own = self.keys.get("params")
        below = merged(defaults_of(self.python), around.params) if self.python else around.params
        params = merged(below, own) if isinstance(own, dict) else below
        self.scope = Scope(params, matrix, each)
        self.ground = Ground(self.scope, around.environ, around.folder)
        self.is_shape = ANY_PATH in each.values()
        self.job_type = job_type_of(self.keys)
        self.kind = around.job_types.get(self.job_type or "")
        self.settings = how.commands_of(self.keys)
        if self.kind is not None and "type" in self.keys:
            own_roles = tuple(role for role, _, _ in entries(self.keys.get("sources", []), ()))
            self.settings = typed_settings(self.kind, self.keys, own_roles)
        variables = self.keys.get("env_inputs", ())
        named = partial(_roles, self.keys, self.settings)  # no method: that would be a circle
        self.tracking = Tracking(self.scope, self.problems, named, variables)

    def target(self) -> UnlinkedTarget:
        """Return the target; what is wrong has been noted by then."""
        keys = self.keys
        inputs, sources = self._files("inputs"), (*self._files("sources"), *self._read())
        outputs = tuple(
            one
            for one in self._files("outputs")
            if isinstance(one, FilePattern)
            and check_output(one, self.around.lock_names, self.problems)
        )
        if self.python is not None:
            self.settings = {**self.settings, **self._python_settings(self.python)}
        self._track_declared_params()
        manner = how.manner_of(keys, self.around.shell, self._written(), self.place, self.problems)
        if self.kind is not None:
            self._check_action(self.kind, manner)
        checks = self._checks()
        env, axes = self._env(), {**self.scope.matrix, **self.scope.each}
        self._check_probes()
        target = Target(
            name=instance_name(self.declared.name, axes) if axes else self.declared.name,
            family=self.declared.name,
            job_type=self.job_type,
            settings=self.settings,
            scope=self.scope,
            inputs=self._known(inputs),
            sources=self._known(sources),
            outputs=outputs,
            params=tuple(sorted(self.tracking.params.items())),
            env=env,
            env_inputs=tuple(sorted(self.tracking.variables)),
            matrix=tuple(sorted(axes.items())),
            version=keys.get("version"),
            checks=names_of(checks),
            check_settings={one.name: one.settings for one in checks if one.settings} or _NONE,
            cwd=self._path("cwd") or self.around.folder,
            manner=manner,
            demands=how.demands_of(keys),
            handling=how.handling_of(keys),
            depfile=self._depfile(),
            probes=tuple(keys.get("probes", ())),
            max_age=seconds(keys["max_age"]) if "max_age" in keys else None,
            service=how.service_of(keys),
            publish=published(self.declared, outputs, self._one_path, self.problems),
            tags=tuple(keys.get("tags", ())),
            doc=keys.get("doc", ""),
            place=self.place,
        )
        needs, after = (*self._parents(), *self._needs("needs")), self._needs("after")
        return UnlinkedTarget(target, inputs, sources, needs, after, self.around.prefix)

    def _python_settings(self, python: PythonTarget) -> dict[str, Any]:
        """Return the settings of a Python job, with all that it is given."""
        from jobmake.jobfile.arguments import Around, given_to, python_settings

        if self.is_shape:
            return python_settings(python, None)
        own = self.keys.get("params", {})
        around = Around(
            own=own if isinstance(own, dict) else {},
            axes={**self.scope.matrix, **self.scope.each},
            params=self.around.params,
            roles={key: roles(self.keys.get(key, [])) for key in FILE_ROOTS},
            needs=tuple(text for text, _ in self._needs("needs")),
            place=self.place,
        )
        given = given_to(python, around, self.problems)
        self.tracking.params.update(given.tracked)
        return {**python_settings(python, given), "runtime": self.keys.get("runtime", {})}

    def _files(self, key: str) -> tuple[FilePattern | Reference, ...]:
        found: list[FilePattern | Reference] = []
        for role, entry, place in entries(self.keys.get(key, []), (*self.place, key)):
            if key != "outputs":
                found += self._input(role, entry, place)
                continue
            marks = entry if isinstance(entry, dict) else {}
            one = self._pattern(role, marks.get("path", entry), place)
            if one is not None:
                found.append(self._marked(one, marks))
        return tuple(found)

    def _known(self, entries: tuple[FilePattern | Reference, ...]) -> tuple[FilePattern, ...]:
        """Return files where none of them is one that is still to be found out, else nothing."""
        if self.is_shape or any(isinstance(one, Reference) for one in entries):
            return ()
        files: Any = entries
        return files  # type: ignore[no-any-return]

    def _read(self) -> Iterator[FilePattern | Reference]:
        """Yield the files among the settings, which are sources, too."""
        for steps, role, text in self.settings.get("reads", ()):
            yield from self._input(role, text, (*self.place, *steps))

    def _input(self, role: str, text: str, place: Path) -> Iterator[FilePattern | Reference]:
        """Yield what an input means; nothing where it is wrong."""
        if text.startswith("@"):
            name = self._need(text[1:], place)
            if name is not None:
                yield Reference(role, name, place)
            return
        one = self._pattern(role, text, place)
        if one is not None and check_input(one, self.problems):
            yield one

    def _pattern(self, role: str, text: str, place: Path) -> FilePattern | None:
        try:
            return pattern(role, text, place, self.ground)
        except TemplateError as error:
            self.problems.value(place, error.message, error.hint, error.text)
            return None

    def _marked(self, one: FilePattern, own: Mapping[str, Any]) -> FilePattern:
        """Return an output with what is special about it: said of it, or of all of them."""
        if _MARKS.isdisjoint(own) and _MARKS.isdisjoint(self.keys):
            return one
        given = {**self.keys, **own}
        return replace(
            one,
            temp=given.get("temp", False),
            keep=given.get("keep", False),
            cache=given.get("cache", True),
        )

    def _parents(self) -> Iterator[tuple[str, Path]]:
        for name in self.python.parents if self.python else ():
            yield name, (*self.place, "python")

    def _needs(self, key: str) -> tuple[tuple[str, Path], ...]:
        found = []
        for index, text in enumerate(self.keys.get(key, ())):
            place = (*self.place, key, index)
            name = self._need(text, place)
            if name is not None:
                found.append((name, place))
        return tuple(found)

    def _need(self, text: str, place: Path) -> str | None:
        try:
            name = expanded_need(text, self.scope)
            return None if self.is_shape and "{each" in text else name  # not known yet
        except TemplateError as error:
            self.problems.value(place, error.message, error.hint, error.text)
            return None

    def _env(self) -> tuple[tuple[str, str], ...]:
        env = tuple(sorted(self.keys.get("env", {}).items()))
        for name, text in env:
            self.tracking.text((*self.place, "env", name), text)
        return env

    def _track_declared_params(self) -> None:
        declared = self.keys.get("params", ())
        if isinstance(declared, dict):
            if self.python is not None:
                return  # they are given to the job, typed
            for name, value in declared.items():
                self.tracking.params.update(leaves(toml_key(name), value))
            return
        for index, dotted in enumerate(declared):
            self.tracking.name(dotted, (*self.place, "params", index))

    def _check_action(self, kind: JobType, manner: Manner) -> None:
        told = len(self.problems.found)
        for steps, text in kind.texts(self.settings):
            place = (*self.place, *steps)
            self.tracking.text(place, text, typed=steps[0] == "with")
            for message, part, hint in kind.problems(steps, text, manner):
                before = text.count(part.text, 0, part.at)
                self.problems.value(place, message, hint, part.text, before)
        if len(self.problems.found) == told:
            check_settings(kind, self.keys, self.scope, self.place, self.problems)
        self._check_ready()

    def _checks(self) -> tuple[AskedCheck, ...]:
        own = self.python is not None and self.python.overrides
        around = self.around
        if not (own or around.usual) and OF_CHECKS.isdisjoint(self.keys):
            return JUST_USUAL
        given = ForChecks(self.keys, self.place, around.usual, own)
        found = checks_of(given, around.checks, self.problems)
        texts_in(found, self.problems, self.tracking.text)
        if not self.is_shape:
            check_facts(found, self.scope, around.environ, around.checks, self.problems)
        return found

    def _check_probes(self) -> None:
        """A probe is asked before there is a run: it refers to no files."""
        for index, text in enumerate(self.keys.get("probes", ())):
            place = (*self.place, "probes", index)
            self._check_command(place, text)
            others = [root for root in ROOTS if root not in PATH_ROOTS]
            self._refuse_roots(place, text, others, "a probe")

    def _check_ready(self) -> None:
        service = how.service_of(self.keys)
        for name in ("port", "line", "command") if service else ():
            text, place = getattr(service, name), (*self.place, "ready", name)
            if isinstance(text, str):
                (self._check_command if name == "command" else self.tracking.text)(place, text)
                self._refuse_roots(place, text, FILE_ROOTS, "`ready`")

    def _refuse_roots(self, place: Path, text: str, roots: Container[str], where: str) -> None:
        """Note each placeholder that can stand for nothing where a text is asked for."""
        for part in placeholders(parse(text, ROOTS, [])):
            if part.root in roots:
                message = f"`{part.text}` has no meaning in {where}"
                self.problems.value(place, message, None, part.text)

    def _check_command(self, place: Path, text: str) -> None:
        """Check a text that is given to the shell besides the action."""
        self.tracking.text(place, text)
        for message, part, hint in unsafe(text, POSIX):
            self.problems.value(place, message, hint, part.text)

    def _path(self, key: str) -> str | None:
        """Return the one path that a key holds, or None."""
        return self._one_path(self.keys[key], (*self.place, key)) if key in self.keys else None

    def _one_path(self, text: str | None, place: Path) -> str | None:
        one = None if text is None else self._pattern("", text, place)
        return one.path if one else None

    def _depfile(self) -> str | None:
        path = self._path("depfile")
        if path is not None:
            one = FilePattern("", "file", path, (*self.place, "depfile"))
            check_output(one, self.around.lock_names, self.problems, "depfile")
        return path

    def _written(self) -> tuple[tuple[str, str], ...]:
        """Return path and text of each file that is written before a run."""
        found = []
        for name, text in self.keys.get("files", {}).items():
            place = (*self.place, "files", name)
            self.tracking.text(place, text)
            path = self._one_path(name, place)
            one = FilePattern("", "file", path or name, place)
            if path and check_output(one, self.around.lock_names, self.problems):
                found.append((path, text))
        return tuple(sorted(found))


def _roles(keys: Mapping[str, Any], settings: Mapping[str, Any], key: str) -> Iterator[str]:
    """Yield the name of each input, source or output, once or more."""
    yield from (role for role, _, _ in entries(keys.get(key, []), ()))
    if key == "sources":
        yield from (role for _, role, _ in settings.get("reads", ()))
