"""Kinds of values with a form of their own: what shows that a service is ready, the checks of a
target, and where outputs are published.

Knows forms only, as `kinds` does, on which they rest.
"""

from __future__ import annotations

from jobmake.jobfile import kinds
from jobmake.jobfile.kinds import Kind, below, type_name
from jobmake.model.fault import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LAST_PORT = 65_535
READY_KEYS = ("port", "command", "line", "timeout")


def _ready(value: Any) -> Iterator[Fault]:
    """A port, a command, or a table of what shows that a service is ready."""
    if isinstance(value, dict):
        yield from _ready_table(value)
    elif isinstance(value, str):
        if not value.strip():
            yield Fault((), "is an empty command")
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from _port(value)
    else:
        hint = 'for example `8000`, `"curl -sf localhost:8000"`, `{ line = "Listening" }`'
        yield Fault((), f"must be a port, a command or a table, not {type_name(value)}", hint)


def _ready_table(table: dict[str, Any]) -> Iterator[Fault]:
    from jobmake.tools.hints import did_you_mean

    known = {"port": _port, "command": _line, "line": _line, "timeout": kinds.duration.faults}
    for name, value in table.items():
        if name in known:
            yield from below((name,), known[name](value))
        else:
            hint = did_you_mean(name, READY_KEYS) or f"it may hold {', '.join(READY_KEYS)}"
            yield Fault((name,), f"has an unknown key `{name}`", hint, of_name=True)


def _port(value: Any) -> Iterator[Fault]:
    if isinstance(value, str) and "{" in value:
        return  # what it stands for is seen when the service is started
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_PORT:
        yield Fault((), f"must be a port: a number from 1 to {LAST_PORT}, or a placeholder")


def _line(value: Any) -> Iterator[Fault]:
    yield from kinds.text.faults(value)
    if isinstance(value, str) and not value.strip():
        yield Fault((), "is empty")
    elif isinstance(value, str) and "\n" in value.strip():
        yield Fault((), "must be one line")


def _publish(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        hint = '`{ "results/plot.png" = "build/plot.png" }`'
        yield Fault((), f"must be a table of paths, not {type_name(value)}", f"for example {hint}")
        return
    for name, entry in value.items():
        if isinstance(entry, dict):
            if not isinstance(entry.get("path"), str):
                yield Fault((name,), "has a table without a `path`")
            for key in entry.keys() - {"path", "copy"}:
                hint = "it may hold path, copy"
                yield Fault((name, key), f"has an unknown key `{key}`", hint, of_name=True)
            yield from below((name, "copy"), kinds.boolean.faults(entry.get("copy", False)))
        elif not isinstance(entry, str):
            yield Fault((name,), f"must hold paths of outputs, not {type_name(entry)}")


def _checks(value: Any) -> Iterator[Fault]:
    """The name of a check, a table with its `type` and settings, or a list of these."""
    if isinstance(value, list):
        if not value:
            yield Fault((), "is an empty list", '`"exists"` is the least that a target can ask for')
        for index, one in enumerate(value):
            yield from below((index,), _check(one))
    else:
        yield from _check(value)


def _check(value: Any) -> Iterator[Fault]:
    if isinstance(value, dict):
        if "type" not in value:
            yield Fault((), "has a table without a `type`", "`type` is the name of the check")
        elif not isinstance(value["type"], str):
            yield Fault(("type",), f"has a `type` that is {type_name(value['type'])}", "in quotes")
    elif not isinstance(value, str):
        what = f"must hold names of checks, or tables with a `type`, not {type_name(value)}"
        yield Fault((), what, 'for example `["content", "timestamps"]`')


_STRING = kinds.text.json
_CHECK = [
    _STRING,
    {"type": "object", "properties": {"type": _STRING}, "required": ["type"]},
]
_PORT = {"type": "integer", "minimum": 1, "maximum": LAST_PORT}
_TEXT = {"type": "string", "pattern": r"\S"}
ready = Kind(
    _ready,
    {"anyOf": [_PORT, _TEXT, {
        "type": "object", "additionalProperties": False, "properties": {
            "port": {"anyOf": [_PORT, {"type": "string", "pattern": r"\{"}]},
            "command": _TEXT, "line": _TEXT, "timeout": kinds.duration.json}}]},
)  # fmt: skip
checks = Kind(_checks, {"anyOf": [*_CHECK, {"type": "array", "minItems": 1,
                                            "items": {"anyOf": _CHECK}}]})  # fmt: skip
publish = Kind(
    _publish,
    {"type": "object", "additionalProperties": {"anyOf": [_STRING, {
        "type": "object", "properties": {"path": _STRING, "copy": {"type": "boolean"}},
        "required": ["path"], "additionalProperties": False}]}},
)  # fmt: skip
