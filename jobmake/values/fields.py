"""Params against their schemas: conversion, and errors that name the field.

Knows schemas and values. Does not import the classes that a schema names: a member of an
enum stays its name, a dataclass a table with all its fields; `realise` makes the objects.

Invariant: what was converted converts to itself; what does not fit raises FieldError with
the path of the field, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.model.errors import JobmakeError
from jobmake.tools.hints import did_you_mean
from jobmake.tools.tomltext import key as toml_key
from jobmake.values.field_kinds import CALLED, LEAVES, OWN, shown
from jobmake.values.trouble import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

_MISTAKES = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)
_FROM = {
    "list": (list, tuple), "tuple": (list, tuple), "tuple_of": (list, tuple),
    "set": (list, tuple, set, frozenset), "frozenset": (list, tuple, set, frozenset),
}  # fmt: skip
_INTO: dict[str, Callable[[list[Any]], Any]] = {
    "list": list, "tuple": tuple, "tuple_of": tuple, "set": set, "frozenset": frozenset,
}  # fmt: skip


class FieldError(JobmakeError):
    """The value of a param is not what its annotation says. ``steps`` lead to where, below it."""

    exit_code = 2
    steps: tuple[str | int, ...] = ()

    @property
    def fact(self) -> str:
        """The message without the name of the field."""
        name, colon, fact = self.message.partition("`: ")
        return fact if colon else name.rpartition("` ")[2]

    def below(self, step: object) -> FieldError:
        """Return the error with a step before its own."""
        self.steps = (step if isinstance(step, int) else str(step), *self.steps)
        return self


def convert(schema: Any, value: Any, name: str, *, from_text: bool = False) -> Any:
    """Return the value as the schema wants it. ``from_text``: it was typed on a command line.

    Raises FieldError, which calls the field ``name``.
    """
    if isinstance(schema, str):
        try:
            return LEAVES[schema](value, from_text)
        except _MISTAKES:
            raise _unexpected(schema, value, name) from None
    return _KINDS[schema["kind"]](schema, value, name, from_text)


def branch_of(schema: Any, value: Any, from_text: bool = False) -> Any:
    """Return the member of a union that takes the value: one it is of already, before one that
    converts it; None where none does."""
    for exact in (True, False):
        for one in schema["of"]:
            if not exact or _is_own(one, value):
                try:
                    convert(one, value, "", from_text=from_text)
                except FieldError:
                    continue
                return one
    return None


def _is_own(schema: Any, value: Any) -> bool:
    name, kind = type_name(type(value)), _kind(schema)
    if kind in ("enum", "dataclass"):
        return bool(name == schema["class"])
    return name in OWN.get(kind, ()) or kind == "literal"


def _kind(schema: Any) -> str:
    return schema if isinstance(schema, str) else str(schema["kind"])


def _listed(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    kind, of = schema["kind"], schema["of"]
    if not isinstance(value, _FROM[kind]):
        raise _unexpected(schema, value, name)
    if kind == "tuple" and len(value) != len(of):
        raise FieldError(f"`{name}`: expected a list of {len(of)}, not of {len(value)}")
    schemas = of if kind == "tuple" else [of] * len(value)
    done = []
    for at, (one, part) in enumerate(zip(schemas, value, strict=True)):
        try:
            done.append(convert(one, part, f"{name}[{at}]", from_text=from_text))
        except FieldError as error:
            raise error.below(at) from None
    try:
        return _INTO[kind](done)
    except TypeError:
        raise FieldError(f"`{name}`: what is in it cannot be in a set") from None


def _dict(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    if not isinstance(value, dict):
        raise _unexpected(schema, value, name)
    done = {}
    for key, one in value.items():
        inner = f"{name}.{_key(key)}"
        try:
            # TOML has no keys but texts
            known = convert(schema["key"], key, inner, from_text=isinstance(key, str))
            done[known] = convert(schema["of"], one, inner, from_text=from_text)
        except FieldError as error:
            raise error.below(key) from None
    return done


def _union(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    chosen = branch_of(schema, value, from_text)
    if chosen is None:
        real = [one for one in schema["of"] if one != "none"]
        if len(real) > 1 or not real:
            raise _unexpected(schema, value, name)
        chosen = real[0]  # whose error says more
    return convert(chosen, value, name, from_text=from_text)


def _literal(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    from jobmake.values.codec import from_json

    for one in schema["of"]:
        known = from_json(one)
        if type(known) is type(value) and known == value:
            return known
    choices = [shown(from_json(one)) for one in schema["of"]]
    raise _not_among(choices, [from_json(one) for one in schema["of"]], value, name)


def _enum(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    members = schema["of"]
    if type_name(type(value)) == schema["class"]:
        value = value.name if value.name in members else value.value
    if isinstance(value, str) and value in members:
        return str(value)
    from jobmake.values.codec import to_json
    from jobmake.values.trouble import NotKept

    try:
        told = to_json(value)
    except NotKept:
        told = None
    for member, one in members.items():
        if type(one) is type(told) and one == told and told is not None:
            return member
    # by their values, where those are texts, as people write them
    texts = [one if isinstance(one, str) and one[:1] else member for member, one in members.items()]
    raise _not_among([shown(one) for one in texts], [*texts, *members], value, name)


def _dataclass(schema: Any, value: Any, name: str, from_text: bool) -> Any:
    fields = schema["of"]
    if type_name(type(value)) == schema["class"]:
        value = {field: getattr(value, field) for field in fields}
    if not isinstance(value, dict):
        raise _unexpected(schema, value, name)
    for field in value:
        if field not in fields:
            hint = did_you_mean(str(field), fields)
            raise FieldError(f"`{name}`: there is no field `{field}`", hint).below(field)
    return {
        field: _field(told, value, field, f"{name}.{field}", from_text)
        for field, told in fields.items()
        if field in value or "optional" not in told
    }


def _field(told: Any, table: Any, field: str, name: str, from_text: bool) -> Any:
    if field in table:
        try:
            return convert(told["of"], table[field], name, from_text=from_text)
        except FieldError as error:
            raise error.below(field) from None
    if "default" not in told:
        raise FieldError(f"`{name}` is missing").below(field)
    from jobmake.values.codec import from_json

    value = from_json(told["default"])
    try:
        return convert(told["of"], value, name)
    except FieldError:
        return value  # a default may be what its annotation does not say, such as None


def _unexpected(schema: Any, value: Any, name: str) -> FieldError:
    hint = None
    if schema == "str" and not isinstance(value, str):
        hint = "put it in quotes"
    return FieldError(f"`{name}`: expected {called(schema)}, not {shown(value)}", hint)


def called(schema: Any) -> str:
    """Return what a value of a schema is called: `a text`."""
    kind = _kind(schema)
    if kind != "union":
        return CALLED.get(kind) or _choices(schema)
    return " or ".join(dict.fromkeys(called(one) for one in schema["of"] if one != "none"))


def _choices(schema: Any) -> str:
    from jobmake.values.codec import from_json

    of = schema["of"]
    texts = [from_json(one) for one in of] if schema["kind"] == "literal" else list(of)
    return " or ".join(shown(one) for one in texts)


def _not_among(choices: list[str], words: list[Any], value: Any, name: str) -> FieldError:
    known = [one for one in words if isinstance(one, str)]
    hint = did_you_mean(value, known) if isinstance(value, str) else None
    one_of = choices[0] if len(choices) == 1 else f"one of {', '.join(choices)}"
    return FieldError(f"`{name}`: expected {one_of}, not {shown(value)}", hint)


def _key(key: Any) -> str:
    try:
        return toml_key(key) if isinstance(key, str) else repr(key)
    except ValueError:
        return ascii(key)


_KINDS: dict[str, Callable[[Any, Any, str, bool], Any]] = {
    "list": _listed, "tuple": _listed, "tuple_of": _listed, "set": _listed,
    "frozenset": _listed, "dict": _dict, "union": _union, "literal": _literal, "enum": _enum,
    "dataclass": _dataclass,
}  # fmt: skip
