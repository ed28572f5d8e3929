"""The kinds of values that keys of a Jobfile may hold: what is wrong with one, and how the
kind is told in JSON Schema.

Knows types only; which key holds what is not known here (`schema`), nor what a value means.
"""

from __future__ import annotations

from jobmake.model.fault import Fault, Steps
from jobmake.tools.quantities import DURATIONS, SIZES, seconds, size
from jobmake.tools.regex import regex
from jobmake.tools.value import Value, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date, datetime, time
    from typing import Any
else:
    from _datetime import date, datetime, time  # the same, without what `datetime` is in Python

ENTRY_NAME = regex(r"[\w-]+")
SPEC = regex(r"(?:[\w-]+(?:\.[\w-]+)*|[^:]+\.py):[A-Za-z_]\w*(?:\.\w+)*")
_IN_NAMES = "letters, digits, `_` and `-`"
_VARIABLE = regex(r"(?a)[A-Za-z_]\w*")
SCALARS = (str, bool, int, float, date, time)


Faults = "Callable[[Any], Iterator[Fault]]"


class Kind(Value):
    """A kind of value: finds its faults; ``json`` is its JSON Schema."""

    faults: Callable[[Any], Iterator[Fault]]
    json: Mapping[str, Any]


def type_name(value: object) -> str:
    """Return what a value is called in TOML, with its article."""
    for kind, name in (
        (bool, "a boolean"), (str, "a text"), (int, "an integer"), (float, "a float"),
        (list, "a list"), (dict, "a table"), (datetime, "a date and time"),
        (date, "a date"), (time, "a time"),
    ):  # fmt: skip
        if isinstance(value, kind):
            return name
    return type(value).__name__


