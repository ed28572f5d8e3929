"""Values put safely into the text of a POSIX shell command.

Knows where in a command's text a value stands (bare, in single quotes, in double quotes)
and how it must be written there, so that a value with spaces, quotes, newlines, `$(…)`
or `;` reaches the command unchanged. Does not know placeholders.

Invariant: where the place of a value is not understood, nothing is guessed: the place is
`REFUSED` and the caller reports it.
"""

from __future__ import annotations

import re
from shlex import quote

BARE, SINGLE, DOUBLE, REFUSED = "bare", "single", "double", "refused"

# A text of these alone means the same to the shell and to us.
_PLAIN = re.compile(r"(?:[\w@%+=:,./ -]|'[^']*')+", re.ASCII)
# Words that the shell treats by itself, so that a command of this name needs the shell.
_SHELL_WORDS = frozenset(
    """
    . : [ alias bg break case cd command continue do done echo elif else esac eval exec exit
    export fc fg fi for function getopts hash if in jobs kill let local printf pwd read
    readonly return select set shift source test then time times trap type typeset ulimit
    umask unalias unset until wait while
    """.split()  # noqa: SIM905
)


class ShellContext:
    """Follows a command's text piece by piece and says where its end stands.

    States: a stack of ``$(``, ``${``, quotes; the top one decides. Here-documents and
    backquotes are recognised and refused: a value in there would be read again by other
    rules.
    """

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._here = False
        self._escaped = False
        self._last = "\n"

    def feed(self, text: str) -> None:
        """Read on in the command's own text."""
        for index, char in enumerate(text):
            if self._escaped:
                self._escaped = False
            else:
                self._step(char, text[index + 1 : index + 2])
            self._last = char

    def value(self) -> None:
        """Pass over a value: it is a word, whatever it holds."""
        self._last = "x"
        self._escaped = False

    @property
    def place(self) -> str:
        """Where a value would stand now: BARE, SINGLE, DOUBLE or REFUSED."""
        top = self._top
        if self._here or self._escaped or "`" in self._stack or "#" in self._stack:
            return REFUSED
        if top == "'":
            return SINGLE
        if top == '"':
            return DOUBLE
        return REFUSED if top == "{" else BARE

    @property
    def _top(self) -> str:
        return self._stack[-1] if self._stack else ""

    def _step(self, char: str, following: str) -> None:
        top = self._top
        if top == "'":
            if char == "'":
                self._stack.pop()
        elif top == "#":
            if char == "\n":
                self._stack.pop()
        elif char == "\\":
            self._escaped = True
        elif char == "`":
            self._toggle("`")
        elif char == '"':
            self._toggle('"')
        elif char == "$" and following in ("(", "{"):
            pass  # the bracket itself opens, in the next step
        elif char in "({" and self._last == "$":
            self._stack.append(char)
        elif (char == "}" and top == "{") or (char == ")" and top == "("):
            self._stack.pop()
        elif top != '"':
            self._step_unquoted(char)

    def _step_unquoted(self, char: str) -> None:
        if char == "'":
            self._stack.append("'")
        elif char == "(":
            self._stack.append("(")
        elif char == "#" and self._last in " \t\n;&|(":
            self._stack.append("#")
        elif char == "<" and self._last == "<" and self._stack[-2:] != ["(", "("]:
            self._here = True  # `$((1<<2))` is arithmetic, all else a here-document

    def _toggle(self, quote_mark: str) -> None:
        if self._top == quote_mark:
            self._stack.pop()
        else:
            self._stack.append(quote_mark)


def quoted(text: str, place: str) -> str:
    """Return ``text`` as it must be written at ``place`` to stay one unchanged value."""
    if place == SINGLE:
        return text.replace("'", "'\\''")
    if place == DOUBLE:
        return re.sub(r'(["\\$`])', r"\\\1", text)
    return quote(text)


def plain_words(command: str) -> list[str] | None:
    """Return the words of a command that needs no shell, or None where it needs one."""
    if not _PLAIN.fullmatch(command):
        return None
    import shlex

    words = shlex.split(command)
    if not words or "=" in words[0] or words[0] in _SHELL_WORDS:
        return None
    return words
