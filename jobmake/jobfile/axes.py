"""The kinds of values of `matrix` and `each`: axes, and what may stand on one.

Knows types, and the values of one axis; how instances come of them is known by `instances`.

Invariant: a range counts in exact fractions of what is written, so 0.1 to 0.3 by 0.1 is
exactly 0.1, 0.2, 0.3.
"""

from __future__ import annotations

from jobmake.jobfile.kinds import ENTRY_NAME, SCALARS, Kind, type_name
from jobmake.model.fault import Fault
from jobmake.model.secrets import holds_user, looks_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction
    from typing import Any

MOST_INSTANCES = 1_000_000  # of one target
_IN_NAMES = "letters, digits, `_` and `-`"
_TOLD = "what is on an axis is in the names of instances"
_RANGE_HINT = "start, end and step, for example `[0.1, 0.3, 0.1]`"


def values_of(axis: Any) -> list[Any]:
    """Return the values on an axis that is right: a list, or a table with a `range`."""
    if isinstance(axis, list):
        return axis
    start, end, step = axis["range"]
    if all(isinstance(one, int) for one in (start, end, step)):
        return list(range(start, end + (1 if step > 0 else -1), step))
    first, by = _exact(start), _exact(step)
    return [float(first + number * by) for number in range(_length(start, end, step))]


def _exact(number: float) -> Fraction:
    from fractions import Fraction

    return Fraction(repr(number))  # what is written, not the nearest binary fraction


def _length(start: float, end: float, step: float) -> int:
    return int((_exact(end) - _exact(start)) / _exact(step)) + 1


