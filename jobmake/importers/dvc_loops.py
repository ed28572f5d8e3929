"""`foreach` and `matrix` of a dvc stage, as axes of a matrix, or as stages of their own.

Knows which values a loop goes through. Takes axes only where each instance stays one
that its own values tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from jobmake.importers.dvc_values import Scope, Steps, find, inserted, plain_text, uses
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import Value, field

_AXIS = re.compile(r"[\w-]+")


class Variant(Value):
    """A stage as it is to be written: once with axes, or once for each value.

    ``ending`` is put behind the stage's name; ``matrix`` is the key for the Jobfile.
    """

    ending: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    matrix: Mapping[str, Any] = field(default_factory=dict)
    axes: Mapping[Steps, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)


def foreach(values: Any, body: Any, scope: Scope) -> list[Variant] | None:
    """Return the variants of a `foreach`, or None where it goes through nothing."""
    values = inserted(values, scope)
    if isinstance(values, dict):
        items = [{"key": key, "item": one} for key, one in values.items()]
    elif isinstance(values, list):
        items = [{"item": one} for one in values]
    else:
        return None
    return _variants(items, body, len(items)) if items else None


def matrix(axes: Any, body: Any, scope: Scope) -> list[Variant] | None:
    """Return the variants of a `matrix`, or None where it is none."""
    axes = inserted(axes, scope)
    if not isinstance(axes, dict) or not axes:
        return None
    if not all(isinstance(one, list) and one for one in axes.values()):
        return None
    simple = all(_is_axis(values) for values in axes.values())
    used = set(_all_uses(body))
    if simple and ("key",) not in used and all(map(_AXIS.fullmatch, axes)):
        # the last axis changes quickest, as it does in jobmake
        columns = list(zip(*product(*axes.values()), strict=True))
        told: dict[Steps, tuple[str, tuple[Any, ...]]] = {
            ("item", name): (name, tuple(column))
            for name, column in zip(axes, columns, strict=True)
        }
        if "zip" not in axes and "repeat" not in axes:
            return [Variant(matrix=dict(axes), axes=told)]
    rows = [dict(zip(axes, row, strict=True)) for row in product(*axes.values())]
    return [
        Variant(
            _ending(row.values()), {"item": row, "key": "-".join(map(plain_text, row.values()))}
        )
        for row in rows
    ]


def _variants(items: list[dict[str, Any]], body: Any, count: int) -> list[Variant]:
    used = sorted(set(_all_uses(body)), key=repr)
    wanted = [
        steps for steps in used if steps and steps[0] in ("item", "key") and steps[0] in items[0]
    ]
    columns = {steps: [find(item, steps)[1] for item in items] for steps in wanted}
    names = {steps: _axis_name(steps) for steps in wanted}
    rows = {tuple(map(toml_text, row)) for row in zip(*columns.values(), strict=True)}
    fits = (
        bool(columns)
        and all(_is_scalar(one) for column in columns.values() for one in column)
        and len(rows) == count
        and len(set(names.values())) == len(names)
    )
    if not fits:
        return [_unrolled(number, item) for number, item in enumerate(items)]
    axes = {steps: (names[steps], tuple(column)) for steps, column in columns.items()}
    table = {names[steps]: column for steps, column in columns.items()}
    return [Variant(matrix=table if len(table) == 1 else {"zip": table}, axes=axes)]


def _unrolled(number: int, item: dict[str, Any]) -> Variant:
    if "key" in item:
        return Variant(_ending([item["key"]]), item)
    whole = item["item"]
    return Variant(_ending([whole if _is_scalar(whole) else number]), item)


def _ending(values: Any) -> str:
    return "-" + "-".join(
        plain_text(one) if _is_scalar(one) else f"{at}" for at, one in enumerate(values)
    )


def _axis_name(steps: Steps) -> str:
    name = "_".join(str(step) for step in (steps[1:] or steps))
    name = re.sub(r"[^\w-]", "_", name)
    return name + "_" if name in ("zip", "repeat") else name


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, bool, int, float))


def _is_axis(values: list[Any]) -> bool:
    texts = [toml_text(one) for one in values]
    return all(_is_scalar(one) for one in values) and len(set(texts)) == len(texts)


def toml_text(value: Any) -> str:
    """Return a text by which values are told apart."""
    try:
        return toml_value(value)
    except (TypeError, ValueError):
        return repr(value)


def _all_uses(body: Any) -> Iterator[Steps]:
    todo = [body]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo.extend((*one.keys(), *one.values()))
        elif isinstance(one, list):
            todo.extend(one)
        elif isinstance(one, str):
            yield from uses(one)
