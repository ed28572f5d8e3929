"""Paths as texts: relative to the project, with `/`, normalised. Looks at no disk.

A glob: `*` any run of characters but `/`, `?` one, `[a-z]` and `[!a-z]` one of a set,
`**` as a whole step any number of folders. `*`, `?` and `**` pass over names that begin
with a dot, unless the pattern's step begins with one.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from jobmake.tools.regex import regex

_MAGIC = regex(r"[*?]|\[[^\]]+\]")


def has_magic(path: str) -> bool:
    """Say whether a path is a glob."""
    return "*" in path or "?" in path or ("[" in path and _MAGIC.search(path) is not None)


def escape_magic(text: str) -> str:
    """Return ``text`` so that a glob matches it literally."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def without_escapes(pattern: str) -> str | None:
    """Return the one path that a glob without any magic but escapes names, else None."""
    if has_magic(re.sub(r"\[[*?\[]\]", "x", pattern)):
        return None
    return re.sub(r"\[([*?\[])\]", r"\1", pattern)


def normal(path: str) -> str:
    """Return the shortest form of a path: no `./`, no `//`, no `x/..`, no trailing slash."""
    short = posixpath.normpath(path)
    if short == path and not path.startswith("//"):
        return path  # the same object: there may be very many
    return "/" + short.lstrip("/") if short.startswith("//") else short


def is_outside(path: str) -> bool:
    """Say whether a normalised path leads out of the project's folder."""
    return path.startswith("/") or path == ".." or path.startswith("../")


def is_below(path: str) -> bool:
    """Say whether a path is in its normal form and stays below the folder where it begins."""
    return (
        path not in ("", ".") and "\0" not in path and normal(path) == path and not is_outside(path)
    )


def parents(path: str) -> list[str]:
    """Return the folders above a path, the nearest first, without the project's own."""
    found = []
    while "/" in path:
        path = path.rpartition("/")[0]
        if not path:
            break
        found.append(path)
    return found


def static_folder(pattern: str) -> str:
    """Return the folder that a glob never leaves: its steps before the first with magic."""
    steps = pattern.split("/")
    for number, step in enumerate(steps):
        if has_magic(step):
            return "/".join(steps[:number])
    return posixpath.dirname(pattern)


def literal_start(pattern: str) -> str:
    """Return the text with which all that a glob matches begins: what is before its magic."""
    found = _MAGIC.search(pattern)
    return pattern[: found.start()] if found else pattern


@lru_cache(maxsize=4096)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """Return what matches the paths that the glob ``pattern`` names."""
    steps = pattern.split("/")
    pieces: list[str] = []
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if step == "**":
            # as the last step it stands for every file below
            pieces.append(r"(?:[^./][^/]*/)*[^./][^/]*" if last else r"(?:[^./][^/]*/)*")
        else:
            pieces.append(_step_regex(step) + ("" if last else "/"))
    return re.compile("".join(pieces), re.DOTALL)


@lru_cache(maxsize=4096)
def step_regex(step: str) -> re.Pattern[str]:
    """Return what matches the names that one step of a glob stands for."""
    return re.compile(_step_regex(step), re.DOTALL)


def _step_regex(step: str) -> str:
    pieces = [r"(?!\.)"] if _MAGIC.match(step) else []
    position = 0
    while position < len(step):
        char = step[position]
        match = _MAGIC.match(step, position)
        if not match:
            pieces.append(re.escape(char))
            position += 1
            continue
        found = match.group()
        position = match.end()
        pieces.append(r"[^/]*" if char == "*" else r"[^/]" if char == "?" else _set_regex(found))
    return "".join(pieces)


def _set_regex(found: str) -> str:
    inner = found[1:-1]
    negated = inner.startswith("!") and len(inner) > 1
    body = inner[negated:].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
    body = body.replace("&&", r"&\&").replace("~~", r"~\~").replace("||", r"|\|")
    if body.startswith("-"):
        body = "\\" + body
    return f"(?!/)[{'^' if negated else ''}{body}]"