def _matrix(value: Any) -> Iterator[Fault]:
    """A table of axes, of `zip` with axes that go together, and of `repeat`."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of lists, not {type_name(value)}")
        return
    if not value:
        yield Fault((), "has no axis", "for example `{ seed = [1, 2, 3] }`")
    faults = [fault for name, axis in value.items() for fault in _entry(name, axis, value)]
    yield from faults
    if not faults and (count := _count(value)) > MOST_INSTANCES:
        most = f"a target has {MOST_INSTANCES:,} at most"
        yield Fault((), f"makes {count:,} instances", most)


def _entry(name: str, axis: Any, matrix: Mapping[str, Any]) -> Iterator[Fault]:
    if name == "repeat":
        if not isinstance(axis, int) or isinstance(axis, bool) or axis < 1:
            shown = f"`{axis}`" if isinstance(axis, int) else type_name(axis)
            yield Fault(("repeat",), f"can repeat a number of times from 1 on, not {shown}")
    elif name == "zip":
        yield from _zip(axis, matrix)
    else:
        yield from _axis((name,), axis)


def _zip(value: Any, matrix: Mapping[str, Any]) -> Iterator[Fault]:
    """Axes that go together: all of one length."""
    if not isinstance(value, dict) or not value:
        shown = "an empty one" if value == {} else type_name(value)
        hint = "for example `zip = { width = [1, 2], name = ['a', 'b'] }`"
        yield Fault(("zip",), f"must have in `zip` a table of axes, not {shown}", hint)
        return
    faults = [fault for name, axis in value.items() for fault in _axis(("zip", name), axis)]
    yield from faults
    for name in value:
        if name in matrix and name != "zip":
            yield Fault(("zip", name), f"has two axes called `{name}`", of_name=True)
    if faults:
        return
    lengths = {name: len(values_of(axis)) for name, axis in value.items()}
    first = next(iter(lengths))
    for name, length in lengths.items():
        if length != lengths[first]:
            message = (
                f"cannot zip axes of unequal lengths: `{first}` has {lengths[first]},"
                f" `{name}` has {length}"
            )
            yield Fault(("zip", name), message)


def _why_no_axis(name: str) -> str | None:
    """Return why no axis can be called so, None where one can."""
    if name in ("zip", "repeat"):
        return "the word is reserved"
    if looks_secret(name):
        return f"it looks like a secret, and {_TOLD}"
    return None if ENTRY_NAME.fullmatch(name) else _IN_NAMES


def _axis(steps: tuple[str, ...], axis: Any) -> Iterator[Fault]:
    name = steps[-1]
    hint = _why_no_axis(name)
    if hint is not None:
        yield Fault(steps, f"cannot have an axis called `{name}`", hint, of_name=True)
    elif isinstance(axis, dict):
        yield from _range(steps, axis)
    elif not isinstance(axis, list):
        yield Fault(steps, f"must hold lists, not {type_name(axis)}")
    elif not axis:
        yield Fault(steps, f"has no value on the axis `{name}`")
    else:
        for index, item in enumerate(axis):
            if not isinstance(item, SCALARS):
                yield Fault((*steps, index), f"cannot hold {type_name(item)} as a value")
            elif isinstance(item, str) and holds_user(item):
                yield Fault((*steps, index), "cannot hold an address with a password", _TOLD)


def _range(steps: tuple[str, ...], axis: Mapping[str, Any]) -> Iterator[Fault]:
    for key in axis:
        if key != "range":
            hint = "an axis is a list, or a table with a `range`"
            yield Fault((*steps, key), f"has an unknown key `{key}`", hint, of_name=True)
    if "range" not in axis:
        if not axis:
            yield Fault(steps, "has a table without a `range`", _RANGE_HINT)
        return
    steps, given = (*steps, "range"), axis["range"]
    if not isinstance(given, list) or len(given) != 3:
        yield Fault(steps, "must have three numbers in a `range`", _RANGE_HINT)
        return
    for index, number in enumerate(given):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            yield Fault((*steps, index), f"cannot count with {type_name(number)}")
        elif number - number != 0:
            yield Fault((*steps, index), f"cannot count with `{number}`")
        else:
            continue
        return
    yield from _counts(steps, *given)


def _counts(steps: tuple[str | int, ...], start: float, end: float, step: float) -> Iterator[Fault]:
    if step == 0:
        yield Fault((*steps, 2), "cannot count by steps of 0")
    elif (end - start) * step < 0:
        message = f"cannot come from {start} to {end} by steps of {step}"
        yield Fault(steps, message, f"make the step {-step}")
    elif (count := _length(start, end, step)) > MOST_INSTANCES:
        most = f"a target has {MOST_INSTANCES:,} at most"
        yield Fault(steps, f"makes {count:,} instances", most)


def _count(matrix: Mapping[str, Any]) -> int:
    """Return how many instances a matrix makes."""
    count = 1
    for name, axis in matrix.items():
        if name == "repeat":
            count *= axis
        else:
            count *= len(values_of(next(iter(axis.values())) if name == "zip" else axis))
    return count


def _each(value: Any) -> Iterator[Fault]:
    """A table of axes, each a glob of files, `@target`, or a list of these."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of globs, not {type_name(value)}", _EACH_HINT)
        return
    if not value:
        yield Fault((), "has no axis", _EACH_HINT)
    for name, entry in value.items():
        hint = _why_no_axis(name)
        if hint is not None:
            yield Fault((name,), f"cannot have an axis called `{name}`", hint, of_name=True)
        elif isinstance(entry, list) and entry:
            for index, item in enumerate(entry):
                if not isinstance(item, str):
                    yield Fault((name, index), f"must hold texts only, not {type_name(item)}")
        elif not isinstance(entry, str):
            shown = "an empty one" if entry == [] else type_name(entry)
            yield Fault((name,), f"must hold a glob or a list of globs, not {shown}")


_EACH_HINT = 'for example `{ src = "src/*.c" }`'
_NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
_VALUES = {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1}
_AXIS = {
    "anyOf": [
        _VALUES,
        {"type": "object", "properties": {"range": _NUMBERS}, "required": ["range"],
         "additionalProperties": False},
    ]
}  # fmt: skip
_AXIS_NAMES = {"pattern": r"^[\w-]+$"}
_AXES = {"type": "object", "propertyNames": _AXIS_NAMES, "additionalProperties": _AXIS}

matrix = Kind(
    _matrix,
    {**_AXES, "minProperties": 1,
     "properties": {"zip": {**_AXES, "minProperties": 1},
                    "repeat": {"type": "integer", "minimum": 1, "maximum": MOST_INSTANCES}}},
)  # fmt: skip
each = Kind(
    _each,
    {"type": "object", "minProperties": 1, "propertyNames": _AXIS_NAMES,
     "additionalProperties": {"anyOf": [
         {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}},
)  # fmt: skip
