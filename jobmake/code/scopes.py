"""Which names are local, and where.

Knows Python's rules of scoping: functions, classes, comprehensions, `global`. Does not
know what a name that is not local means.

Invariant: when in doubt a name is global, so that no use of one is missed.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from jobmake.code.syntax import DEFINITION, children, nodes_of
from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_INNER = (*DEFINITION, ast.ClassDef, ast.Lambda)


class Import(NamedTuple):
    """One imported thing: `from ..module import name`; no name: the module; `*`: all."""

    level: int
    module: str
    name: str

    @property
    def text(self) -> str:
        """Return what the digest holds of it."""
        return f"{'.' * self.level}{self.module}:{self.name}"


class Scope(Mutable):
    """The names that a function, class or comprehension binds."""

    kind: str
    above: Scope | None
    names: set[str] = field(default_factory=set)
    imports: dict[str, list[Import]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    me: str = ""  # the first parameter of a method

    def binder(self, name: str) -> Scope | None:
        """Return the scope whose local name this is; None for a global."""
        scope: Scope | None = self
        direct = True  # a class's names are seen in its own body, not in its functions
        while scope is not None:
            if name in scope.globals:
                return None
            of_class = scope.kind == "class"
            if name in scope.imports and (direct or not of_class):
                return scope
            if name in scope.names and not of_class:
                return scope
            direct = direct and scope.kind == "comprehension"
            scope = scope.above
        return None


def bound_by(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    """Yield the names that an import statement binds, with what they mean."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, Import(node.level, node.module or "", alias.name)
        elif alias.asname:
            yield alias.asname, Import(0, alias.name, "")
        else:
            top = alias.name.partition(".")[0]
            yield top, Import(0, top, "")


def executed_by(node: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    """Yield what an import statement loads."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield Import(node.level, node.module or "", alias.name)
        else:
            yield Import(0, alias.name, "")


def scope_of(node: ast.AST, above: Scope | None) -> Scope:
    """Return the scope that a function, lambda, class or comprehension opens."""
    if isinstance(node, COMPREHENSION):
        targets = (name for each in node.generators for name in names_in(each.target))
        return Scope("comprehension", above, set(targets))
    if isinstance(node, ast.ClassDef):
        return _filled(Scope("class", above), node.body)
    scope = Scope("function", above)
    if isinstance(node, ast.Lambda):
        scope.names.update(_parameters(node.args))
        return _filled(scope, [node.body])
    assert isinstance(node, DEFINITION)
    parameters = list(_parameters(node.args))
    scope.names.update(parameters)
    positional = [*node.args.posonlyargs, *node.args.args]
    if above is not None and above.kind == "class" and positional:
        scope.me = positional[0].arg
    return _filled(scope, node.body)


def names_in(target: ast.AST) -> Iterator[str]:
    """Yield the names that a target of an assignment binds."""
    for node in nodes_of(target):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        yield argument.arg
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            yield rest.arg


def _filled(scope: Scope, body: Iterable[ast.AST]) -> Scope:
    outer: set[str] = set()
    for node in own_nodes(body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, what in bound_by(node):
                scope.imports.setdefault(name, []).append(what)
        elif isinstance(node, ast.Global):
            scope.globals.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            outer.update(node.names)
        else:
            scope.names.update(_binds(node))
    scope.names -= outer
    return scope


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes of a body that run in its own scope; of inner functions only the head.

    Comprehensions are entered, because `:=` in them binds outside; their targets are not
    yielded.
    """
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, _INNER):
            continue
        if isinstance(node, ast.comprehension):
            todo.extend((node.iter, *node.ifs))
        else:
            todo.extend(children(node))


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name


def bound_in(body: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements bind in the scope they stand in, imports aside."""
    return {name for node in own_nodes(body) for name in _binds(node)}
