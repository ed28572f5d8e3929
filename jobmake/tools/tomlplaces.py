"""Where each key and value of a TOML text stands, which the parser does not tell.

Knows the grammar as far as it takes to find the ends of things. Does not know what is
right: the text is one that the parser has accepted, and is not checked again.

Invariant: one pass from left to right that never goes back, and no recursion; the time is
in proportion to the text, whatever its shape.
"""

from __future__ import annotations

import re

import tomli

from jobmake.tools.tomlguard import STRING
from jobmake.tools.value import Value

Path = tuple["str | int", ...]

# Blanks, ends of lines and comments; commas too, which separate what is found anyway.
_FILLER = re.compile(r"(?:[\s,]++|#[^\n]*+)*+")
_KEY_PART = re.compile(rf"[ \t]*+([A-Za-z0-9_-]++|{STRING})[ \t]*+(\.?)", re.DOTALL)
_BEFORE_VALUE = re.compile(r"[ \t]*+=[ \t]*+")
_CLOSING = re.compile(r"[ \t]*+\]{1,2}")
_SCALAR = re.compile(
    rf"{STRING}"
    r"|\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]++"  # a date may have its time after a blank
    r"|[^\s,\]}#]++",
    re.DOTALL,
)


class Span(Value):
    """A piece of a text: ``text[start:end]``."""

    start: int
    end: int


class Places:
    """The places of one text. A path is made of decoded keys and of indexes of arrays.

    A table that no brackets enclose has no text of its own. Its place is its header; with
    no header, the header or the dotted key that first names it.
    """

    def __init__(self, root: _Node) -> None:
        self._root = root

    def key(self, path: Path) -> Span | None:
        """Return where the last name of ``path`` is written; None for an item of an array."""
        node = self._find(path)
        return None if node is None or node.key_end == 0 else Span(node.key_start, node.key_end)

    def value(self, path: Path) -> Span | None:
        """Return where the value at ``path`` is written, brackets and quotes included."""
        node = self._find(path)
        return None if node is None or node.end == 0 else Span(node.start, node.end)

    def _find(self, path: Path) -> _Node | None:
        node: _Node | None = self._root
        for step in path:
            if node is None:
                return None
            if isinstance(step, str):
                node = node.table.get(step) if node.table else None
            else:
                node = node.array[step] if node.array and 0 <= step < len(node.array) else None
        return node


def locate(text: str) -> Places:
    """Find the places of all keys and values in a text that the parser has accepted."""
    root = here = _Node()
    at = _skip_filler(text, text.startswith("\ufeff"))
    while at < len(text):
        if text[at] == "[":
            here, at = _read_header(text, at, root)
        else:
            node, at = _read_key(text, at, here)
            at = _read_value(text, at, node)
        at = _skip_filler(text, at)
    return Places(root)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line, counted from 1, and the column, counted from 0."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset) - 1


class _Node:
    """One value: where its key and it itself stand, and what it holds. An end of 0: nowhere."""

    __slots__ = ("array", "end", "key_end", "key_start", "start", "table")

    def __init__(self) -> None:
        self.key_start = self.key_end = self.start = self.end = 0
        self.table: dict[str, _Node] | None = None
        self.array: list[_Node] | None = None

    def child(self, name: str) -> _Node:
        """Return the value of that name, new if need be; of an array, in its last table."""
        table = self.array[-1] if self.array else self
        if table.table is None:
            table.table = {}
        node = table.table.get(name)
        if node is None:
            node = table.table[name] = _Node()
        return node

    def item(self) -> _Node:
        """Return a new item at the end of this array."""
        if self.array is None:
            self.array = []
        node = _Node()
        self.array.append(node)
        return node

    def put_key(self, start: int, end: int) -> None:
        self.key_start, self.key_end = start, end

    def put(self, start: int, end: int) -> None:
        self.start, self.end = start, end


_Part = tuple[str, int, int]  # a decoded name and where it stands


def _read_header(text: str, at: int, root: _Node) -> tuple[_Node, int]:
    """Return the table that a header opens and the offset after the header."""
    of_array = text.startswith("[[", at)
    parts, end = _read_parts(text, at + 1 + of_array)
    end = _end(_CLOSING, text, end)
    node = _descend(root, parts, at, end)
    _, start, stop = parts[-1]
    if of_array:
        if not node.array:
            node.put_key(start, stop)
            node.put(at, end)
        node = node.item()
    node.put_key(start, stop)  # also where an earlier header has named it in passing
    node.put(at, end)
    return node, end


def _read_key(text: str, at: int, table: _Node) -> tuple[_Node, int]:
    """Return the value that a key names, not yet read, and the offset where it starts."""
    parts, end = _read_parts(text, at)
    node = _descend(table, parts, at, parts[-1][2])
    return node, _end(_BEFORE_VALUE, text, end)


def _descend(table: _Node, parts: list[_Part], start: int, end: int) -> _Node:
    """Go down by name; what is named here for the first time gets its place here."""
    node = table
    for name, key_start, key_end in parts:
        node = node.child(name)
        if node.key_end == 0:
            node.put_key(key_start, key_end)
            node.put(start, end)
    return node


def _read_parts(text: str, at: int) -> tuple[list[_Part], int]:
    parts: list[_Part] = []
    while True:
        match = _KEY_PART.match(text, at)
        if match is None:
            raise _not_accepted(text, at)
        parts.append((_decoded(match[1]), match.start(1), match.end(1)))
        at = match.end()
        if not match[2]:
            return parts, at


def _decoded(part: str) -> str:
    if part[0] not in "\"'":
        return part
    if part[0] == "'" or "\\" not in part:
        return part[1:-1]
    name: str = tomli.loads("x = " + part)["x"]
    return name


def _read_value(text: str, at: int, node: _Node) -> int:
    """Read a value with all it holds; return the offset after it."""
    brackets: list[_Node] = []  # those open around ``at``
    while True:
        if text[at] in "[{":
            node.start = at
            if text[at] == "[":
                node.array = []
            brackets.append(node)
            at += 1
        else:
            node.put(at, _end(_SCALAR, text, at))
            at = node.end
        at = _close(text, at, brackets)
        if not brackets:
            return at
        if brackets[-1].array is None:
            node, at = _read_key(text, at, brackets[-1])
        else:
            node = brackets[-1].item()


def _close(text: str, at: int, brackets: list[_Node]) -> int:
    """Close the brackets that end here; return where the next item or key starts."""
    while brackets:
        at = _skip_filler(text, at)
        if text[at] not in "]}":
            break
        at += 1
        brackets.pop().end = at
    return at


def _skip_filler(text: str, at: int) -> int:
    return _end(_FILLER, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    if match is None:
        raise _not_accepted(text, at)
    return match.end()


def _not_accepted(text: str, at: int) -> ValueError:
    line, column = line_and_column(text, at)
    return ValueError(f"no TOML at line {line}, column {column + 1}; was it parsed before?")
