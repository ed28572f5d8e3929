"""Text for people: durations, plurals, and text from files made safe for a terminal.

Invariant: what `printable` returns holds no control character but newline and tab, so
a file name or a log can neither move the cursor nor write to the clipboard; and none that
is not seen but turns what follows around.
"""

from __future__ import annotations

from jobmake.tools.inwords import count, duration
from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

__all__ = ["count", "duration", "one_line", "printable"]

# Escape sequences by ECMA-48: CSI, then the string kinds (OSC, DCS, SOS, PM, APC) up to
# their end, then two-character ones; at last every single control character.
_SEQUENCE = regex(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
# and what turns text around, ends a line, or takes no room: a name with it looks like another
_CONTROL = regex(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)


def printable(text: str) -> str:
    """Return ``text`` without escape sequences, with control characters made visible."""
    text = text.replace("\r\n", "\n")
    return _CONTROL.sub(_visible, _SEQUENCE.sub("", text))


def one_line(text: str, limit: int = 0) -> str:
    """Return ``text`` on one printable line, cut to ``limit`` characters where given."""
    line = printable(text).replace("\n", "\\n").replace("\t", " ")
    return line if not limit or len(line) <= limit else line[: limit - 1] + "…"


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
