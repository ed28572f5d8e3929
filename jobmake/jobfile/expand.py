"""From declared targets to Targets: instances, paths, tracked params.

Knows what may stand where in a Jobfile. Looks at no file, and at no other target than
the one at hand: who makes an input is found out in `link`.

Invariant: every param that a target's command refers to is tracked, so that no change of
one goes unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

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
from jobmake.jobfile.manner import checks_of, commands_of, demands_of, handling_of, manner_of
from jobmake.jobfile.params import find, leaves, merged
from jobmake.jobfile.python import PythonTarget, defaults_of
from jobmake.jobfile.schema import ACTIONS, JOB_TYPES
from jobmake.jobfile.unlinked import Reference, UnlinkedTarget
from jobmake.model.bindings import (
    ANY_PATH,
    FILE_ROOTS,
    PATH_ROOTS,
    ROOTS,
    scalars,
    scope_value,
    text_of,
)
from jobmake.model.commandtext import POSIX, unsafe
from jobmake.model.target import SHELL, FilePattern, Manner, Published, Scope, Target
from jobmake.tools.hints import did_you_mean
from jobmake.tools.quantities import seconds
from jobmake.tools.template import Placeholder, TemplateError, parse, placeholders
from jobmake.tools.tomltext import key as toml_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import JobType


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all targets of a Jobfile share while they are expanded. ``folder`` is where it
    lies, seen from the project's; ``prefix`` is what its targets' names begin with; ``python``
    are the targets that are Python jobs, by name."""

    params: Mapping[str, Any]
    environ: Mapping[str, str]
    job_types: Mapping[str, JobType]
    lock_names: tuple[str, ...]
    problems: Problems
    shell: tuple[str, ...] = SHELL
    folder: str = "."
    prefix: str = ""
    python: Mapping[str, PythonTarget] = field(default_factory=dict)


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
        yield _Expansion(declared, around, {}, {}).target()
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
        self.tracked: dict[str, Any] = {}
        self.read_variables: dict[str, None] = dict.fromkeys(self.keys.get("env_inputs", ()))

    def target(self) -> UnlinkedTarget:
        """Return the target; what is wrong has been noted by then."""
        keys = self.keys
        job_type = next((JOB_TYPES[key] for key in ACTIONS if key in keys), None)
        settings = commands_of(keys)
        inputs, sources = self._files("inputs"), self._files("sources")
        outputs = tuple(
            one
            for one in self._files("outputs")
            if isinstance(one, FilePattern)
            and check_output(one, self.around.lock_names, self.problems)
        )
        if self.python is not None:
            settings |= self._python_settings(self.python)
        self._track_declared_params()
        manner = manner_of(keys, self.around.shell, self._written(), self.place, self.problems)
        if job_type is not None:
            self._check_action(job_type, settings, manner)
        env, axes = self._env(), {**self.scope.matrix, **self.scope.each}
        self._check_probes()
        target = Target(
            name=instance_name(self.declared.name, axes) if axes else self.declared.name,
            family=self.declared.name,
            job_type=job_type,
            settings=settings,
            scope=self.scope,
            outputs=outputs,
            params=tuple(sorted(self.tracked.items())),
            env=env,
            env_inputs=tuple(sorted(self.read_variables)),
            matrix=tuple(sorted(axes.items())),
            version=keys.get("version"),
            checks=checks_of(keys, own=self.python is not None and self.python.overrides),
            cwd=self._path("cwd") or self.around.folder,
            manner=manner,
            demands=demands_of(keys),
            handling=handling_of(keys),
            depfile=self._depfile(),
            probes=tuple(keys.get("probes", ())),
            max_age=seconds(keys["max_age"]) if "max_age" in keys else None,
            publish=self._published(outputs),
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
        self.tracked.update(given.tracked)
        return {**python_settings(python, given), "runtime": self.keys.get("runtime", {})}

    def _files(self, key: str) -> tuple[FilePattern | Reference, ...]:
        found: list[FilePattern | Reference] = []
        for role, entry, place in entries(self.keys.get(key, []), (*self.place, key)):
            marks = entry if isinstance(entry, dict) else {}
            text = marks.get("path", entry)
            if text.startswith("@") and key != "outputs":
                name = self._need(text[1:], place)
                if name is not None:
                    found.append(Reference(role, name, place))
                continue
            try:
                one = pattern(role, text, place, self.ground)
            except TemplateError as error:
                self.problems.value(place, error.message, error.hint, error.text)
                continue
            if key == "outputs":
                found.append(self._marked(one, marks))
            elif check_input(one, self.problems):
                found.append(one)
        return tuple(found)

    def _marked(self, one: FilePattern, own: Mapping[str, Any]) -> FilePattern:
        """Return an output with what is special about it: said of it, or of all of them."""
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
            self._check_text((*self.place, "env", name), text)
        return env

    def _track_declared_params(self) -> None:
        declared = self.keys.get("params", ())
        if isinstance(declared, dict):
            if self.python is not None:
                return  # they are given to the job, typed
            for name, value in declared.items():
                self.tracked.update(leaves(toml_key(name), value))
            return
        for index, dotted in enumerate(declared):
            self._track(dotted, (*self.place, "params", index), dotted)

    def _track(self, dotted: str, place: Path, piece: str) -> None:
        found = find(self.scope.params, dotted)
        if found is None:
            known = [
                path for key, value in self.scope.params.items() for path, _ in leaves(key, value)
            ]
            self.problems.value(
                place, f"there is no param `{dotted}`", did_you_mean(dotted, known), piece
            )
            return
        self.tracked.update(leaves(*found))

    def _check_action(self, job_type: str, settings: Mapping[str, Any], manner: Manner) -> None:
        kind = self.around.job_types[job_type]
        for steps, text in kind.texts(settings):
            place = (*self.place, *steps)
            self._check_text(place, text)
            for message, part, hint in kind.problems(steps, text, manner):
                before = text.count(part.text, 0, part.at)
                self.problems.value(place, message, hint, part.text, before)

    def _check_probes(self) -> None:
        """A probe is asked before there is a run: it refers to no files."""
        for index, text in enumerate(self.keys.get("probes", ())):
            place = (*self.place, "probes", index)
            self._check_text(place, text)
            for part in placeholders(parse(text, ROOTS, [])):
                if part.root not in PATH_ROOTS:
                    message = f"`{part.text}` has no meaning in a probe"
                    self.problems.value(place, message, None, part.text)
            for message, part, hint in unsafe(text, POSIX):
                self.problems.value(place, message, hint, part.text)

    def _check_text(self, place: Path, text: str) -> None:
        """Check one text of the action, and track what it refers to."""
        errors: list[TemplateError] = []
        for placeholder in placeholders(parse(text, ROOTS, errors)):
            try:
                self._check_placeholder(placeholder)
            except TemplateError as error:
                errors.append(error)
        for wrong in errors:
            self.problems.value(place, wrong.message, wrong.hint, wrong.text)

    def _check_placeholder(self, placeholder: Placeholder) -> None:
        root, steps = placeholder.root, placeholder.steps
        if root in FILE_ROOTS:
            self._check_role(placeholder)
        elif root == "env" and steps:
            # whether it is set is seen when the target is judged, not in a listing
            self.read_variables[str(steps[0])] = None
        elif root in ("params", "matrix", "each", "env"):
            value = scope_value(placeholder, self.scope, {})
            for one in scalars(placeholder, value):
                text_of(placeholder, one)
            if root == "params":
                self._track_steps(steps)

    def _track_steps(self, steps: tuple[str | int, ...]) -> None:
        """Track the param that a placeholder names; of a list, the whole list counts."""
        names = []
        for step in steps:
            if isinstance(step, int):
                break
            names.append(toml_key(step))
        found = find(self.scope.params, ".".join(names))
        if found is not None:
            self.tracked.update(leaves(*found))

    def _check_role(self, placeholder: Placeholder) -> None:
        if not placeholder.steps:
            return
        step, root = placeholder.steps[0], placeholder.root
        roles = [role for role, _, _ in entries(self.keys.get(root, []), ())]
        known = dict.fromkeys(roles)
        if len(placeholder.steps) > 1 or (
            step >= len(known) if isinstance(step, int) else step not in known or step.isdigit()
        ):
            named = [role for role in known if not role.isdigit()]
            raise TemplateError(
                f"`{placeholder.text}`: the target has no such entry in `{root}`",
                placeholder.text,
                did_you_mean(str(step), named)
                or (f"it has {', '.join(f'`{name}`' for name in named)}" if named else None),
            )

    def _path(self, key: str) -> str | None:
        """Return the one path that a key holds, or None."""
        return self._one_path(self.keys.get(key), (*self.place, key))

    def _one_path(self, text: str | None, place: Path) -> str | None:
        if text is None:
            return None
        try:
            return pattern("", text, place, self.ground).path
        except TemplateError as error:
            self.problems.value(place, error.message, error.hint, error.text)
            return None

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
            self._check_text(place, text)
            path = self._one_path(name, place)
            one = FilePattern("", "file", path or name, place)
            if path and check_output(one, self.around.lock_names, self.problems):
                found.append((path, text))
        return tuple(sorted(found))

    def _published(self, outputs: tuple[FilePattern, ...]) -> tuple[Published, ...]:
        found = []
        made = {output.path for output in outputs}
        for name, entry in self.keys.get("publish", {}).items():
            place = (*self.place, "publish", name)
            given = entry if isinstance(entry, dict) else {"path": entry}
            path, output = self._one_path(name, place), self._one_path(given["path"], place)
            if path is None or output is None:
                continue
            if output not in made:
                self.problems.value(
                    place,
                    f"`publish` names `{output}`, which is no output of `{self.declared.name}`",
                    did_you_mean(output, made),
                )
            elif check_output(FilePattern("", "file", path, place), (), self.problems):
                found.append(Published(path, output, given.get("copy", False), place))
        return tuple(found)
