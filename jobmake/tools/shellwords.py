"""Values put safely into the text of a POSIX shell command.

Knows where in a command's text a value stands (bare, in single quotes, in double quotes)
and how it must be written there, so that a value with spaces, quotes, newlines, `$(…)`
or `;` reaches the command unchanged. Does not know placeholders.

Invariant: where the place of a value is not understood, nothing is guessed: the place is
`REFUSED` and the caller reports it.
"""

from __future__ import annotations

import re

from jobmake.tools.regex import regex

BARE, SINGLE, DOUBLE = "bare", "single", "double"
ARITHMETIC, REFUSED = "arithmetic", "refused"

# A text of these alone means the same to the shell and to us.
_USUAL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_@%+=:,./ -"
_SAFE = _USUAL.replace(" ", "")  # in a word
_PLAIN = regex(r"(?a)(?:[\w@%+=:,./ -]|'[^']*')+")
# and what ends in `> FILE`, which is the only thing that the shell is there for
_INTO_FILE = regex(r"(?a)(?P<command>.*[^\s>]) +> *(?P<file>[\w@%+=:,./-]+) *")
_NUMBER = regex(r"(?a)[+-]?[0-9]\w*")
# Words that the shell treats by itself, so that a command of this name needs the shell.
_SHELL_WORDS = frozenset(
    """
    . : [ alias bg break case cd chdir command continue do done echo elif else esac eval exec exit
    export fc fg fi for function getopts hash if in jobs kill let local printf pwd read
    readonly return select set shift source test then time times trap type typeset ulimit
    umask unalias unset until wait while
    """.split()  # noqa: SIM905
)


def quote(text: str) -> str:
    """Return one word of a command, as `shlex.quote` writes it: to load that takes longer than to
    quote the words of most builds."""
    if text and not text.strip(_SAFE):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"


class ShellContext:
    """Follows a command's text piece by piece and says where its end stands.

    States: a stack of what is open, the last one decides. Quotes, a backquote, `#` of a
    comment, `$(`, `((` of arithmetic, `(` of a subshell, `{` of `${`. At a here-document, and
    where shells differ, the following is given up: from there on every place is refused.
    """

    def __init__(self) -> None:
        self._stack: list[str] = []
        self._lost = False
        # whether a here-document begins with the next line, and its end has been named
        self._here, self._has_end = False, True
        self._escaped = False
        self._last = "\n"
        self._word = ""  # the letters just before

    def feed(self, text: str) -> None:
        """Read on in the command's own text."""
        for char in text:
            self._lost |= self._here and char == "\n"
            self._has_end |= char not in "<- \t"
            if self._escaped:
                self._escaped = False
                if char != "\n":  # an escaped end of line is nothing at all
                    self._last, self._word = "x", ""
            elif char == "\\" and self._top not in ("'", "#"):
                self._escaped = True
            else:
                self._step(char)
                # `$$` is a value, and opens nothing with what follows it
                self._last = "x" if char == self._last == "$" else char
                self._word = self._word + char if char.isalpha() else ""

    def value(self) -> None:
        """Pass over a value: it is a word, whatever it holds."""
        self._last, self._word = "x", ""
        self._escaped = False

    @property
    def place(self) -> str:
        """Where a value would stand now: BARE, SINGLE, DOUBLE, ARITHMETIC or REFUSED."""
        inner, top = self._inner, self._top
        if self._lost or self._escaped or not self._has_end or top == "#":
            return REFUSED
        if "`" in self._stack or "{" in inner:
            return REFUSED
        if "((" in inner:
            return ARITHMETIC
        return {"'": SINGLE, '"': DOUBLE}.get(top, BARE)

    @property
    def _top(self) -> str:
        return self._stack[-1] if self._stack else ""

    @property
    def _inner(self) -> list[str]:
        """What is open in the innermost `$(`, which the shell reads by itself."""
        for index in range(len(self._stack), 0, -1):
            if self._stack[index - 1] == "$(":
                return self._stack[index:]
        return self._stack

    def _step(self, char: str) -> None:
        top = self._top
        if top in ("'", "#"):
            if char == {"'": "'", "#": "\n"}[top]:
                self._stack.pop()
        elif char in ("`", '"'):
            if top == char:
                self._stack.pop()
            else:
                self._stack.append(char)
        elif char in "({" and self._last == "$":
            self._stack.append("$(" if char == "(" else "{")
        elif (char == "}" and top == "{") or (char == ")" and top in ("(", "((", "$(")):
            self._stack.pop()
        elif top == "{":
            self._step_in_braces(char)
        elif top != '"':
            self._step_unquoted(char)

    def _step_in_braces(self, char: str) -> None:
        """In `"${x:-it's}"` the quote is a letter, in `"${x#it's}"` and `${x:-'a}'}` it is not."""
        if char == "'":
            self._lost |= '"' in self._inner
            self._stack.append("'")

    def _step_unquoted(self, char: str) -> None:
        last, top = self._last, self._top
        if char == "'":
            self._lost |= last == "$"  # in some shells `$'it\'s'` is one text
            self._stack.append("'")
        elif char == "(":
            # `((` is arithmetic in one shell and two subshells in another, `$((` in all
            self._lost |= last == "(" and top == "(" and "((" not in self._inner
            self._stack.append("((" if last == "(" and top == "$(" else "(")
        elif char == "#" and last in " \t\n;&|(<>)":
            self._lost |= last == ")" or "`" in self._stack  # `(a)#` is one, `$(a)#` is not
            self._stack.append("#")
        elif char == "<" and last == "<":
            if "((" not in self._inner:  # a here-document, but for `$((1<<2))`
                self._here, self._has_end = True, False
        elif char in " \t\n" and self._word == "case" and self._stack:
            self._lost = True  # the brackets of its patterns close nothing


def quoted(text: str, place: str) -> str:
    """Return ``text`` as it must be written at ``place`` to stay one unchanged value.

    Raises ValueError in arithmetic, where only a number stays what it is.
    """
    if place == ARITHMETIC and not _NUMBER.fullmatch(text):
        raise ValueError("only a number can stand in arithmetic")
    if place == SINGLE:
        return text.replace("'", "'\\''")
    if place == DOUBLE:
        return re.sub(r'(["\\$`])', r"\\\1", text)
    # zsh takes a word `=name` for the path of that program
    return f"'{text}'" if text.startswith("=") and quote(text) == text else quote(text)


def plain_words(command: str) -> list[str] | None:
    """Return the words of a command that needs no shell, or None where it needs one."""
    if command.strip(_USUAL) and not _PLAIN.fullmatch(command):
        return None
    if "'" in command:
        from shlex import split

        words = split(command)
    else:
        words = command.split()
    if not words or "=" in words[0] or words[0] in _SHELL_WORDS:
        return None
    return words


def plain_words_into(command: str) -> tuple[list[str], str] | None:
    """Return the words of a command that needs the shell for nothing but to have its output
    written to a file, and the file; None for any other."""
    match = _INTO_FILE.fullmatch(command)
    words = plain_words(match["command"]) if match else None
    return (words, match["file"]) if match and words else None
