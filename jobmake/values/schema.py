"""What an annotation asks of a value, as data: `dict[str, int] | None` becomes a schema.

    "int", "path", "any" …                  what has no parts
    {"kind": "list", "of": S}               and "set", "frozenset", "tuple_of"
    {"kind": "tuple", "of": [S, …]}   {"kind": "dict", "key": S, "of": S}
    {"kind": "union", "of": [S, …]}   {"kind": "literal", "of": [JSON of a value, …]}
    {"kind": "enum", "class": "m:C", "of": {name: JSON of its value}}
    {"kind": "dataclass", "class": "m:C", "of": {name: {"of": S, "default": JSON}}}

Runs where people's classes are imported. Does not look at values of params: `fields` does,
also where those classes are not.

Invariant: what is not understood is "any", never an error; a schema can be written as JSON.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jobmake.values.trouble import NotKept, Unkept, type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "any"
_LEAVES = {
    "builtins:int": "int", "builtins:float": "float", "builtins:bool": "bool",
    "builtins:str": "str", "builtins:bytes": "bytes", "builtins:NoneType": "none",
    "datetime:date": "date", "datetime:time": "time", "datetime:datetime": "datetime",
    "datetime:timedelta": "timedelta", "decimal:Decimal": "decimal",
    "pathlib:Path": "path", "pathlib._local:Path": "path",
}  # fmt: skip
_LISTS = {
    "builtins:list": "list", "builtins:set": "set", "builtins:frozenset": "frozenset",
    "collections.abc:Sequence": "list", "collections.abc:Iterable": "list",
    "collections.abc:Collection": "list", "collections.abc:Set": "set",
    "collections.abc:MutableSequence": "list", "collections.abc:MutableSet": "set",
}  # fmt: skip
_DICTS = {"builtins:dict", "collections.abc:Mapping", "collections.abc:MutableMapping"}
_OF_CLASSES = {"$enum", "$dataclass", "$namedtuple", "$defaultdict"}
_WRAPPERS = ("Annotated", "Final", "Required", "NotRequired", "ReadOnly")


def schema_of(annotation: Any, above: tuple[type, ...] = ()) -> Any:
    """Return the schema of an annotation; ``above`` are the dataclasses it stands in."""
    if annotation is None:
        return "none"
    origin = getattr(annotation, "__origin__", None)
    if isinstance(annotation, type) and origin is None:
        return _of_class(annotation, above)
    if hasattr(annotation, "__supertype__"):  # NewType
        return schema_of(annotation.__supertype__, above)
    if hasattr(annotation, "__value__"):  # type X = …
        return schema_of(annotation.__value__, above)
    return _of_generic(annotation, above)


def default_of(schema: Any, value: Any) -> dict[str, Any]:
    """Return `{"default": JSON}`, converted by its schema; `{"optional": True}` where only the
    class itself can tell it."""
    from jobmake.values.fields import FieldError, convert

    with suppress(FieldError):  # such as None for an int
        value = convert(schema, value, "default")
    kept = _kept(value)
    return {"default": kept["json"]} if kept else {"optional": True}


def hints_of(owner: Any) -> dict[str, Any]:
    """Return the annotations of a class, with those of its bases, or of a function.

    What is written as text is looked up; a name that is not there makes it Any, for this
    one only.
    """
    from inspect import get_annotations

    hints: dict[str, Any] = {}
    for one in reversed(getattr(owner, "__mro__", (owner,))):
        names = vars(sys.modules.get(one.__module__, object)) if hasattr(one, "__module__") else {}
        scope = dict(vars(one)) if isinstance(one, type) else {}
        for name, hint in get_annotations(one).items():
            hints[name] = _looked_up(hint, names, scope)
    return hints


def _looked_up(hint: Any, names: Mapping[str, Any], scope: dict[str, Any]) -> Any:
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, dict(names), scope)  # what `typing.get_type_hints` does too
    except Exception:
        return Any


def _of_class(cls: type, above: tuple[type, ...]) -> Any:
    name = type_name(cls)
    if name in _LEAVES:
        return _LEAVES[name]
    if name in _LISTS or name in _DICTS or cls is tuple:
        return _of_container(cls, (), above)
    import enum

    if issubclass(cls, enum.Enum):
        return _of_enum(cls)
    if "__dataclass_fields__" in cls.__dict__ and cls not in above:
        return _of_dataclass(cls, (*above, cls))
    return ANY


def _of_generic(annotation: Any, above: tuple[type, ...]) -> Any:
    import types
    import typing

    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        of = [schema_of(one, above) for one in arguments]
        return ANY if ANY in of else {"kind": "union", "of": of}
    if origin is typing.Literal:
        return _of_literal(arguments)
    if getattr(origin, "__name__", getattr(origin, "_name", None)) in _WRAPPERS and arguments:
        return schema_of(arguments[0], above)
    if isinstance(origin, type):
        return _of_container(origin, arguments, above)
    return ANY


def _of_container(cls: type, arguments: tuple[Any, ...], above: tuple[type, ...]) -> Any:
    name = type_name(cls)
    of = [ANY if one is Ellipsis else schema_of(one, above) for one in arguments]
    if name in _LISTS:
        return {"kind": _LISTS[name], "of": of[0] if of else ANY}
    if name in _DICTS:
        key, inner = of if len(of) == 2 else (ANY, ANY)
        return {"kind": "dict", "key": key, "of": inner}
    if cls is not tuple:
        return ANY
    if not arguments or Ellipsis in arguments:
        return {"kind": "tuple_of", "of": of[0] if of else ANY}
    return {"kind": "tuple", "of": of}


def _of_literal(values: tuple[Any, ...]) -> Any:
    kept = [_kept(value) for value in values]
    return ANY if None in kept else {"kind": "literal", "of": [one["json"] for one in kept if one]}


def _of_enum(cls: Any) -> Any:
    from jobmake.values.classes import reference

    members = {}
    for name, member in cls.__members__.items():
        kept = _kept(member.value)
        members[name] = kept["json"] if kept else {"$none": name}  # then by its name only
    try:
        return {"kind": "enum", "class": reference(cls), "of": members}
    except Unkept:
        return ANY


def _of_dataclass(cls: Any, above: tuple[type, ...]) -> Any:
    import dataclasses

    from jobmake.values.classes import reference

    try:
        name = reference(cls)
    except Unkept:
        return ANY
    hints, fields = hints_of(cls), {}
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        told: dict[str, Any] = {"of": schema_of(hints.get(field.name, Any), above)}
        if field.default is not dataclasses.MISSING:
            told |= default_of(told["of"], field.default)
        elif field.default_factory is not dataclasses.MISSING:
            told |= default_of(told["of"], field.default_factory())
        fields[field.name] = told
    return {"kind": "dataclass", "class": name, "of": fields}


def _kept(value: Any) -> dict[str, Any] | None:
    """Return the JSON of a value; None where it cannot be kept, or be read without its class."""
    from jobmake.values.codec import to_json

    try:
        data = to_json(value)
    except NotKept:
        return None
    return None if _names_class(data) else {"json": data}


def _names_class(data: Any) -> bool:
    if isinstance(data, list):
        return any(map(_names_class, data))
    if not isinstance(data, dict):
        return False
    return not _OF_CLASSES.isdisjoint(data) or any(map(_names_class, data.values()))
