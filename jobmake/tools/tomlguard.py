"""TOML read safely: a look at the bytes first, and whatever the parser raises as one error.

Knows the texts that make a TOML parser eat memory or recurse without end. Does not know
what a Jobfile may hold, nor where its values stand (see `tomlplaces`).

Invariant: before the parser sees a byte, what it will do with the text is bounded by
`LARGEST`, `DEEPEST`, `LONGEST_KEY`, `LONGEST_PATH`, `MOST_DOTS` and `LONGEST_NUMBER`.

The look has two parts. A quick one, a few passes in C, lets every ordinary text through.
What it cannot judge goes token by token. Both read strings and comments as the parser
does, up to the first error in the text; there the parser stops, and so do they.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager

import tomli

from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LARGEST = 16 * 1024 * 1024  # bytes
DEEPEST = 64  # brackets within brackets; tomli recurses on them
LONGEST_KEY = 64  # parts; each header and dotted key costs the square of its length
LONGEST_PATH = 192  # names and indexes from the root to a value; who uses it may recurse
MOST_DOTS = 500_000  # in all keys together; each costs about 1 kB
# Digits. Python neither reads nor prints an int of more than 4,300 decimal ones; sixteen
# hexadecimal digits are twenty decimal ones.
LONGEST_NUMBER, LONGEST_HEX = 4_000, 3_000

_BOM = b"\xef\xbb\xbf"

# A string of any of the four kinds. Possessive throughout: no step back, and no memory for
# each repetition. To be compiled with `(?s)`.
STRING = (
    r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+"{3,5}+'
    r"|'''[^']*+(?:'(?!'')[^']*+)*+'{3,5}+"
    r'|"(?!"")[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
    r"|'(?!'')[^'\n]*+'"
)
_QUIET = STRING.encode() + rb"|#[^\n]*+"
# Blanks and commas go with them: fewer pieces are left, and what comes to stand side by side
# looks longer, never shorter. After a string without an end the parser reads nothing more.
_DROP = rb"(?:" + _QUIET + rb"|\".*+|'.*+)[\s,]*+"
_TO_DROP = regex(rb"(?s)" + _DROP + rb"(?:" + _DROP + rb")*+")
_TOKEN = regex(rb"(?s)" + _QUIET + rb"|(?P<mark>[][{}=,.\n\"'])|(?P<word>[^][{}=,.\s\"'#]++)")
# Where of each key only dots are left: those before `=`, and those that make up a header.
_DOTS_OF_KEYS = regex(rb"\.+(?==)|\[\.+\]")

_WORD = bytes(char for char in range(128) if chr(char).isalnum()) + b"_"
_IN_KEYS = _WORD + b"- \t"
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_WORDS_AS_ZEROS = bytes(ord("0") if char in _WORD else ord(" ") for char in range(256))


class BadToml(ValueError):
    """A text that is no TOML. ``line`` and ``column`` count from 1, as far as is known."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


