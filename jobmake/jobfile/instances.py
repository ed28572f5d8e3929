"""Instances of a matrix, and how they are named: `train[lr=0.1,seed=1]`.

Invariant: two instances of one target never share a name, and a name stays the same
whatever else is added to the matrix or in which order its axes are written.
"""

from __future__ import annotations

from itertools import product

from jobmake.jobfile.axes import values_of
from jobmake.tools.regex import regex
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_BARE = regex(r"[\w.+-]+")


def combinations(matrix: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one mapping of axis to value per instance, the last axis changing quickest.

    All axes multiply, but those in `zip` go together; `repeat = 3` is the axis 1, 2, 3.
    """
    for chosen in product(*(_group(name, axis) for name, axis in matrix.items())):
        yield {axis: value for values in chosen for axis, value in values}


def _group(name: str, axis: Any) -> list[tuple[tuple[str, Any], ...]]:
    """Return what one entry of a matrix contributes to each instance: (axis, value)s."""
    if name == "repeat":
        return [((name, number),) for number in range(1, axis + 1)]
    if name == "zip":
        rows = zip(*(values_of(one) for one in axis.values()), strict=True)
        return [tuple(zip(axis, row, strict=True)) for row in rows]
    return [((name, value),) for value in values_of(axis)]


def instance_name(family: str, values: Mapping[str, Any]) -> str:
    """Return the name of one instance; axes are sorted, values written as TOML prints them."""
    inner = ",".join(f"{axis}={value_text(values[axis])}" for axis in sorted(values))
    return f"{family}[{inner}]"


def value_text(value: Any) -> str:
    """Return a value as it stands in a name: texts bare where nothing else could be meant."""
    if isinstance(value, str) and _BARE.fullmatch(value) and not _reads_as_another_type(value):
        return value
    return toml_value(value)


def _reads_as_another_type(text: str) -> bool:
    from jobmake.tools.tomlguard import BadToml, HostileToml, parse

    if not (text[0] in "+-0123456789" or text in ("true", "false", "inf", "nan")):
        return False
    try:
        parse(f"v = {text}".encode())
    except (BadToml, HostileToml):
        return False
    return True
