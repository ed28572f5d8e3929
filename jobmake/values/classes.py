"""Objects of people's own classes: dataclasses, named tuples, members of enums.

Knows how a class is named so that it is found again, and what such an object consists of.
Does not know how the parts are written.

Invariant: an object comes back without its class's code being run (no `__init__`, no
`__post_init__`), with the same fields; what is more than its fields is refused, not dropped.
"""

from __future__ import annotations

import enum
import sys
from typing import Any

from jobmake.values.trouble import Unkept, UnreadableValue, type_name

_OF_PYTHON = frozenset({"__dict__", "__weakref__", "__orig_class__"})
_BUILTIN = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, BaseException)


def reference(cls: Any) -> str:
    """Return the name by which a class can be imported, `module:qualname`. Raises Unkept."""
    if isinstance(cls, type):
        found: Any = sys.modules.get(cls.__module__)
        for step in cls.__qualname__.split("."):
            found = getattr(found, step, None)
        if found is cls:
            return type_name(cls)
    shown = type_name(cls) if isinstance(cls, type) else repr(cls)
    raise Unkept(
        f"its class `{shown}` cannot be imported by that name",
        "define the class at the top of its module",
    )


def found_class(name: Any, kind: str) -> Any:
    """Return the class of a stored name, which must be of a kind. Raises UnreadableValue."""
    if type(name) is not str or name.count(":") != 1:
        raise ValueError(f"{name!r} is not the name of a class")
    module, _, qualname = name.partition(":")
    try:
        found: Any = sys.modules.get(module)
        if found is None:
            import importlib

            found = importlib.import_module(module)
        for step in qualname.split("."):
            found = getattr(found, step)
    except Exception as error:  # whatever a module does when it is imported
        raise UnreadableValue(
            f"the class `{name}` of a stored value cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from None
    if not isinstance(found, type) or not _IS[kind](found):
        raise UnreadableValue(f"`{name}` of a stored value is no {kind} any more")
    return found


def parts_of(value: Any) -> tuple[str, str, Any] | None:
    """Return the kind, the class's name and the parts of an object; None of an unknown kind.

    The parts are fields by name; of a member of an enum its name, or its value and the word.
    """
    cls = type(value)
    if isinstance(value, enum.Enum):
        known = value.name in cls.__members__  # several flags at once have no name
        return "enum", reference(cls), [value.name] if known else [value.value, "value"]
    if _is_dataclass(cls) and not isinstance(value, _BUILTIN):
        return "dataclass", reference(cls), _dataclass_parts(value)
    if _is_namedtuple(cls):
        _refuse_more(value, ())
        return "namedtuple", reference(cls), dict(zip(value._fields, value, strict=True))
    return None


def object_of(kind: str, name: Any, parts: Any) -> Any:
    """Return the object that was stored. Raises UnreadableValue where its class has changed."""
    cls = found_class(name, kind)
    if kind == "enum":
        return _member_of(cls, name, parts)
    if kind == "namedtuple":
        _check_fields(name, kind, list(cls._fields), list(parts))
        return tuple.__new__(cls, parts.values())
    _check_fields(name, kind, list(_fields(cls)), list(parts))
    value = object.__new__(cls)
    for field, part in parts.items():
        object.__setattr__(value, field, part)  # also where it is frozen
    return value


def _is_dataclass(cls: type) -> bool:
    return hasattr(cls, "__dataclass_fields__")


def _is_namedtuple(cls: type) -> bool:
    fields = getattr(cls, "_fields", None)
    return issubclass(cls, tuple) and type(fields) is tuple and hasattr(cls, "_make")


_IS = {
    "class": lambda cls: True,
    "enum": lambda cls: issubclass(cls, enum.Enum),
    "dataclass": _is_dataclass,
    "namedtuple": _is_namedtuple,
}


def _member_of(cls: Any, name: str, parts: list[Any]) -> Any:
    try:
        return cls[parts[0]] if len(parts) == 1 else cls(parts[0])
    except (KeyError, ValueError):
        raise UnreadableValue(f"the enum `{name}` has no member `{parts[0]}` any more") from None


def _dataclass_parts(value: Any) -> dict[str, Any]:
    fields, parts = _fields(type(value)), {}
    for field in fields:
        try:
            parts[field] = getattr(value, field)
        except AttributeError:
            raise Unkept(f"its field `{field}` is not set") from None
    _refuse_more(value, fields)
    return parts


def _fields(cls: Any) -> dict[str, None]:
    import dataclasses  # the class is one, so it is loaded already

    return dict.fromkeys(field.name for field in dataclasses.fields(cls))


def _refuse_more(value: Any, fields: Any) -> None:
    """What is set on an object besides its fields would be lost; a cached property may be."""
    cls = type(value)
    slots = [name for base in cls.__mro__ for name in getattr(base, "__slots__", ())]
    extra = [*getattr(value, "__dict__", ()), *(one for one in slots if hasattr(value, one))]
    for name in extra:
        kind = type(getattr(cls, name, None)).__name__
        if name not in fields and kind != "cached_property" and name not in _OF_PYTHON:
            raise Unkept(
                f"its attribute `{name}` is none of its fields, and would be lost",
                "make it a field; or set `pickle = True` on the job",
            )


def _check_fields(name: str, kind: str, now: list[str], stored: list[str]) -> None:
    if now != stored:
        raise UnreadableValue(
            f"the {kind} `{name}` of a stored value had the fields "
            f"{', '.join(stored) or 'none'}, and has {', '.join(now) or 'none'} now"
        )
