"""What job types of plugins have in common: the table `with`, checked and given.

    class Docker(CommandType):              or PythonType
        name = "docker"

        class With:
            image: str
            options: list[str] = []

        def argv(self, given, run):
            return ["docker", "run", *given.options, given.image, …]

Knows settings and how they reach their author. Does not know what runs: `commandtype` and
`pythontype` do.

Invariant: everything in `with` counts, and so do the defaults of what is not in it, but for what
is named `uncounted`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from jobmake.jobfile.given import Files, before_a_run, defaults_of, filled, given, texts_in
from jobmake.jobfile.typed import masked_settings, shown_settings
from jobmake.jobs.python import roled
from jobmake.jobs.returned import variables as texts_of_variables
from jobmake.jobs.thisrun import ThisRun, run_data, this_run
from jobmake.model.bindings import FILE_ROOTS, lookup, scope_value
from jobmake.model.commandtext import is_secret
from jobmake.model.environment import environment
from jobmake.model.errors import TargetError
from jobmake.model.fault import Fault
from jobmake.model.secrets import MASK
from jobmake.tools.template import TemplateError
from jobmake.tools.tomltext import value as toml_value
from jobmake.values.codec import value_text
from jobmake.values.trouble import NotKept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobmake.jobfile.given import Resolve
    from jobmake.model.bindings import Bindings
    from jobmake.model.fault import Steps
    from jobmake.model.target import Manner, Scope
    from jobmake.tools.template import Placeholder


class TypedJob:
    """A job type whose settings are the annotations of a class ``With``.

    ``reads`` names settings that are files: they are sources of the target without being named
    there, `{sources.NAME}`. ``uncounted`` names settings that make no difference to outputs, such
    as a number of tries. Raise ``version`` when the same settings come to mean another.
    """

    name: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    With: ClassVar[Any] = None
    reads: ClassVar[tuple[str, ...]] = ()
    uncounted: ClassVar[tuple[str, ...]] = ()

    # -- what authors may give ----------------------------------------------------------

    def check(self, given: Any, keys: Mapping[str, Any]) -> Iterable[Fault]:
        """Return what is wrong with settings, or with other keys of the target, beyond types.

        Asked when the Jobfile is read, where what only a run knows stands as it was written;
        and again before a run.
        """
        return ()

    def env(self, given: Any, run: ThisRun) -> Mapping[str, str | int | float]:
        """Return variables to set for a run; those of the target itself go before."""
        return {}

    def refuses(self) -> Mapping[str, str | None]:
        """Return the keys of a target for which it has no use, each perhaps with a hint."""
        return {
            "shell": None,
            "interpreter": None,
            "imports": "name the scripts in `sources`",
        }

    # -- what the engine asks -----------------------------------------------------------

    def validate(self, keys: Mapping[str, Any], scope: Scope) -> Iterator[Fault]:
        """Yield what is wrong with the settings of a target."""
        table = keys.get("with", {})
        found, faults = given(self.With, table, before_a_run(scope))
        yield from faults or self.check(found, keys)

    def defaults(self) -> Mapping[str, Any]:
        """Return the defaults of settings, those that TOML lacks as texts."""
        return {name: _plain(one) for name, one in defaults_of(self.With).items()}

    def files_read(self, settings: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
        """Yield the settings that are files."""
        for name in self.reads:
            yield from texts_in(settings["with"].get(name), ("with", name))

    def texts(self, settings: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
        """Yield every text in the settings."""
        yield from texts_in(settings["with"], ("with",))

    def more(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing: all that it knows is a setting."""
        yield from ()

    def problems(
        self, place: Steps, text: str, manner: Manner
    ) -> Iterator[tuple[str, Placeholder, str | None]]:
        """Yield nothing: a value can stand anywhere in a text that no shell reads."""
        yield from ()

    # -- for the kinds of them ----------------------------------------------------------

    def _jobmake_filled(self, bindings: Bindings, *, masked: bool = False) -> dict[str, Any]:
        """Return the settings of a run, secrets perhaps masked. Raises TargetError."""
        settings = bindings.target.settings
        table = masked_settings(settings["with"]) if masked else settings["with"]
        try:
            found = filled(self.With, table, _in_run(bindings, masked))
        except TemplateError as error:
            raise TargetError(f"`with`: {error.message}", error.hint) from None
        for name in dict.fromkeys(steps[1] for steps, _, _ in settings["reads"]):
            found[name] = _paths(name, found[name], bindings)
        return found

    def _jobmake_given(self, table: Mapping[str, Any]) -> Any:
        """Return what an author is given for settings that are filled in. Raises TargetError."""
        found, faults = given(self.With, table, None)
        for fault in faults:
            raise TargetError(f"`{'.'.join(map(str, fault.steps))}` {fault.message}", fault.hint)
        return found

    def _jobmake_checked(self, table: Mapping[str, Any], bindings: Bindings) -> Any:
        """Return it once more, if the author has nothing against it. Raises TargetError."""
        found = self._jobmake_given(table)
        for fault in self.check(found, bindings.target.settings["keys"]):
            raise TargetError(f"`{'.'.join(map(str, fault.steps))}` {fault.message}", fault.hint)
        return found

    def _jobmake_variables(self, bindings: Bindings, found: Any) -> dict[str, str]:
        """Return the environment of a run, with what the type sets. Raises TargetError."""
        variables = environment(bindings)
        own = dict(bindings.target.env)
        returned = self.env(found, this_run(run_data(bindings), variables))
        for name, text in texts_of_variables(self, returned, bindings.project).items():
            if name not in own and not name.startswith("JOBMAKE_"):
                variables[name] = text
        return variables

    def _jobmake_in_short(self, bindings: Bindings) -> str:
        return shown_settings(self.name, bindings.target.settings["with"])


def _plain(value: Any) -> Any:
    """Return a value that TOML has, a text in place of any other."""
    try:
        toml_value(value)
    except (TypeError, ValueError):
        try:
            return value_text(value)
        except NotKept:
            return f"a {type(value).__qualname__}"
    return value


def _in_run(bindings: Bindings, masked: bool) -> Resolve:
    """Return what tells the values of placeholders in a run."""

    def resolve(part: Placeholder) -> Any:
        if masked and is_secret(part):
            return MASK
        if part.root in FILE_ROOTS:
            return _files(part, bindings)
        if part.root in ("params", "matrix", "each", "env"):
            target = bindings.target
            return scope_value(part, target.scope, bindings.environ, target.cwd)
        return lookup(part, bindings)[0]

    return resolve


def _files(part: Placeholder, bindings: Bindings) -> Files:
    found = Files(map(str, lookup(part, bindings)))
    patterns = getattr(bindings.target, part.root)
    groups = roled(getattr(bindings, part.root), patterns)
    if part.steps and isinstance(part.steps[0], int):
        groups = groups[part.steps[0] : part.steps[0] + 1]
    elif part.steps:
        groups = [one for one in groups if one[0] == part.steps[0]]
    found.is_one = len(groups) == 1 and groups[0][1] and len(found) == 1
    return found


def _paths(name: str | int, value: Any, bindings: Bindings) -> Any:
    """Return a setting that is a file, or several, as the run sees them."""
    sources, cwd = dict(bindings.sources), bindings.target.cwd
    reads = bindings.target.settings["reads"]
    role = next(role for steps, role, _ in reads if steps[1] == name)
    found = [os.path.relpath(path, cwd) for path in sources.get(role, ())]
    return found[0] if isinstance(value, str) and len(found) == 1 else found or value
