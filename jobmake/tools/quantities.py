"""Durations and sizes as people write them: `2h`, `1h 30m`, `500 ms`; `2 GiB`, `500 MB`.

Knows texts and numbers. Does not know what they are for.
"""

from __future__ import annotations

from jobmake.tools.regex import regex

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = regex(rf"{_NUMBER}\s*(ms|min|[smhdw])")
_SIZE = regex(rf"{_NUMBER}\s*({'|'.join(_BYTES)})")

DURATIONS = "for example `90s`, `10m`, `1h 30m`, `7d`"
SIZES = "for example `500 MB`, `2 GiB`"


def seconds(given: str | float) -> float:
    """Return a duration in seconds; a number is seconds already. Raises ValueError."""
    if isinstance(given, (int, float)):
        return _amount(given)
    total, end = 0.0, 0
    text = given.strip()
    for match in _DURATION.finditer(text):
        if text[end : match.start()].strip():
            raise ValueError(given)
        total += float(match[1]) * _SECONDS[match[2]]
        end = match.end()
    if not end or text[end:].strip():
        raise ValueError(given)
    return total


def size(given: str | float) -> int:
    """Return a size in bytes; a number is bytes already. Raises ValueError."""
    if isinstance(given, (int, float)):
        return int(_amount(given))
    match = _SIZE.fullmatch(given.strip())
    if match is None:
        raise ValueError(given)
    return int(float(match[1]) * _BYTES[match[2]])


def size_text(count: float) -> str:
    """Return a size as people read it: `512 B`, `3.2 GiB`."""
    if count < 1024:
        return f"{count:.0f} B"
    for unit in ("KiB", "MiB", "GiB"):
        count /= 1024
        if count < 1024:
            return f"{count:.1f} {unit}"
    return f"{count / 1024:.1f} TiB"


def _amount(number: float) -> float:
    if isinstance(number, bool) or not 0 <= number < float("inf"):
        raise ValueError(number)
    return number
