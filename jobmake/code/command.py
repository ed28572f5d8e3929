"""Which Python code a command runs: `python script.py`, `python -m package.module`.

Knows the options of Python's command line. Does not know shells: it is given words.

Invariant: when in doubt there is no answer, and what the command runs counts as it is
declared.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_PYTHON = re.compile(r"(?:.*/)?python(?:3(?:\.\d+)?)?")
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})
_PLAIN = re.compile(r"-[bBdEiIOPqsSuvx]+")
_HIDING = re.compile(r"[{}$`*?~]")  # not known before the command runs


class Runs(NamedTuple):
    """What a command runs: a script's path, or the name of a module."""

    script: str = ""
    module: str = ""


def python_code_of(words: Sequence[str]) -> Runs | None:
    """Return the script or module that the words of a command run, None if that is not plain."""
    if not words or not _PYTHON.fullmatch(words[0]):
        return None
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word in _WITH_VALUE and rest:
            rest.pop(0)
        elif word == "-m":
            return _module(rest[0]) if rest else None
        elif word.startswith("-m"):
            return _module(word[2:])
        elif word.startswith(("-W", "-X")) or _PLAIN.fullmatch(word):
            continue
        else:
            plain = word.endswith(".py") and not word.startswith("-") and not _HIDING.search(word)
            return Runs(script=word.removeprefix("./")) if plain else None
    return None


def _module(name: str) -> Runs | None:
    plain = all(part.isidentifier() for part in name.split("."))
    return Runs(module=name) if plain else None
