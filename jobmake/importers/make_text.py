"""The text of a Makefile: what make's data base does not tell, and what is lost in it.

Knows lines and words. Does not evaluate anything.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.importers.draft import Draft, Source

_NOW = "approximated: it was evaluated now, and its value written down"
_LOST = (
    (re.compile(r"\$[({]shell\s|^[^\t#]*!="), _NOW),
    (re.compile(r"\$[({]wildcard\s"),
     "approximated: the files that match now are written down, or a glob of just them"),
    (re.compile(r"^\s*(ifeq|ifneq|ifdef|ifndef)\b"),
     "approximated: the branch that holds now was taken"),
    (re.compile(r"^\.INTERMEDIATE\s*:"), "left out: jobmake keeps what targets make"),
    (re.compile(r"^\.NOTPARALLEL\s*:"), "left out: `jobmake build -j 1` runs one at a time"),
    (re.compile(r"^\.IGNORE\s*:"), "left out: add `|| true` to the commands that may fail"),
    (re.compile(r"^\.(EXPORT_ALL_VARIABLES)\s*:|^export\s*(#.*)?$"),
     "left out: variables that commands read must be in `env`"),
    (re.compile(r"^\t.*\$\?"), "approximated: `$?` is all needs, not the newer ones only"),
    (re.compile(r"^[\w./-]+\([\w./ -]+\)\s*:"), "left out: members of archives"),
    (re.compile(r"^\.SECONDEXPANSION\s*:"), "approximated: it was evaluated now"),
)  # fmt: skip
_EXPORT = re.compile(r"^export\s+(?!\s*#)([\w \t]+?)\s*(?:[:?+]?:?=.*)?$")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; one that ends in a backslash goes on in the next."""
    begun, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first or number
        if (len(line) - len(line.rstrip("\\"))) % 2:
            begun += line[:-1] + " "
            continue
        yield first, begun + line
        begun, first = "", 0
    if begun:
        yield first, begun


def note_text(draft: Draft, text: str) -> None:
    """Note what is in the text and can be in no Jobfile."""
    for number, line in logical_lines(text):
        if line.lstrip().startswith("#"):
            continue
        for pattern, done in _LOST:
            if pattern.search(line):
                draft.note(number, line, done)


def exported_names(text: str) -> list[str]:
    """Return the names of the variables that commands are given."""
    names: dict[str, None] = {}
    for _, line in logical_lines(text):
        if match := _EXPORT.match(line):
            names.update(dict.fromkeys(match[1].split()))
    return list(names)


def depfile_of(texts: Sequence[str], output: str, source: Source) -> str:
    """Return the depfile that a compiler among the commands writes, or nothing.

    ``output`` and the answer are as the Jobfile has paths.
    """
    for text in texts:
        words = text.split()
        if not {"-MMD", "-MD"} & set(words):
            continue
        for at, word in enumerate(words):
            if word == "-MF" and at + 1 < len(words):
                return source.rebased(words[at + 1])
            if word.startswith("-MF") and len(word) > 3:
                return source.rebased(word[3:])
        return os.path.splitext(output)[0] + ".d" if output else ""
    return ""
