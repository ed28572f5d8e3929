"""What a terminal would do with bytes: a small parser of its control sequences (ECMA-48, xterm).

Knows which sequences there are and where they end. Does not know what they do: `acts` gives each
that is not plain text, an end of a line, a return or a tab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = "\n\r\t"
_STRINGS = "P]X^_"  # DCS, OSC, SOS, PM, APC: up to their end


def acts(data: bytes) -> list[str]:
    """Return each thing that bytes would make a terminal do, as it was written."""
    return list(_acts(data.decode("utf-8", "replace")))


def _acts(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        begin = at
        at = _end(text, at)
        if at > begin + 1 or (_is_control(text[begin]) and text[begin] not in _PLAIN):
            yield text[begin:at]


def _end(text: str, at: int) -> int:
    """Return where the character or the sequence ends that begins there."""
    one = text[at]
    if "\x80" <= one <= "\x9f":  # its 7-bit form is ESC and a letter
        kind, at = chr(ord(one) - 0x40), at + 1
    elif one == "\x1b" and at + 1 < len(text):
        kind, at = text[at + 1], at + 2
    else:
        return at + 1
    if kind in _STRINGS:
        return _end_of_string(text, at)
    if kind == "[":
        while at < len(text) and " " <= text[at] <= "?":
            at += 1
        return min(at + 1, len(text))
    while " " <= kind <= "/" and at < len(text):  # as in ESC ( 0
        kind, at = text[at], at + 1
    return at


def _end_of_string(text: str, at: int) -> int:
    ends = [(text.find(end, at), len(end)) for end in ("\x07", "\x1b\\", "\x9c")]
    found = [(where, size) for where, size in ends if where >= 0]
    return sum(min(found)) if found else len(text)


def _is_control(one: str) -> bool:
    return one < " " or "\x7f" <= one <= "\x9f"
