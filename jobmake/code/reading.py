"""From the text of a Python file to its summary.

Knows how a module's statements fall into units. Does not know other files.

Invariant: every statement that does something is in a unit.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Any

from jobmake.code.classes import class_parts
from jobmake.code.effects import Effects, binds_only, executed
from jobmake.code.module_names import exports_of, is_of_all, origins_of, project_names
from jobmake.code.references import Walker
from jobmake.code.scopes import bound_by, bound_in, executed_by, own_nodes
from jobmake.code.summary import DOC, Summary, Unit
from jobmake.code.syntax import DEFINITION, digest_of, docstring_of, does_nothing, nodes_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.code.references import Uses
    from jobmake.code.scopes import Scope

_IMPORTING = (ast.Import, ast.ImportFrom)


def summarise(path: str, data: bytes) -> Summary:
    """Read a file. Raises CodeError where it cannot be."""
    tree = tree_of(path, data)
    reader = _Reader(tree, package=path.endswith("__init__.py"))
    return Summary(tuple(reader.units()), exports_of(tree))


class _Reader:
    def __init__(self, tree: ast.Module, package: bool) -> None:
        self._tree, self._package = tree, package
        self._origins = origins_of(tree)
        project = project_names(tree)
        bound = bound_in(tree.body)
        self._effects = Effects(self._origins, project, bound - project)
        self._times = Counter(_bindings(tree))
        self._loaded = {
            node.id
            for node in nodes_of(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        self._units: list[Unit] = []

    def units(self) -> list[Unit]:
        doc = docstring_of(self._tree.body)
        if doc is not None:
            self._units.append(Unit(DOC, 1, digest_of(doc), names=(DOC,), inert=True))
        for statement, around, main in _statements(self._tree.body):
            self._statement(statement, around, main)
        return self._units

    def _statement(self, node: ast.stmt, around: tuple[ast.AST | str, ...], main: bool) -> None:
        tests = [each for each in around if isinstance(each, ast.AST)]
        if isinstance(node, ast.ClassDef):
            first = len(self._units)
            self._class(node, around, tests)
            self._units[first:] = [unit._replace(main=main) for unit in self._units[first:]]
            return
        subject = _added_to(node)
        if subject:
            uses = self._uses([*node.value.args, *node.value.keywords], parents=True)  # type: ignore[attr-defined]
            unit = self._unit(node, [node], uses, digest_of(*around, node))
            self._units.append(unit._replace(adds=subject, main=main))
            return
        nodes = [node, *tests]
        unit = self._unit(node, nodes, self._uses(nodes), digest_of(*around, node))
        silent = binds_only(node) or is_of_all(node)
        runs, maybe = self._effects.of(nodes)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            runs = True
        self._units.append(
            unit._replace(
                label=_label(node, unit.names) if silent else "",
                runs=runs or not silent,
                maybe=() if runs or not silent else tuple(sorted(maybe)),
                main=main,
                pure=isinstance(node, _IMPORTING) and not around,
                inert=silent and self._is_inert(node, unit.names),
            )
        )

    def _class(
        self, node: ast.ClassDef, around: tuple[ast.AST | str, ...], tests: Sequence[ast.AST]
    ) -> None:
        """Take a class apart: its head, its parents, its methods."""
        parts = class_parts(node)
        owner = len(self._units)
        runs, maybe = self._effects.of([node, *tests])
        head = self._uses([*parts.head, *tests], parts.scope)
        unit = self._unit(node, [node, *tests], head, digest_of(*around, parts.text, *parts.order))
        names = {node.name, *head.globals, *bound_in(tests)}
        self._units.append(
            unit._replace(
                label=node.name,
                names=tuple(sorted(names)),
                runs=runs or parts.made,
                maybe=tuple(sorted(maybe)),
                bases=parts.bases,
                hooks=parts.hooks,
            )
        )
        for name, member in parts.members:
            uses = self._uses([member], parts.scope)
            unit = self._unit(member, [], uses, digest_of(member))
            self._units.append(
                unit._replace(
                    label=f"{node.name}.{name}",
                    names=tuple(sorted(uses.globals)),
                    owner=owner,
                    member=name,
                    inert=parts.count[name] == 1 and not member.decorator_list,
                )
            )
        for parents in parts.parents:
            uses = self._uses([parents], parts.scope, parents=True)
            unit = self._unit(parents, [], uses, digest_of(parents))
            self._units.append(
                unit._replace(label=f"{node.name}.parents", owner=owner, member="parents")
            )

    def _uses(
        self, nodes: Sequence[ast.AST], scope: Scope | None = None, *, parents: bool = False
    ) -> Uses:
        return Walker(self._origins, self._package).walk(nodes, scope, as_parents=parents)

    def _unit(self, at: Any, nodes: Sequence[ast.AST], uses: Uses, digest: str) -> Unit:
        importing = [each for each in executed(nodes) if isinstance(each, _IMPORTING)]
        own = [each for each in own_nodes(nodes) if isinstance(each, _IMPORTING)]
        bound = [pair for each in own for pair in bound_by(each)]
        return Unit(
            label="",
            line=at.lineno,
            digest=digest,
            doc=_docs(at),
            names=tuple(sorted({*bound_in(nodes), *uses.globals, *(name for name, _ in bound)})),
            binds=tuple(bound),
            loads=tuple(what for each in importing for what in executed_by(each)),
            alone=tuple(self._alone(importing)),
            chains=tuple(sorted(uses.chains)),
            local=tuple(sorted(uses.local)),
            imports=tuple(sorted(uses.imports)),
            attributes=tuple(sorted(uses.attributes)),
            parents=tuple(sorted(uses.parents)),
            flags=tuple(sorted(uses.flags.items())),
        )

    def _alone(self, importing: Sequence[ast.Import | ast.ImportFrom]) -> Iterator[Any]:
        """Yield imports whose name nobody in the file uses."""
        for node in importing:
            for (name, _), what in zip(bound_by(node), executed_by(node), strict=True):
                if name not in self._loaded:
                    yield what

    def _is_inert(self, node: ast.stmt, names: Sequence[str]) -> bool:
        if any(self._times[name] > 1 for name in names):
            return False
        if isinstance(node, DEFINITION):
            defaults = (*node.args.defaults, *node.args.kw_defaults)
            return not node.decorator_list and all(
                default is None or isinstance(default, ast.Constant) for default in defaults
            )
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return node.value is None or isinstance(node.value, ast.Constant)
        return isinstance(node, _IMPORTING)


def _statements(
    body: Sequence[ast.stmt],
) -> Iterator[tuple[ast.stmt, tuple[ast.AST | str, ...], bool]]:
    """Yield each statement of a module, those in `if` one by one with the tests around them."""
    todo: list[tuple[ast.stmt, tuple[ast.AST | str, ...], bool]]
    todo = [(node, (), False) for node in reversed(body)]
    while todo:
        node, around, main = todo.pop()
        if does_nothing(node):
            continue
        if not isinstance(node, ast.If):
            yield node, around, main
            continue
        inside = main or _is_main(node.test)
        branches = [("else", node.orelse, main), ("if", node.body, inside)]
        if _is_for_types(node.test):
            branches.pop()
        for word, statements, its_main in branches:
            there = (*around, word, node.test)
            todo.extend((each, there, its_main) for each in reversed(statements))


def _is_main(test: ast.expr) -> bool:
    """Recognise `__name__ == "__main__"`."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value="__main__")],
        ):
            return True
    return False


