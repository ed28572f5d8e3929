"""Which scripts and modules of Python the commands of a shell text run.

    cd data && X=1 python3 -u scripts/make.py {params.x}

Knows how commands stand in a text. What a single one runs is known in `command`.

Invariant: what is not plainly a call of Python with a script or module is none.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from jobmake.code.command import python_code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobmake.code.command import Runs

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_BEFORE = frozenset({"env", "exec", "nice", "time", "command"})  # what may stand before a command


def run_by(text: str, value: Callable[[str], str | None] = lambda _word: None) -> Iterator[Runs]:
    """Yield what of Python a command runs. ``value`` gives the path that a placeholder stands
    for, None where it is no one path."""
    for words in _simple_commands(text):
        found = _runs(words, value)
        if found is not None:
            yield found


def _simple_commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command between `&&`, `;`, `|` and ends of lines."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        words: list[str] = []
        try:
            for word in lexer:
                if word.strip("();|&"):
                    words.append(word)
                else:
                    yield words
                    words = []
        except ValueError:
            pass  # a quote that goes on in the next line
        yield words


def _runs(words: list[str], value: Callable[[str], str | None]) -> Runs | None:
    while words and (words[0] in _BEFORE or _ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return python_code_of([value(word) or word for word in words])
