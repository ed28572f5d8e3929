"""Python files as trees, and trees as digests that only meaning changes.

Knows how a file is parsed and what of its tree counts. Does not know names or modules.

Invariant: comments, formatting, docstrings and the version of Python that reads the file
do not change a digest; all else that a compiler sees does.
"""

from __future__ import annotations

import ast
import threading
import warnings
from typing import TYPE_CHECKING

from jobmake.model.errors import CodeError
from jobmake.tools.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ONE_AT_A_TIME = threading.Lock()  # the filters of warnings are one list for all threads
_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
_STATEMENTS = frozenset({"body", "orelse", "finalbody"})
_LARGE = 1 << 64

Definition = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef)


def tree_of(path: str, data: bytes) -> ast.Module:
    """Parse a file. Raises CodeError that names the line."""
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes, which are the project's own affair
            return ast.parse(data, path)
    except SyntaxError as error:
        raise CodeError(error.msg, file=path, line=error.lineno or 0) from None
    except ValueError as error:  # a null byte
        raise CodeError(str(error), file=path) from None
    except (RecursionError, MemoryError):
        raise CodeError("nested too deeply to be read", file=path) from None


def digest_of(*nodes: ast.AST | str) -> str:
    """Return one digest over trees, and texts that say how they stand to each other."""
    pieces: list[str] = []
    for node in nodes:
        _write(node, pieces)
        pieces.append("\n")
    return digest_bytes("".join(pieces).encode())


def docstring_of(body: list[ast.stmt]) -> str | None:
    """Return the docstring that a body begins with."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str(text))), *_]:
            return text
    return None


def does_nothing(statement: ast.stmt) -> bool:
    """Say whether a statement is `pass` or a bare constant, as docstrings are."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below a node, marks of loading and storing left out.

    It is what `ast.iter_child_nodes` does, several times as quick.
    """
    found: list[ast.AST] = []
    values = node.__dict__
    for name in node._fields:
        value = values.get(name)
        if isinstance(value, list):
            found.extend([each for each in value if isinstance(each, ast.AST)])
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def nodes_of(*roots: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes of some trees, in no order."""
    todo = list(roots)
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)


class _Piece(str):
    """Text to be written as it is."""

    __slots__ = ()


_CLOSE, _END = _Piece(")"), _Piece("]")
_names: dict[str, _Piece] = {}


def _write(node: object, pieces: list[str]) -> None:
    """Append the canonical text of a tree. A stack of our own: trees may be deep."""
    todo: list[object] = [node]
    while todo:
        item = todo.pop()
        if type(item) is _Piece:
            pieces.append(item)
        elif isinstance(item, ast.AST):
            pieces.append(f"{type(item).__name__}(")
            todo.append(_CLOSE)
            todo.extend(reversed(_fields(item)))
        elif type(item) is list:
            pieces.append("[")
            todo.append(_END)
            todo.extend(reversed(item))
        else:
            pieces.append(f"{_constant(item)},")


def _fields(node: ast.AST) -> list[object]:
    """Return the names of fields, each followed by its value; empty ones are left out.

    Newer versions of Python add fields; where a file does not use them they are empty.
    """
    found: list[object] = []
    values = node.__dict__
    for name in node._fields:
        value = values.get(name)
        if name in _LEFT_OUT or ((value is None or value == []) and type(node) is not ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            value = list(_joined(node.values))
        elif name in _STATEMENTS and isinstance(value, list):
            value = [statement for statement in value if not does_nothing(statement)] or None
        elif name == "format_spec" and isinstance(value, ast.JoinedStr) and not value.values:
            value = None
        if value is not None or type(node) is ast.Constant:
            found += (_names.get(name) or _names.setdefault(name, _Piece(name + "=")), value)
    return found


def _joined(values: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Yield the pieces of an f-string, neighbouring texts as one: versions differ there."""
    text = ""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text += value.value
            continue
        if text:
            yield ast.Constant(text)
        text = ""
        yield value
    if text:
        yield ast.Constant(text)


def _constant(value: object) -> str:
    if type(value) is int and abs(value) >= _LARGE:
        return f"int:{value:#x}"  # in decimals Python refuses very large ones
    return f"{type(value).__name__}:{value!a}"
