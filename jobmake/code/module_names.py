"""The names of one module: what they stand for, and which of them it offers.

Knows imports, assignments and `__all__`, as they stand in one file. Does not know others.

Invariant: a name that may stand for a function or class of the module is among its
project names.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from jobmake.code.effects import executed
from jobmake.code.scopes import bound_by, bound_in
from jobmake.code.summary import ANY
from jobmake.code.syntax import DEFINITION, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNKNOWN = "?"


def origins_of(tree: ast.Module) -> dict[str, str]:
    """Return the dotted names that a module's imported names stand for."""
    origins: dict[str, str] = {}
    for node in executed(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, what in bound_by(node):
                dotted = "." * what.level + ".".join(filter(None, (what.module, what.name)))
                known = origins.setdefault(name, dotted)
                if known != dotted:
                    origins[name] = _UNKNOWN
    return origins


def project_names(tree: ast.Module) -> set[str]:
    """Return the names that may stand for functions and classes of the module itself."""
    found: set[str] = set()
    followers: dict[str, set[str]] = {}
    for node in executed(tree.body):
        if isinstance(node, (*DEFINITION, ast.ClassDef)):
            found.add(node.name)
    for statement in tree.body:
        if isinstance(statement, (*DEFINITION, ast.ClassDef)):
            continue
        bound = bound_in([statement])
        for node in nodes_of(statement):
            if isinstance(node, ast.Lambda):
                found |= bound
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                followers.setdefault(node.id, set()).update(bound)
    todo = list(found)
    while todo:
        for name in followers.get(todo.pop(), set()) - found:
            found.add(name)
            todo.append(name)
    return found


def exports_of(tree: ast.Module) -> tuple[str, ...] | None:
    """Return what `__all__` names: None where there is none, ANY where it is computed."""
    settings = [node for node in executed(tree.body) if _speaks_of_all(node)]
    if not settings:
        return None
    if len(settings) == 1:
        for statement in tree.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value
                ):
                    names = tuple(_constants(value))
                    return names if len(names) == len(value.elts) else ANY
    return ANY


def is_of_all(statement: ast.stmt) -> bool:
    """Say whether a statement does nothing but add to `__all__`."""
    match statement:
        case ast.AugAssign(target=ast.Name(id="__all__")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
            return True
    return False


def _speaks_of_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _constants(value: ast.List | ast.Tuple) -> Iterator[str]:
    for element in value.elts:
        match element:
            case ast.Constant(value=str(text)):
                yield text