class HostileToml(BadToml):
    """A text that the parser was not given: it would cost too much to read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message, line, 1)


def parse(data: bytes) -> dict[str, Any]:
    """Return what a TOML file holds. Raises BadToml, or HostileToml, which is one too."""
    refuse_hostile(data)
    try:
        text = data.removeprefix(_BOM).decode()
        with _without_gc():
            return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise BadToml(_plain(error.msg), error.lineno, error.colno) from None
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from None
    except (ValueError, RecursionError) as error:
        raise BadToml(_plain(str(error)), 1, 1) from None
    except MemoryError:
        raise BadToml("there is not enough memory to read it", 1, 1) from None


def refuse_hostile(data: bytes) -> None:
    """Raise HostileToml where a text would cost the parser too much."""
    if len(data) > LARGEST:
        raise HostileToml(f"it has more than {LARGEST // 1024**2} MiB", 1)
    if _is_tame(data):
        return
    walk = _Walk()
    for match in _TOKEN.finditer(data):
        if match.lastgroup is None:
            continue  # a string or a comment
        if complaint := walk.step(match.group()):
            raise HostileToml(complaint, data.count(b"\n", 0, match.start()) + 1)
        if walk.lost:
            return


def _is_tame(data: bytes) -> bool:
    """Return True only where a look token by token would find nothing.

    Keys of at most 8 parts and brackets at most 20 deep make no path longer than 184.
    """
    rest = _TO_DROP.sub(b"", data)
    marks = rest.translate(None, _IN_KEYS)
    if b"." * 8 in marks:
        return False
    # floats have dots too, so a second look where there are many
    if marks.count(b".") > MOST_DOTS < sum(map(len, _DOTS_OF_KEYS.findall(marks))):
        return False
    if b"0" * LONGEST_HEX in rest.translate(_WORDS_AS_ZEROS):
        return False
    brackets = marks.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(10):  # each takes away one level, or two
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


class _Walk:
    """Follows a text token by token, and knows at each how long the path to it is.

    A statement starts in its key; `=` leads to the value, and the end of the line, outside
    of brackets, to the next statement. In a `{` a key comes first, and after each comma.
    ``lost`` is set where the text is no TOML: the parser stops there, and says better why.
    """

    __slots__ = ("dots", "dots_in_all", "header", "in_header", "in_key", "lost", "open",
                 "path")  # fmt: skip

    def __init__(self) -> None:
        self.path = 1  # names and indexes down to where we are
        self.header = 0  # as many of them as the header above has opened
        self.dots = 0  # in this key
        self.dots_in_all = 0
        self.open: list[tuple[bytes, int]] = []  # brackets, each with the path before it
        self.in_key = True
        self.in_header = 0  # brackets of a header before here
        self.lost = False

    def step(self, token: bytes) -> str:
        """Go on by a token that is neither string nor comment; say what is too much."""
        match token:
            case b",":
                self._next_slot()
            case b".":
                return self._dot() if self.in_key else ""
            case b"[" | b"{":
                return self._enter(token)
            case b"]" | b"}":
                self._leave(token)
            case b"\n":
                self._end_line()
            case b"=":
                self.lost = not self.in_key
                self.in_key = False
            case b'"' | b"'":
                self.lost = True  # a string without an end
            case _ if not self.in_key and len(token) > LONGEST_HEX:
                return _long_number(token)
        return ""

    def _dot(self) -> str:
        self.dots += 1
        self.dots_in_all += 1
        self.path += 1
        if self.dots >= LONGEST_KEY:
            return f"a key has more than {LONGEST_KEY} parts"
        if self.dots_in_all > MOST_DOTS:
            return f"its keys have more than {MOST_DOTS:,} dots"
        return self._long_path()

    def _enter(self, bracket: bytes) -> str:
        if self.in_key or self.in_header:
            self.in_header += 1
            starts = self.in_key and not self.open and not self.dots
            self.lost = not starts or bracket == b"{" or self.in_header > 2
            return ""
        self.open.append((bracket, self.path))
        self._next_slot()
        if len(self.open) > DEEPEST:
            return f"brackets are nested more than {DEEPEST} deep"
        return self._long_path()

    def _long_path(self) -> str:
        if self.path > LONGEST_PATH:
            return f"a value lies more than {LONGEST_PATH} names and indexes deep"
        return ""

    def _next_slot(self) -> None:
        if not self.open:
            self.lost = True
            return
        bracket, path = self.open[-1]
        self.in_key = bracket == b"{"
        self.dots = 0
        self.path = path + 1

    def _leave(self, bracket: bytes) -> None:
        if self.in_header:
            self.in_key = False
            return
        if not self.open or self.open[-1][0] + bracket not in (b"[]", b"{}"):
            self.lost = True
            return
        self.path = self.open.pop()[1]
        self.in_key, self.dots = False, 0

    def _end_line(self) -> None:
        if self.open:
            return
        if self.in_header:
            # each part may be an array of tables, and then the path has an index there too
            self.header = 2 * (self.dots + 1)
        self.in_key, self.in_header, self.dots = True, 0, 0
        self.path = self.header + 1


def _long_number(token: bytes) -> str:
    longest = LONGEST_HEX if token.startswith(b"0x") else LONGEST_NUMBER
    return f"a number has more than {longest:,} digits" if len(token) > longest else ""


@contextmanager
def _without_gc() -> Iterator[None]:
    """Keep the collector off: all the parser makes is kept, so looking at it is time lost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _plain(message: str) -> str:
    """Return a message of the parser in our manner: `target.x` for its ('target', 'x')."""
    message = re.sub(
        r"\('(.*)',?\)", lambda found: "`" + found[1].replace("', '", ".") + "`", message
    )
    return message[:1].lower() + message[1:]


def _not_utf8(error: UnicodeDecodeError) -> BadToml:
    before = error.object[: error.start]
    in_line = before[before.rfind(b"\n") + 1 :].decode()
    return BadToml("it is not UTF-8", before.count(b"\n") + 1, len(in_line) + 1)
