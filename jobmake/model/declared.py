"""What a Job class or a function declares, as data: so the engine's process knows of Python
jobs without importing any project code.

Knows names, types and texts. Does not know Python objects of the project; a worker made it.
"""

from __future__ import annotations

from jobmake.tools.value import Value, asdict, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

# methods of a Job that replace what jobmake does by itself
OVERRIDABLE = ("is_up_to_date", "are_states_equal")


class Given(Value):
    """A param of a Python job, typed exactly.

    ``text`` is one line, canonical: what the fingerprint holds. ``data`` is JSON, from which a
    worker makes the value again.
    """

    text: str
    data: Any


class Field(Value):
    """A param of a Job, or an argument of a function.

    ``schema`` is what `values/fields` makes of its annotation. ``default`` is None where there
    is none, or where it is an object that cannot be told; ``required``: it must be given.
    """

    name: str
    schema: Any
    required: bool
    default: Given | None = None


class DeclaredJob(Value):
    """One Job class, or a function.

    ``spec`` is `module:name` as it was asked for, ``origin`` the same where it was written:
    ``parents`` are origins, in the order of `run`'s arguments.
    ``keys`` are those of a target in a Jobfile, set by the class itself. ``outputs`` names the
    values that are kept, ``overrides`` the methods of `OVERRIDABLE` that it has of its own.
    ``slices``: how many parts its `analysis` works in, 0 without that; None of a job that has
    `run` in place of phases. ``rest``: it takes
    any further argument by name; ``row``: its needs' values by position. ``hands_on_more``:
    children may receive more than its kept value; ``looks_above``: it may look at the jobs
    above it, not only at what they hand on.
    """

    spec: str
    origin: str
    kind: Literal["job", "function"]
    name: str
    doc: str = ""
    fields: tuple[Field, ...] = ()
    parents: tuple[str, ...] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    slices: int | None = None
    pickle: bool = False
    rest: bool = False
    row: bool = False
    hands_on_more: bool = False
    looks_above: bool = False
    file: str = ""  # relative to the project's folder where it lies in that
    line: int = 0
    code: Mapping[str, str] = field(default_factory=dict)  # of one that stands in no file

    @property
    def data(self) -> dict[str, Any]:
        """It as JSON has it."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> DeclaredJob:
        """Return what was told as JSON. Raises TypeError or KeyError for what is none."""
        fields = tuple(_field(one) for one in data["fields"])
        rows = {name: tuple(data[name]) for name in ("parents", "outputs", "overrides")}
        return cls(**{**data, **rows, "fields": fields})


class Undeclared(Value):
    """Why nothing is known of a job, or of a file of jobs.

    ``wrong`` is how it is told of the Jobfile that names it; ``broken``: importing it failed,
    which is the trouble of its own targets only. ``file`` and ``line`` are where.
    """

    message: str
    hint: str | None = None
    broken: bool = False
    file: str = ""
    line: int = 0


def _field(data: Mapping[str, Any]) -> Field:
    default = data["default"]
    given = None if default is None else Given(default["text"], default["data"])
    return Field(data["name"], data["schema"], data["required"], given)
