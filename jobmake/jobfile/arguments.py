"""What a Python job is given: its params, typed, and the arguments of a function by name.

    a target's own params, its matrix, its files by name, its needs by name   one of these
    a param of the Jobfile                                                     else this
    the default                                                                else this

Knows names and types as data. Does not know Python objects of the project.

Invariant: what is given twice, by nobody, or to nobody, is told when the Jobfile is loaded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobmake.model.declared import DeclaredJob, Given
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import Mutable, Value, field
from jobmake.values.codec import to_json, value_text
from jobmake.values.fields import FieldError, convert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.jobfile.python import PythonTarget
    from jobmake.model.declared import Field

WHOLE = ("inputs", "outputs", "sources")  # arguments that are all files of a kind
RUNNING = "job"  # the argument that is the run itself


class Around(Value):
    """What a target has to give. ``own`` are its params, ``axes`` the values of its matrix and
    `each`, ``params`` all of the Jobfile; ``roles`` the named files of each kind; ``needs`` the
    texts of its needs, in order."""

    own: Mapping[str, Any]
    axes: Mapping[str, Any]
    params: Mapping[str, Any]
    roles: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    place: Path


class Arguments(Mutable):
    """``params`` by name, those that are ``tracked`` (an axis is a part of its own), and for
    a function where each argument comes from: (kind, key)."""

    params: dict[str, Given] = field(default_factory=dict)
    tracked: dict[str, Given] = field(default_factory=dict)
    named: dict[str, tuple[str, str]] = field(default_factory=dict)


def given_to(python: PythonTarget, around: Around, problems: Problems) -> Arguments:
    """Return what the job of a target is given; what is wrong is noted."""
    if not isinstance(python.job, DeclaredJob):
        return Arguments()
    return _Giving(python.job, around, problems).all()


def python_settings(python: PythonTarget, given: Arguments | None) -> dict[str, Any]:
    """Return the settings of the target of a Python job, as its job type knows them."""
    given = given or Arguments()
    return {
        "python": python.spec,
        "job": python.job,
        "parents": python.parents,
        "params": given.params,
        "arguments": given.named,
        "runtime": {},
    }


class _Giving:
    def __init__(self, job: DeclaredJob, around: Around, problems: Problems) -> None:
        self.job, self.around, self.problems = job, around, problems
        self.found = Arguments()

    def all(self) -> Arguments:
        for one in self.job.fields:
            if self.job.kind == "job":
                self._give(one)
            else:
                self._name(one)
        self._refuse_surplus()
        if self.job.row:
            self.found.named["*"] = ("row", "")
        return self.found

    def _give(self, one: Field) -> None:
        """Give a value to a param, or to an argument that is one."""
        around, name = self.around, one.name
        if name in around.own:
            self._put(one, around.own[name], (*around.place, "params", name), tracked=True)
        elif name in around.axes:
            self._put(one, around.axes[name], (*around.place, "matrix", name), tracked=False)
        elif name in around.params:
            self._put(one, around.params[name], ("params", name), tracked=True)
        elif one.default is not None:
            self.found.params[name] = self.found.tracked[name] = one.default
        elif one.required:
            self._note_missing(one)
            return
        else:
            return
        if self.job.kind == "function":
            self.found.named[name] = ("param", name)

    def _put(self, one: Field, value: Any, place: Path, *, tracked: bool) -> None:
        try:
            right = convert(one.schema, value, one.name)
        except FieldError as error:
            self.problems.value(place, error.message, error.hint)
            return
        given = Given(value_text(right), to_json(right))
        self.found.params[one.name] = given
        if tracked:
            self.found.tracked[one.name] = given

    def _name(self, one: Field) -> None:
        """Find out what an argument of a function is."""
        ways = list(self._ways(one.name))
        if len(ways) > 1:
            both = " and ".join(told for told, _, _ in ways)
            self.problems.value(
                (*self.around.place, "python"),
                f"the argument `{one.name}` of `{self.job.spec}` could be {both}",
                "let their names differ",
            )
        elif ways and ways[0][1] != "param":
            self.found.named[one.name] = ways[0][1:]
        elif one.name == RUNNING and not ways:
            self.found.named[one.name] = (RUNNING, "")
        else:
            self._give(one)

    def _ways(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield (how it is told, kind, key) of all that an argument could be."""
        around = self.around
        if name in WHOLE:
            yield f"all `{name}`", name, ""
        if name in around.own:
            yield f"the param `{name}`", "param", name
        if name in around.axes:
            yield f"the axis `{name}`", "param", name
        for kind, roles in around.roles.items():
            if name in roles:
                yield f"`{name}` of the `{kind}`", kind, name
        for number, text in enumerate(around.needs):
            if _as_name(text) == name:
                yield f"the need `{text}`", "need", str(number)

    def _refuse_surplus(self) -> None:
        known = [one.name for one in self.job.fields]
        for name, value in self.around.own.items():
            if name in known:
                continue
            if self.job.rest:
                self.found.named[name] = ("param", name)
                self.found.params[name] = self.found.tracked[name] = Given(
                    value_text(value), to_json(value)
                )
                continue
            what = "param" if self.job.kind == "job" else "argument"
            self.problems.key(
                (*self.around.place, "params", name),
                f"`{self.job.spec}` has no {what} `{name}`",
                did_you_mean(name, known) or _listed(f"its {what}s are", known),
            )

    def _note_missing(self, one: Field) -> None:
        what = "param" if self.job.kind == "job" else "argument"
        around = self.around
        names = [*around.own, *around.axes, *around.params, *map(_as_name, around.needs)]
        names += [role for roles in around.roles.values() for role in roles]
        self.problems.value(
            (*around.place, "python"),
            f"nothing gives the {what} `{one.name}` of `{self.job.spec}`",
            did_you_mean(one.name, names) or f"write `params = {{ {one.name} = … }}`",
        )


def _as_name(need: str) -> str:
    """Return the name of the argument that a need can be: `data/raw-table[x=1]` is `raw_table`."""
    return re.sub(r"\W", "_", need.partition("[")[0].rpartition("/")[2])


def _listed(lead: str, names: list[str]) -> str | None:
    return f"{lead} {', '.join(f'`{name}`' for name in names)}" if names else None
