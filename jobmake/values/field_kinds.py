"""Values of params that have no parts: what is taken for each kind, and what it is called.

Knows which other writings of a value are taken: a duration as `2h`, a date in ISO's form,
an int for a float. Does not know where a value stands.

Invariant: nothing is guessed: a bool is no int, an int no bool, a text no number, but for
what was typed on a command line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobmake.tools.quantities import DURATIONS, seconds
from jobmake.values.trouble import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

CALLED = {
    "int": "an integer", "float": "a number", "bool": "true or false", "str": "a text",
    "bytes": "bytes", "none": "nothing", "date": "a date, for example `2026-11-21`",
    "time": "a time of day, for example `08:30:00`",
    "datetime": "a date and time, for example `2026-11-21T08:30:00`",
    "timedelta": f"a duration, {DURATIONS}", "decimal": "a decimal number", "path": "a path",
    "list": "a list", "set": "a list", "frozenset": "a list", "tuple_of": "a list",
    "tuple": "a list", "dict": "a table", "dataclass": "a table", "any": "anything",
}  # fmt: skip
_SWITCH = {"true": True, "yes": True, "on": True, "1": True,
           "false": False, "no": False, "off": False, "0": False}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]+")


def _int(value: Any, typed: bool) -> Any:
    if isinstance(value, str):
        return int(value) if typed and _INTEGER.fullmatch(value) else _wrong()
    return _wrong() if _is_bool(value) else value.__index__()


def _float(value: Any, typed: bool) -> Any:
    if isinstance(value, str):
        return float(value) if typed else _wrong()
    if isinstance(value, float) or type_name(type(value)).startswith("numpy:float"):
        return float(value)
    return _wrong() if _is_bool(value) else float(value.__index__())


def _bool(value: Any, typed: bool) -> Any:
    if _is_bool(value):
        return bool(value)
    if typed and (type(value) is str or type(value) is int):
        return _SWITCH[str(value).lower()]
    return _wrong()


def _str(value: Any, typed: bool) -> Any:
    return str.__str__(value)


def _bytes(value: Any, typed: bool) -> Any:
    return bytes(value) if isinstance(value, (bytes, bytearray)) else _wrong()


def _none(value: Any, typed: bool) -> Any:
    return _wrong() if value is not None else None


def _date(value: Any, typed: bool) -> Any:
    from datetime import date

    return value if type(value) is date else date.fromisoformat(value)


def _time(value: Any, typed: bool) -> Any:
    from datetime import time

    return value if type(value) is time else time.fromisoformat(value)


def _datetime(value: Any, typed: bool) -> Any:
    from datetime import datetime

    if isinstance(value, str) and len(value) <= 10:
        _wrong()  # a date alone
    return value if type(value) is datetime else datetime.fromisoformat(value)


def _timedelta(value: Any, typed: bool) -> Any:
    from datetime import timedelta

    return value if type(value) is timedelta else timedelta(seconds=seconds(value))


def _decimal(value: Any, typed: bool) -> Any:
    from decimal import Decimal

    if isinstance(value, float):
        return Decimal(float.__repr__(value))  # as it was written
    return _wrong() if _is_bool(value) or isinstance(value, tuple) else Decimal(value)


def _path(value: Any, typed: bool) -> Any:
    from pathlib import Path

    return Path(value) if not isinstance(value, bytes) else _wrong()


LEAVES: dict[str, Callable[[Any, bool], Any]] = {
    "int": _int, "float": _float, "bool": _bool, "str": _str, "bytes": _bytes, "none": _none,
    "date": _date, "time": _time, "datetime": _datetime, "timedelta": _timedelta,
    "decimal": _decimal, "path": _path, "any": lambda value, typed: value,
}  # fmt: skip
# What is of a kind already, before anything is converted: for unions.
OWN: dict[str, tuple[str, ...]] = {
    "int": ("builtins:int",), "float": ("builtins:float",), "bool": ("builtins:bool",),
    "str": ("builtins:str",), "bytes": ("builtins:bytes",), "none": ("builtins:NoneType",),
    "date": ("datetime:date",), "time": ("datetime:time",), "datetime": ("datetime:datetime",),
    "timedelta": ("datetime:timedelta",), "decimal": ("decimal:Decimal",),
    "path": ("pathlib:PosixPath", "pathlib._local:PosixPath"),
    "list": ("builtins:list",), "set": ("builtins:set",), "frozenset": ("builtins:frozenset",),
    "tuple": ("builtins:tuple",), "tuple_of": ("builtins:tuple",), "dict": ("builtins:dict",),
}  # fmt: skip


def shown(value: Any) -> str:
    """Return a value as an error names it."""
    if isinstance(value, str):
        from jobmake.tools.tomltext import value as toml_value

        text = toml_value(value) if value.isprintable() else ascii(value)
    elif isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    elif value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "nothing"}[value]
    elif isinstance(value, int):
        text = repr(value) if value.bit_length() < 200 else "a very long number"
    elif isinstance(value, float):
        text = repr(value)
    else:
        return f"a `{type(value).__qualname__}`"
    return text if len(text) <= 60 else text[:59] + "…"


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or type_name(type(value)) in ("numpy:bool", "numpy:bool_")


def _wrong() -> Any:
    raise ValueError
