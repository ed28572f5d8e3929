"""Values written as TOML, always in the same way: for the lockfile and for instance names.

Knows how each type is written. Does not know tables with headers: a dict is written inline.

Invariant: equal values of one type give one text, values of two types never share a text,
and the text read by a TOML parser gives the value again. A text is one line, also for
`str.splitlines`. The escapes in strings are those that JSON has too.
"""

from __future__ import annotations

import math

from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from datetime import date, datetime, time
else:
    from _datetime import date, datetime, time  # the same, without what `datetime` is in Python

# Quotes and backslashes; control characters with DEL and C1; and the two separators of
# Unicode, at which some editors and `str.splitlines` end a line.
_TO_ESCAPE = regex('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_LONE_SURROGATE = regex("[\ud800-\udfff]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def key(text: str) -> str:
    """Return one part of a key: bare where TOML allows it, else in quotes.

    Raises ValueError for a lone surrogate, which no TOML file can hold.
    """
    return text if _is_bare(text) else _quoted(text)


def value(v: object, sort: bool = True) -> str:
    """Return a value as TOML; the keys of tables are sorted, or stay as they are.

    Raises TypeError for a type that TOML lacks, and ValueError for a value that it cannot
    hold: a lone surrogate, a time with an offset, an offset with seconds, an int so long
    that Python prints none such.
    """
    match v:
        case str():
            return _quoted(v)
        case bool():  # before int, which it also is
            return "true" if v else "false"
        case int():
            return int.__repr__(v)
        case float():
            return _float(v)
        case dict():
            return _table(v, sort)
        case list() | tuple():
            return "[" + ", ".join([value(one, sort) for one in v]) + "]"
        case datetime() | date() | time():
            return _moment(v)
        case _:
            raise _wrong_type("a value", v)


def _is_bare(text: str) -> bool:
    rest = text.replace("-", "").replace("_", "")
    return text.isascii() and (rest.isalnum() or (text != "" and not rest))


def _quoted(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'  # as nearly all are
    if found := _LONE_SURROGATE.search(text):
        raise ValueError(f"the text holds a lone surrogate, U+{ord(found.group()):04X}")
    return '"' + _TO_ESCAPE.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def _float(number: float) -> str:
    # All but `inf`, `nan` and their likes have a point or an exponent in Python's shortest
    # text already (`1.0`, `1e-05`), which TOML reads as a float too. One `nan` for all.
    return "nan" if math.isnan(number) else float.__repr__(number)


def _table(table: dict[object, object], sort: bool) -> str:
    names: list[str] = []
    for name in table:
        if not isinstance(name, str):
            raise _wrong_type("a key", name)
        names.append(name)
    if sort:
        names.sort()
    pairs = [f"{key(name)} = {value(table[name], sort)}" for name in names]
    return "{" + ", ".join(pairs) + "}"


def _moment(moment: date | time) -> str:
    if isinstance(moment, time) and moment.tzinfo is not None:
        raise ValueError("TOML has no time of day with an offset")
    text = moment.isoformat()
    if isinstance(moment, datetime):
        offset = moment.utcoffset()
        if offset is not None and offset.total_seconds() % 60:
            raise ValueError("TOML has no offset with seconds")
    return text


def _wrong_type(what: str, v: object) -> TypeError:
    return TypeError(f"{what} of type `{type(v).__name__}` cannot be written as TOML")
