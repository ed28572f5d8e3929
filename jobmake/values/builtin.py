"""The codecs that ship with jobmake.

Knows which there are, and those of the standard library. Imports no library of data:
each codec imports its own when a value is of it, or a stored value needs it.

Invariant: a name that was once written here keeps its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.values import arrow_tables, moments, numpy_arrays, pandas_frames, polars_frames
from jobmake.values.simple import Simple

if TYPE_CHECKING:
    from jobmake.model.contracts import Codec

_PATHS = ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath")


def jobmake_codecs() -> list[Codec]:
    """Return the built-in codecs."""
    return [
        Simple("date", "datetime:date", _isoformat, _date),
        Simple("datetime", "datetime:datetime", moments.moment_out, moments.datetime_in),
        Simple("time", "datetime:time", moments.moment_out, moments.time_in),
        Simple("timedelta", "datetime:timedelta", moments.duration_out, _timedelta),
        Simple("timezone", "datetime:timezone", moments.timezone_out, moments.timezone_in),
        Simple("zoneinfo", "zoneinfo:ZoneInfo", moments.zoneinfo_out, moments.zoneinfo_in),
        Simple("decimal", "decimal:Decimal", str, _decimal),
        Simple("fraction", "fractions:Fraction", _fraction_out, _fraction),
        Simple("uuid", "uuid:UUID", str, _uuid),
        Simple("path", _path_types(), _path_out, _path),
        *numpy_arrays.codecs(),
        *pandas_frames.codecs(),
        *polars_frames.codecs(),
        *arrow_tables.codecs(),
    ]


def _isoformat(value: Any) -> Any:
    return value.isoformat()


def _date(plain: str) -> Any:
    from datetime import date

    return date.fromisoformat(plain)


def _timedelta(plain: list[int]) -> Any:
    from datetime import timedelta

    return timedelta(*plain)


def _decimal(plain: str) -> Any:
    from decimal import Decimal

    return Decimal(plain)


def _fraction_out(value: Any) -> list[int]:
    return [value.numerator, value.denominator]


def _fraction(plain: list[int]) -> Any:
    from fractions import Fraction

    return Fraction(*plain)


def _uuid(plain: str) -> Any:
    from uuid import UUID

    return UUID(plain)


def _path_types() -> str:
    modules = ("pathlib", "pathlib._local")  # 3.13 has them in the second
    return " ".join(f"{module}:{name}" for module in modules for name in _PATHS)


def _path_out(value: Any) -> Any:
    name = type(value).__name__
    return str(value) if name == "PosixPath" else [name, str(value)]


def _path(plain: Any) -> Any:
    import pathlib

    name, text = ("PosixPath", plain) if type(plain) is str else plain
    if name not in _PATHS:
        raise ValueError(name)
    return getattr(pathlib, name)(text)
