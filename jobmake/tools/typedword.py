"""A word as it is being typed in a shell: what it says so far, and how one goes on with it.

Knows quoting in bash (and, as far as names need it, in zsh and fish), and at which
characters readline begins a word anew. Does not know what the words are.
"""

from __future__ import annotations

import re

from jobmake.tools.value import Value

_PLAIN = re.compile(r"[\w@%+:,./=^-]")
_IN_DOUBLE = '\\"$`'


class TypedWord(Value):
    """``said`` is the word without its quotes; ``quote`` the one that is still open (or ""),
    ``start`` the place in ``said`` from which readline puts another text in its place."""

    said: str
    quote: str
    start: int


def typed(raw: str, breaks: str = "") -> TypedWord:
    """Return what ``raw`` says; readline begins a word anew after each of ``breaks``."""
    said: list[str] = []
    quote, start, escaped = "", 0, False
    for char in raw:
        if escaped:
            if quote == '"' and char not in _IN_DOUBLE:
                said.append("\\")
            said.append(char)
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            if char == quote:
                quote = ""
            else:
                said.append(char)
        elif char in "'\"":
            quote, start = char, len(said)
        else:
            said.append(char)
            if char in breaks:
                start = len(said)
    return TypedWord("".join(said), quote, start)


def going_on(name: str, word: TypedWord) -> str:
    """Return what bash is to put in the place of the word, from its start, to say ``name``."""
    rest = name[word.start :]
    if word.quote == "'":
        return rest.replace("'", "'\\''")
    if word.quote == '"':
        return "".join("\\" + char if char in _IN_DOUBLE else char for char in rest)
    return "".join(char if _PLAIN.match(char) else "\\" + char for char in rest)
