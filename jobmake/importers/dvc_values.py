"""The `${…}` of a dvc.yaml, as placeholders of a Jobfile.

Knows how dvc writes a value into a text and how jobmake does. Does not know stages.

dvc puts a value's text in as it is. Where the shell would read that text in another way
than the one value that jobmake puts in, the placeholder says `!raw`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobmake.model.bindings import ROOTS
from jobmake.tools.pathnames import escape_magic, has_magic
from jobmake.tools.shellwords import REFUSED, ShellContext, quoted
from jobmake.tools.template import literal
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import Mutable, Value, field

Steps = tuple["str | int", ...]

_USE = re.compile(r"(?P<escaped>\\)?\$\{(?P<name>[^\\{}]*)\}")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_PLACEABLE = re.compile(r"[^\W\d][\w-]*|\d+")


class UnknownValue(Exception):
    """A text refers to what there is not; its text is the name."""


class Filled(Value):
    """What one `${…}` stands for: a placeholder's inside, and what it can be.

    ``name`` is empty where the value itself is to be written down.
    """

    name: str
    values: tuple[Any, ...]


class Scope(Mutable):
    """What a stage's texts can refer to.

    ``axes``: (name in dvc) -> (axis, its values, one per instance).
    ``own``: values that are written down where they are used.
    """

    params: Mapping[str, Any]
    own: Mapping[str, Any] = field(default_factory=dict)
    axes: Mapping[Steps, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)

    def look_up(self, text: str) -> Filled:
        """Return what `${text}` stands for. Raises UnknownValue."""
        steps = steps_of(text)
        if steps in self.axes:
            axis, values = self.axes[steps]
            return Filled(f"matrix.{axis}", values)
        for table, root in ((self.own, ""), (self.params, "params")):
            found, value = find(table, steps)
            if found:
                placeable = all(
                    isinstance(step, int) or _PLACEABLE.fullmatch(step) for step in steps
                )
                name = root + "".join(
                    f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps
                )
                return Filled(name if root and placeable else "", (value,))
        raise UnknownValue(text)


def uses(text: str) -> list[Steps]:
    """Return the names in all `${…}` of a text."""
    return [steps_of(match["name"]) for match in _USE.finditer(text) if not match["escaped"]]


def steps_of(name: str) -> Steps:
    """Split `a.b[0]`."""
    return tuple(int(index) if index else step for step, index in _STEP.findall(name.strip()))


def plain_text(value: Any) -> str:
    """Return a value as dvc writes it."""
    if value is None or isinstance(value, str):
        return str(value)
    return toml_value(value)


def command(text: str, scope: Scope, raw: Callable[[str], None]) -> str:
    """Return a command with placeholders for `${…}`; ``raw`` is told of each `!raw`."""
    context = ShellContext()
    pieces: list[str] = []

    def say(part: str) -> None:
        context.feed(part)
        pieces.append(literal(part, ROOTS))

    def put(value: Filled) -> None:
        if not value.name:
            [one] = value.values
            say(" ".join(map(plain_text, one)) if isinstance(one, list) else plain_text(one))
            return
        place = context.place
        safe = place != REFUSED and all(_same(one, place) for one in value.values)
        pieces.append(f"{{{value.name}}}" if safe else f"{{{value.name}!raw}}")
        if not safe:
            raw(value.name)
        context.value()

    for part in _parts(text, scope):
        if isinstance(part, str):
            say(part)
        elif isinstance(part.values[0], dict):
            _put_options(part, say, put)
        else:
            put(part)
    return "".join(pieces)


def path(text: str, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """Return a path with placeholders, and the paths that it can be, one per instance."""
    template = ""
    concrete: tuple[str, ...] = ("",)
    for part in _parts(text, scope):
        if isinstance(part, str):
            template += literal(escape_magic(part) if has_magic(part) else part, ROOTS)
            concrete = tuple(one + part for one in concrete)
            continue
        texts = tuple(plain_text(one) for one in part.values)
        template += f"{{{part.name}}}" if part.name else literal(texts[0], ROOTS)
        concrete = _together(concrete, texts)
    return template, concrete


def inserted(value: Any, scope: Scope) -> Any:
    """Return a value of the YAML with each `${…}` in it replaced by what it stands for."""
    if isinstance(value, dict):
        return {key: inserted(one, scope) for key, one in value.items()}
    if isinstance(value, list):
        return [inserted(one, scope) for one in value]
    if not isinstance(value, str):
        return value
    whole = _USE.fullmatch(value)
    if whole and not whole["escaped"]:
        return scope.look_up(whole["name"]).values[0]
    parts = _parts(value, scope)
    return "".join(one if isinstance(one, str) else plain_text(one.values[0]) for one in parts)


def _parts(text: str, scope: Scope) -> list[str | Filled]:
    parts: list[str | Filled] = []
    at = 0
    for match in _USE.finditer(text):
        parts.append(text[at : match.start()])
        parts.append(match.group()[1:] if match["escaped"] else scope.look_up(match["name"]))
        at = match.end()
    parts.append(text[at:])
    return [part for part in parts if part != ""]


def _same(value: Any, place: str) -> bool:
    """Say whether a value reads the same put in raw and put in as one value."""
    for one in value if isinstance(value, list) else [value]:
        if one is None or isinstance(one, (dict, list)):
            return False
        text = plain_text(one)
        try:
            if quoted(text, place) != text:
                return False
        except ValueError:
            return False
    return True


def _put_options(part: Filled, say: Callable[[str], None], put: Callable[[Filled], None]) -> None:
    """Write a table as dvc does: `--key value` for each."""
    todo: list[tuple[str, Any]] = list(reversed(part.values[0].items()))
    separator = ""
    while todo:
        key, value = todo.pop()
        if isinstance(value, dict):
            todo.extend((f"{key}.{inner}", one) for inner, one in reversed(value.items()))
        elif value is not False:
            say(f"{separator}--{key}")
            separator = " "
            if value is not True:
                say(" ")
                put(Filled(f"{part.name}.{key}" if part.name else "", (value,)))


def find(table: Any, steps: Sequence[str | int]) -> tuple[bool, Any]:
    """Return whether a value is there, and the value."""
    value = table
    for step in steps:
        try:
            value = value[step] if isinstance(value, (dict, list)) else _missing()  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return False, None
    return bool(steps), value


def _missing() -> Any:
    raise KeyError


def _together(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Join texts instance by instance; a single text is that of all."""
    if len(one) == 1:
        return tuple(one[0] + text for text in other)
    if len(other) == 1:
        return tuple(text + other[0] for text in one)
    return tuple(first + second for first, second in zip(one, other, strict=True))