def _is_for_types(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
    return False


def _added_to(node: ast.stmt) -> tuple[str, ...]:
    """Return X of a statement `X.add_parent(Y)`."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_parent", value=subject))):
            names: list[str] = []
            while isinstance(subject, ast.Attribute):
                names.append(subject.attr)
                subject = subject.value
            if isinstance(subject, ast.Name):
                return (subject.id, *reversed(names))
    return ()


def _bindings(tree: ast.Module) -> Iterator[str]:
    """Yield each name as often as the module binds it, also from inside its functions."""
    for statement, _, _ in _statements(tree.body):
        for node in own_nodes([statement]):
            if isinstance(node, _IMPORTING):
                yield from (name for name, _ in bound_by(node))
        yield from bound_in([statement])
    for node in nodes_of(tree):
        if isinstance(node, ast.Global):
            yield from node.names


def _label(node: ast.stmt, names: Sequence[str]) -> str:
    if isinstance(node, DEFINITION):
        return node.name
    return ", ".join(names)


def _docs(node: ast.AST) -> str:
    """Return the digest of all docstrings in a tree; empty where there are none."""
    found = [
        text
        for each in nodes_of(node)
        if isinstance(each, (*DEFINITION, ast.ClassDef))
        and (text := docstring_of(each.body)) is not None
    ]
    return digest_of(*found) if found else ""
