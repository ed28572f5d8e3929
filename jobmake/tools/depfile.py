"""Depfiles: the rules in make's language by which a compiler says what it has read.

    main.o: main.c include/a.h \\
      include/b.h

Knows that much of the language as compilers write (`-MD`, `-MMD`, `-MP`): rules,
continued lines, escaped blanks. Does not know files.
"""

from __future__ import annotations

import re

from jobmake.tools.regex import regex

_WORD = regex(r"(?:\\[ \t#:\\]|[^\s])+")


def prerequisites(text: str) -> list[str]:
    """Return the files that the rules of a depfile name to the right of their colons.

    Raises ValueError where a line is no rule.
    """
    found: dict[str, None] = {}
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        words = _WORD.findall(line)
        if not words or words[0].startswith("#"):
            continue
        colon = next((at for at, word in enumerate(words) if _ends_names(word)), None)
        if colon is None:
            raise ValueError(f"`{line.strip()[:60]}` is no rule")
        found.update(dict.fromkeys(_plain(word) for word in words[colon + 1 :] if word != "|"))
    return list(found)


def _ends_names(word: str) -> bool:
    """Say whether the left side of a rule ends with a word; `a\\:` is part of a name."""
    return word.endswith(":") and not word.endswith("\\:")


def _plain(word: str) -> str:
    return re.sub(r"\\([ \t#:])", r"\1", word).replace("$$", "$")
