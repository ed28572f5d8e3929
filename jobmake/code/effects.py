"""What happens when a module is imported.

Knows which statements do more than to bind a name, and which calls in the others may run
project code. Does not know other modules: what depends on them is answered by a list of
imported names to ask about.

Invariant: what is called silent runs no project code and leaves no trace but its names.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from jobmake.code.scopes import names_in
from jobmake.code.syntax import DEFINITION, children, does_nothing, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# decorators and callables of these take functions and classes without calling or keeping them
_TRUSTED = frozenset(
    [
        "abc",
        "contextlib",
        "dataclasses",
        "enum",
        "functools",
        "numba",
        "typing",
        "typing_extensions",
        "types",
        "collections",
        "weakref",
    ]
)
_CALLERS = frozenset({"functools.reduce", "contextlib.ExitStack"})
_QUIET_BUILTINS = frozenset({"property", "staticmethod", "classmethod", "super", "isinstance"})
_BUILTINS = frozenset(dir(builtins))
_OF_PROPERTIES = frozenset({"setter", "getter", "deleter"})


def binds_only(statement: ast.stmt) -> bool:
    """Say whether a statement does nothing but bind names of its module."""
    if isinstance(statement, (*DEFINITION, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return all(_is_plain(target) for target in targets) and bound_names(targets) != {"_"}
    if isinstance(statement, ast.If | ast.Try | ast.TryStar | ast.With | ast.Match):
        return all(binds_only(inner) for inner in _inner(statement))
    return does_nothing(statement) or type(statement).__name__ == "TypeAlias"


def bound_names(targets: Iterable[ast.expr]) -> set[str]:
    """Return the names that targets of an assignment bind."""
    return {name for target in targets for name in names_in(target)}


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain(element) for element in target.elts)
    if isinstance(target, ast.Starred):
        return _is_plain(target.value)
    return isinstance(target, ast.Name)


def _inner(statement: ast.stmt) -> Iterator[ast.stmt]:
    for node in children(statement):
        if isinstance(node, ast.stmt):
            yield node
        elif isinstance(node, ast.ExceptHandler | ast.match_case):
            yield from node.body


def executed(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes that run at import: of functions the head only, of classes all."""
    todo = list(nodes)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, DEFINITION):
            todo.extend(node.decorator_list)
            todo.extend(node.args.defaults)
            todo.extend(default for default in node.args.kw_defaults if default is not None)
        elif not isinstance(node, ast.Lambda):
            todo.extend(children(node))


class Effects:
    """Finds the calls at import that may run project code."""

    def __init__(self, origins: Mapping[str, str], project: set[str], others: set[str]) -> None:
        """``project``: names of the module that may stand for its own functions and classes.

        ``others``: its names that do not. What is in neither may come from `import *`.
        """
        self._origins, self._project, self._others = origins, project, others

    def of(self, nodes: Iterable[ast.AST]) -> tuple[bool, set[str]]:
        """Say whether code surely runs, and the imported names for which it runs if theirs does."""
        maybe: set[str] = set()
        for node in executed(nodes):
            if isinstance(node, (*DEFINITION, ast.ClassDef)):
                if not all(self._is_quiet(each) for each in node.decorator_list):
                    return True, maybe
            elif isinstance(node, ast.Call) and not self._is_quiet(node.func):
                names = {each.id for each in nodes_of(node) if isinstance(each, ast.Name)}
                if names & self._project:
                    return True, maybe
                maybe.update(name for name in names if name in self._origins)
                if not names <= self._others | self._origins.keys() | _BUILTINS:
                    maybe.add("*")
        return False, maybe

    def _is_quiet(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            node = node.func
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        if tail and tail[-1] in _OF_PROPERTIES:
            return True
        if node.id in _QUIET_BUILTINS and node.id not in self._project:
            return True
        dotted = ".".join((self._origins.get(node.id, ""), *tail))
        return dotted.partition(".")[0] in _TRUSTED and dotted not in _CALLERS
