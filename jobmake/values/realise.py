"""The objects that converted params stand for: members of enums, dataclasses.

Runs in the worker, where the classes may be imported. Does not check values: `fields` has.

Invariant: a dataclass is made by its own constructor, so that what it checks is checked.
"""

from __future__ import annotations

from typing import Any

from jobmake.values.classes import found_class
from jobmake.values.fields import FieldError, branch_of

_INTO = {"list": list, "tuple_of": tuple, "set": set, "frozenset": frozenset}


def realise(schema: Any, value: Any, name: str = "value") -> Any:
    """Return the value that a job is to get for what `convert` returned. Raises FieldError."""
    kind = schema if isinstance(schema, str) else schema["kind"]
    if kind in _INTO:
        parts = [realise(schema["of"], one, f"{name}[{at}]") for at, one in enumerate(value)]
        return _INTO[kind](parts)
    if kind == "tuple":
        pairs = enumerate(zip(schema["of"], value, strict=True))
        return tuple([realise(one, part, f"{name}[{at}]") for at, (one, part) in pairs])
    if kind == "dict":
        return {
            realise(schema["key"], key, name): realise(schema["of"], one, f"{name}.{key}")
            for key, one in value.items()
        }
    if kind == "union":
        chosen = branch_of(schema, value)
        return value if chosen is None else realise(chosen, value, name)
    if kind == "enum":
        return _member(schema, value)
    return _object(schema, value, name) if kind == "dataclass" else value


def _member(schema: Any, value: Any) -> Any:
    cls = found_class(schema["class"], "enum")
    return cls[value] if isinstance(value, str) and value in schema["of"] else value


def _object(schema: Any, value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return value  # a default that is none of its class
    cls = found_class(schema["class"], "dataclass")
    parts = {
        field: realise(schema["of"][field]["of"], one, f"{name}.{field}")
        for field, one in value.items()
    }
    try:
        return cls(**parts)
    except (ValueError, TypeError) as error:
        raise FieldError(f"`{name}`: {error}") from error
