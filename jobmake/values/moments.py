"""Dates, times, durations and their zones.

Knows how each is told exactly, in readable texts. Does not know tags.

Invariant: a zone comes back as what it was: the one `timezone.utc`, a fixed offset with or
without a name, or a place.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from jobmake.values.trouble import Unkept


def in_toml(value: Any) -> bool:
    """Say whether TOML tells all of a value of the module `datetime`."""
    cls = type(value)
    if cls is date:
        return True
    if cls not in (datetime, time) or value.fold:
        return False
    zone = value.tzinfo
    if zone is None:
        return True
    if cls is time or type(zone) is not timezone or len(_arguments(zone)) > 1:
        return False
    return not zone.utcoffset(None).total_seconds() % 60


def moment_out(value: datetime | time) -> Any:
    """Return a time, with its zone and fold where it has them."""
    text = value.replace(tzinfo=None, fold=0).isoformat()
    if value.tzinfo is None and not value.fold:
        return text
    return [text, value.tzinfo, value.fold]


def datetime_in(plain: Any) -> datetime:
    """Return the time that `moment_out` told."""
    text, zone, fold = (plain, None, 0) if type(plain) is str else plain
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def time_in(plain: Any) -> time:
    """Return the time of day that `moment_out` told."""
    text, zone, fold = (plain, None, 0) if type(plain) is str else plain
    return time.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def duration_out(value: timedelta) -> list[int]:
    """Return days, seconds and microseconds."""
    return [value.days, value.seconds, value.microseconds]


def timezone_out(value: timezone) -> Any:
    """Return `utc`, or the offset, with the name it was given."""
    return "utc" if value is timezone.utc else _arguments(value)  # noqa: UP017 - short


def timezone_in(plain: Any) -> timezone:
    """Return the fixed zone that was told."""
    return timezone.utc if plain == "utc" else timezone(*plain)  # noqa: UP017 - short


def zoneinfo_out(value: Any) -> str:
    """Return the zone's key. Raises Unkept for one that was read from a file."""
    if value.key is None:
        raise Unkept("a time zone without a key cannot be kept", "take it by name: `ZoneInfo(…)`")
    return str(value.key)


def zoneinfo_in(plain: str) -> Any:
    """Return the zone of that key, as this machine knows it."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(plain)


def _arguments(zone: timezone) -> list[Any]:
    return list(zone.__getinitargs__())  # type: ignore[attr-defined] # what pickle asks too