def _text(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault((), f"must be a text, not {type_name(value)}")


def _boolean(value: Any) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault((), f"must be true or false, not {type_name(value)}")


def _texts(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list):
        hint = f'write `["{value}"]`' if isinstance(value, str) and "\n" not in value else None
        yield Fault((), f"must be a list of texts, not {type_name(value)}", hint)
        return
    for index, item in enumerate(value):
        if not isinstance(item, str):
            yield Fault((index,), f"must hold texts only, not {type_name(item)}")


def _text_or_texts(value: Any) -> Iterator[Fault]:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        yield Fault((), f"must be a text or a list of texts, not {type_name(value)}")
    elif not value:
        yield Fault((), "is an empty list")
    else:
        yield from _texts(value)


def _words(value: Any) -> Iterator[Fault]:
    yield from _texts(value)
    if value == []:
        yield Fault((), "is an empty list", "its first text is the command")


def _files(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield from _texts(value)
        return
    for name, entry in value.items():
        yield from _entry_name(name)
        for fault in _text_or_texts(entry):
            yield replace(fault, steps=(name, *fault.steps))


def _outputs(value: Any) -> Iterator[Fault]:
    """Paths, each of which may also be a table with a `path` and what is special about it."""
    if not isinstance(value, (dict, list)):
        yield from _texts(value)
        return
    if isinstance(value, dict):
        entries: list[tuple[Steps, Any]] = []
        for name, entry in value.items():
            yield from _entry_name(name)
            if isinstance(entry, list):
                entries.extend(((name, index), one) for index, one in enumerate(entry))
                if not entry:
                    yield Fault((name,), "is an empty list")
            else:
                entries.append(((name,), entry))
    else:
        entries = [((index,), one) for index, one in enumerate(value)]
    for steps, one in entries:
        if isinstance(one, dict):
            yield from below(steps, _output_table(one))
        elif not isinstance(one, str):
            yield Fault(steps, f"must hold texts or tables with a `path`, not {type_name(one)}")


OUTPUT_KEYS = ("path", "temp", "keep", "cache")


def _output_table(table: dict[str, Any]) -> Iterator[Fault]:
    from jobmake.tools.hints import did_you_mean

    for name, value in table.items():
        if name not in OUTPUT_KEYS:
            hint = did_you_mean(name, OUTPUT_KEYS) or f"it may hold {', '.join(OUTPUT_KEYS)}"
            yield Fault((name,), f"has an unknown key `{name}`", hint, of_name=True)
        else:
            yield from below((name,), (_text if name == "path" else _boolean)(value))
    if "path" not in table:
        yield Fault((), "has a table without a `path`")


def _entry_name(name: str) -> Iterator[Fault]:
    if not ENTRY_NAME.fullmatch(name) or name.isdigit():
        yield Fault((name,), f"cannot have the name `{name}`", _IN_NAMES, of_name=True)


def below(steps: Steps, faults: Iterator[Fault]) -> Iterator[Fault]:
    """Yield faults of what lies below some steps."""
    for fault in faults:
        yield replace(fault, steps=(*steps, *fault.steps))


def _variables(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of names and texts, not {type_name(value)}")
        return
    for name, entry in value.items():
        if not _VARIABLE.fullmatch(name):
            yield Fault((name,), f"cannot set a variable called `{name}`", of_name=True)
        if not isinstance(entry, str):
            message = f"must hold texts only, not {type_name(entry)}"
            yield Fault((name,), message, "put it in quotes")


def _text_table(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of paths and texts, not {type_name(value)}")
        return
    for name, entry in value.items():
        if not isinstance(entry, str):
            yield Fault((name,), f"must hold texts only, not {type_name(entry)}")


def _param_names_or_table(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield from _texts(value)


def _table(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault((), f"must be a table, not {type_name(value)}")


def _duration(value: Any) -> Iterator[Fault]:
    try:
        seconds(value)
    except (ValueError, TypeError, AttributeError):
        yield Fault((), "must be a duration", DURATIONS)


def _size(value: Any) -> Iterator[Fault]:
    try:
        size(value)
    except (ValueError, TypeError, AttributeError):
        yield Fault((), "must be a size", SIZES)


def _integer(value: Any) -> Iterator[Fault]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Fault((), f"must be an integer, not {type_name(value)}")


def _count(value: Any) -> Iterator[Fault]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        shown = f"`{value}`" if isinstance(value, int) else type_name(value)
        yield Fault((), f"must be a number from 0 on, not {shown}")


def _codes(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list) or not value:
        yield Fault((), "must be a list of exit codes", "for example `[0, 2]`")
        return
    for index, code in enumerate(value):
        if not isinstance(code, int) or isinstance(code, bool) or not 0 <= code <= 255:
            yield Fault((index,), "must hold exit codes, which are numbers from 0 to 255")


def _spec(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str) or not SPEC.fullmatch(value):
        yield Fault((), "must name a Job class or a function", "write `package.module:Name`")


def _imports(value: Any) -> Iterator[Fault]:
    if value != "auto":
        yield Fault((), 'can only be `"auto"`')


def _capture(value: Any) -> Iterator[Fault]:
    if value != "stdout":
        yield Fault((), 'can only be `"stdout"`')


def _amounts(value: Any) -> Iterator[Fault]:
    """A table of names and how many there are; memory is a size."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of names and numbers, not {type_name(value)}")
        return
    for name, amount in value.items():
        if not ENTRY_NAME.fullmatch(name):
            yield Fault((name,), f"cannot have the name `{name}`", _IN_NAMES, of_name=True)
        yield from below((name,), (_size if name == "memory" else _count)(amount))


_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}
_SOME_STRINGS = {**_STRINGS, "minItems": 1}
_TEXT_OR_TEXTS = {"anyOf": [_STRING, _SOME_STRINGS]}
_NAMES = {"pattern": r"^(?!\d+$)[\w-]+$"}
_QUANTITY = {"type": ["string", "number"], "minimum": 0}
_OUTPUT = {
    "anyOf": [
        _STRING,
        {
            "type": "object",
            "properties": {
                "path": _STRING,
                **{name: {"type": "boolean"} for name in OUTPUT_KEYS if name != "path"},
            },
            "required": ["path"],
            "additionalProperties": False,
        },
    ]
}


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a list, or a table of names with one or a list each."""
    several = {"type": "array", "items": one, "minItems": 1}
    table = {"type": "object", "propertyNames": _NAMES,
             "additionalProperties": {"anyOf": [one, several]}}  # fmt: skip
    return {"anyOf": [{"type": "array", "items": one}, table]}


text = Kind(_text, _STRING)
boolean = Kind(_boolean, {"type": "boolean"})
texts = Kind(_texts, _STRINGS)
text_or_texts = Kind(_text_or_texts, _TEXT_OR_TEXTS)
words = Kind(_words, _SOME_STRINGS)
files = Kind(_files, _named(_STRING))
outputs = Kind(_outputs, _named(_OUTPUT))
variables = Kind(
    _variables,
    {"type": "object", "propertyNames": {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$"},
     "additionalProperties": _STRING},
)  # fmt: skip
text_table = Kind(_text_table, {"type": "object", "additionalProperties": _STRING})
param_names_or_table = Kind(_param_names_or_table, {"anyOf": [_STRINGS, {"type": "object"}]})
table = Kind(_table, {"type": "object"})
duration = Kind(_duration, _QUANTITY)
size_of = Kind(_size, _QUANTITY)
integer = Kind(_integer, {"type": "integer"})
count = Kind(_count, {"type": "integer", "minimum": 0})
codes = Kind(
    _codes,
    {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 255}},
)
spec = Kind(_spec, {"type": "string", "pattern": SPEC.pattern})
imports = Kind(_imports, {"const": "auto"})
capture = Kind(_capture, {"const": "stdout"})
amounts = Kind(
    _amounts,
    {"type": "object", "properties": {"memory": _QUANTITY},
     "propertyNames": {"pattern": r"^[\w-]+$"},
     "additionalProperties": {"type": "integer", "minimum": 0}},
)  # fmt: skip
