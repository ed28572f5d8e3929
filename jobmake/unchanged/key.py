"""Which command lines can be answered without loading a project, and by which key.

Knows the words of `jobmake build`, and the variables that stand for its options. Does not know
what they do, but that some do nothing where all is up to date.

Invariant: two command lines of one key are answered alike, as long as nothing on the disk and in
the environment is another. A word that is not known here is not answered.
"""

from __future__ import annotations

import os
import sys

from jobmake.model.names import VERSION
from jobmake.tools.digest import digest_texts

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SWITCH = "JOBMAKE_FULL_LOOK"  # set: the ordinary path answers in any case

# how what is to be done is done; it makes no difference where there is nothing to do
_IDLE = ("-k", "--keep-going", "-x", "--at-once", "--no-wait")
_COUNTING = ("-D", "--define", "--profile", "--tag")  # with a value
_COLORS = ("auto", "always", "never")
# these say in the environment what their options do, which are not known here
_OTHER = (
    "QUIET", "VERBOSE", "COLOR", "OUTPUT", "REPORT", "TRACE", "DRY_RUN", "FORCE", "PARANOID",
    "DIRECTORY", "JOBFILE", "SHUFFLE", "LOCK_HELD",
)  # fmt: skip


class Line:
    """A command line that can be answered. ``key`` stands for all of it that counts."""

    __slots__ = ("color", "key", "quiet", "verbose")

    def __init__(self) -> None:
        self.key, self.color = "", "auto"
        self.quiet = self.verbose = False


def read_line(words: Sequence[str], environ: Mapping[str, str], root: str) -> Line | None:
    """Return what a command line asks for of the project in a folder, None if the ordinary path
    is to answer it."""
    if words[:1] not in (["build"], ("build",)) or environ.get(SWITCH):
        return None
    if any(environ.get(f"JOBMAKE_{name}") for name in _OTHER):
        return None
    line, counting = Line(), _read(list(words[1:]))
    if counting is None:
        return None
    for word in counting[0]:
        if word in ("-q", "--quiet"):
            line.quiet = True
        elif word in ("-v", "--verbose"):
            line.verbose = True
        else:
            line.color = word
    line.key = _key((*counting[1], str(line.verbose)), environ, root)
    return line


def _read(words: list[str]) -> tuple[list[str], list[str]] | None:
    """Return the words for how it is told, and those that count; None if there are others."""
    style: list[str] = []
    counting: list[str] = []
    words.reverse()
    was_name, names_ended = False, False
    while words:
        word = words.pop()
        name, equals, value = word.partition("=")
        is_name = word[:1] not in ("", "-")
        if is_name and names_ended:
            return None  # the parser takes names in one row only
        names_ended = names_ended or (was_name and not is_name)
        was_name = is_name
        if is_name:
            counting.append(word)
        elif word in ("-q", "--quiet", "-v", "--verbose"):
            style.append(word)
        elif word in _IDLE:
            continue
        elif word == "--locked":
            counting.append(word)
        elif name in ("--color", "-j", "--jobs", *_COUNTING) and (equals or words):
            value = value if equals else words.pop()
            if not _take(name + equals, value, style, counting):
                return None
        elif word[:2] in ("-j", "-D") and not word.startswith("--") and len(word) > 2:
            if not _take(word[:2], word[2:], style, counting):
                return None
        else:
            return None
    return style, counting


def _take(name: str, value: str, style: list[str], counting: list[str]) -> bool:
    """Take an option with a value; say whether it is one that needs no other answer."""
    if not value or value[0] == "-":
        return False
    if name.startswith("--color"):
        style.append(value)
        return value in _COLORS
    if name.startswith(("-j", "--jobs")):
        return value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 10_000
    counting += (name, value)
    return True


def _key(words: Sequence[str], environ: Mapping[str, str], root: str) -> str:
    """Return a digest of what an answer depends on that is not on the project's disk."""
    own = sorted(
        f"{name}={value}" for name, value in environ.items() if name.startswith("JOBMAKE_")
    )
    here = os.stat(__file__)
    program = (VERSION, sys.version, sys.prefix, __file__, f"{here.st_ino} {here.st_mtime_ns}")
    python = (sys.getfilesystemencoding(), repr(sys.flags), *sys.path[1:])
    texts = (root, *program, "\0", *python, "\0", *own, "\0", *words)
    return digest_texts(texts).partition(":")[2]
