"""The kinds of values of `matrix` and `each`: axes, and what may stand on one.

Knows types only; how instances come of them is known by `instances`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.jobfile.kinds import ENTRY_NAME, SCALARS, Fault, Kind, type_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_IN_NAMES = "letters, digits, `_` and `-`"


def _matrix(value: Any) -> Iterator[Fault]:
    """A table of axes, each a list of at least one scalar."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of lists, not {type_name(value)}")
        return
    if not value:
        yield Fault((), "has no axis", "for example `{ seed = [1, 2, 3] }`")
    for axis, values in value.items():
        reserved = axis in ("zip", "repeat")
        if reserved or not ENTRY_NAME.fullmatch(axis):
            hint = "the word is reserved" if reserved else _IN_NAMES
            yield Fault((axis,), f"cannot have an axis called `{axis}`", hint, of_name=True)
        elif not isinstance(values, list):
            yield Fault((axis,), f"must hold lists, not {type_name(values)}")
        elif not values:
            yield Fault((axis,), f"has no value on the axis `{axis}`")
        else:
            for index, item in enumerate(values):
                if not isinstance(item, SCALARS):
                    yield Fault((axis, index), f"cannot hold {type_name(item)} as a value")


matrix = Kind(_matrix, {"type": "object"})
