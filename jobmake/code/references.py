"""What a piece of code refers to.

Knows which names, attributes and imports stand in a tree, and the constructs that hide
some: `getattr`, `exec`, computed imports. Does not know where the names lead.

Invariant: each name of the module that the code can read is among its chains, or a flag
says that it can read any.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from jobmake.code.scopes import (
    COMPREHENSION,
    Import,
    Scope,
    bound_by,
    executed_by,
    scope_of,
)
from jobmake.code.syntax import DEFINITION, children
from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Chain = tuple[str, ...]

# What hides a use. WHOLE: any name of the module; COMPUTED: any module; ATTRIBUTES: any
# attribute of any object; OWN: any of `self`; PATHS: where modules are found; DOCS: the
# docstrings; SUBCLASSES: classes that nobody names.
WHOLE, COMPUTED, ATTRIBUTES, OWN = "whole", "computed", "attributes", "own"
PATHS, DOCS, SUBCLASSES = "paths", "docs", "subclasses"

_PREFIXES = (
    ("importlib.util.", COMPUTED),
    ("importlib.machinery.", COMPUTED),
    ("runpy.", COMPUTED),
    ("pkgutil.", COMPUTED),
    ("imp.", COMPUTED),
    ("zipimport.", COMPUTED),
    ("sys.modules.", COMPUTED),
    ("importlib.import_module.", COMPUTED),
    ("importlib.__import__.", COMPUTED),
    ("__import__.", COMPUTED),
    ("sys.path.", PATHS),
    ("site.addsitedir.", PATHS),
    ("inspect.", ATTRIBUTES),
    ("operator.attrgetter.", ATTRIBUTES),
    ("operator.methodcaller.", ATTRIBUTES),
    ("getattr.", ATTRIBUTES),
    ("vars.", ATTRIBUTES),
    ("exec.", WHOLE),
    ("eval.", WHOLE),
    ("globals.", WHOLE),
    ("locals.", WHOLE),
    ("help.", DOCS),
)
_BY_ATTRIBUTE = {
    "__dict__": ATTRIBUTES,
    "__doc__": DOCS,
    "__subclasses__": SUBCLASSES,
    "__globals__": WHOLE,
    "f_globals": WHOLE,
}
OF_SELF = "self."  # marks an attribute that is of the object itself
_IMPORTERS = (
    "importlib.import_module",
    "importlib.__import__",
    "importlib.util.find_spec",
    "__import__",
)
_GETTERS = ("getattr", "hasattr", "setattr", "delattr")
# calls whose arguments are parents, not to be run
_OF_PARENTS = frozenset({"add_parent", "get_parent_by_type"})


class Uses(Mutable):
    """All that a piece of code refers to."""

    chains: set[Chain] = field(default_factory=set)
    local: set[tuple[Import, Chain]] = field(default_factory=set)  # through imports in functions
    imports: set[Import] = field(default_factory=set)  # executed when the code runs
    attributes: set[str] = field(default_factory=set)  # of objects that are not known
    parents: set[Chain] = field(default_factory=set)
    flags: dict[str, int] = field(default_factory=dict)  # with the first line of each
    globals: set[str] = field(default_factory=set)


class Walker:
    """Collects what trees refer to. ``origins``: what the module's imported names stand for."""

    def __init__(self, origins: Mapping[str, str], package: bool) -> None:
        self._origins, self._package = origins, package
        self.uses = Uses()
        self._todo: list[tuple[ast.AST, Scope | None]] = []
        self._as_parents = False

    def walk(
        self, nodes: Iterable[ast.AST], scope: Scope | None = None, *, as_parents: bool = False
    ) -> Uses:
        """Collect from all ``nodes``, which stand in ``scope``."""
        self._as_parents = as_parents
        self._todo.extend((node, scope) for node in nodes)
        while self._todo:
            node, scope = self._todo.pop()
            self._one(node, scope)
        return self.uses

    def _push(self, nodes: Iterable[ast.AST | None], scope: Scope | None) -> None:
        self._todo.extend((node, scope) for node in nodes if node is not None)

    def _one(self, node: ast.AST, scope: Scope | None) -> None:
        if isinstance(node, ast.Name):
            self._chain(node, (), scope)
        elif isinstance(node, ast.Attribute):
            self._attribute(node, (), scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope)
        elif isinstance(node, ast.Subscript):
            self._subscript(node, scope)
        elif isinstance(node, (*DEFINITION, ast.Lambda)):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._push((*node.decorator_list, *node.bases, *node.keywords), scope)
            self._push(node.body, scope_of(node, scope))
        elif isinstance(node, COMPREHENSION):
            self._comprehension(node, scope)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, scope)
        else:
            if isinstance(node, ast.Global):
                self.uses.globals.update(node.names)
            self._push(children(node), scope)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope | None
    ) -> None:
        inner = scope_of(node, scope)
        if isinstance(node, ast.Lambda):
            self._push([node.body], inner)
        else:
            self._push((*node.decorator_list, node.returns), scope)
            self._push(getattr(node, "type_params", ()), scope)
            self._push(node.body, inner)
        self._push([node.args], scope)

    def _comprehension(self, node: ast.AST, scope: Scope | None) -> None:
        inner = scope_of(node, scope)
        for name, value in ast.iter_fields(node):
            if name != "generators":
                self._push([value], inner)
        for number, each in enumerate(getattr(node, "generators", ())):
            self._push([each.iter], inner if number else scope)
            self._push((each.target, *each.ifs), inner)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope | None) -> None:
        self.uses.imports.update(executed_by(node))
        if scope is None:
            return  # the module's own: others look its names up
        for name, what in bound_by(node):
            if scope.kind == "class" or name in scope.globals or what.name == "*":
                self.uses.local.add((what, ()))

    # --- names and attributes ---------------------------------------------------------

    def _attribute(self, node: ast.expr, tail: Chain, scope: Scope | None) -> None:
        while isinstance(node, ast.Attribute):
            tail = (node.attr, *tail)
            node = node.value
        if isinstance(node, ast.Name):
            self._chain(node, tail, scope)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "super":  # super(Own, self) names its class without using it
                self._own_attributes(tail, node.lineno)
            else:
                self._attributes(tail, node.lineno)
                self._push([node], scope)
        else:
            self._attributes(tail, node.lineno)
            self._push([node], scope)

    def _chain(self, node: ast.Name, tail: Chain, scope: Scope | None) -> None:
        binder = scope.binder(node.id) if scope is not None else None
        if binder is None:
            if isinstance(node.ctx, ast.Load):
                self._global((node.id, *tail), node.lineno)
            return
        for what in binder.imports.get(node.id, ()):
            self.uses.local.add((what, tail))
            self._look(_dotted(what, tail), node.lineno)
        if node.id == binder.me:
            self._own_attributes(tail, node.lineno)
        elif node.id in binder.names or binder.kind == "class":
            self._attributes(tail, node.lineno)
        else:
            self._hidden_by(tail, node.lineno)

    def _global(self, chain: Chain, line: int) -> None:
        if self._as_parents:
            self.uses.parents.add(chain)
        else:
            self.uses.chains.add(chain)
        self._hidden_by(chain[1:], line)
        origin = self._origins.get(chain[0], chain[0])
        self._look(".".join((origin, *chain[1:])) + ".", line)

    def _attributes(self, names: Chain, line: int) -> None:
        self.uses.attributes.update(names)
        self._hidden_by(names, line)

    def _own_attributes(self, names: Chain, line: int) -> None:
        """Take attributes of `self` for what its class has, not for what parents have."""
        self.uses.attributes.update(names[1:])
        self.uses.attributes.update(OF_SELF + name for name in names[:1])
        self._hidden_by(names, line, own=True)

    def _hidden_by(self, names: Chain, line: int, *, own: bool = False) -> None:
        for name in names:
            flag = _BY_ATTRIBUTE.get(name)
            if flag is not None:
                self._flag(OWN if own and flag == ATTRIBUTES else flag, line)

    def _look(self, dotted: str, line: int) -> None:
        """Set the flag of what hides uses; ``dotted`` ends with a dot."""
        for prefix, flag in _PREFIXES:
            if dotted.startswith(prefix):
                self._flag(flag, line)
        if dotted == "importlib.":
            self._flag(COMPUTED, line)

    def _flag(self, flag: str, line: int) -> None:
        self.uses.flags.setdefault(flag, line)

    # --- calls that hide uses, where they can be seen through --------------------------

    def _call(self, node: ast.Call, scope: Scope | None) -> None:
        name = self._name_of(node.func, scope)
        constant = _text(node.args[0]) if node.args else None
        if name in _IMPORTERS and constant is not None and self._known_import(node, constant):
            self._push((*node.args, *node.keywords), scope)
        elif name in _GETTERS and len(node.args) >= 2 and not node.keywords:
            self._getattr(node, scope)
        elif name in ("vars", "locals", "dir") and not node.args:
            if scope is None or scope.kind != "function":
                self._flag(WHOLE, node.lineno)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _OF_PARENTS:
            self._push([node.func], scope)
            inner = Walker(self._origins, self._package)
            inner.walk((*node.args, *node.keywords), scope, as_parents=True)
            self._merge(inner.uses)
        else:
            self._push((node.func, *node.args, *node.keywords), scope)

    def _known_import(self, node: ast.Call, constant: str) -> bool:
        """Take `import_module("a.b")` for the import it is."""
        level = len(constant) - len(constant.lstrip("."))
        if len(node.args) > 1 and self._name_is_not_own_package(node.args[1]):
            return False
        self.uses.imports.add(Import(level, constant.lstrip("."), ""))
        self.uses.local.add((Import(level, constant.lstrip("."), ""), ()))
        top = constant.partition(".")[0]
        if not level and top != constant:
            self.uses.local.add((Import(0, top, ""), ()))  # `__import__("a.b")` gives `a`
        return True

    def _name_is_not_own_package(self, node: ast.expr) -> bool:
        own = ("__package__", "__name__") if self._package else ("__package__",)
        return not (isinstance(node, ast.Name) and node.id in own)

    def _getattr(self, node: ast.Call, scope: Scope | None) -> None:
        subject, named = node.args[:2]
        constant = _text(named)
        self._push(node.args[2:], scope)
        if constant is not None:
            self._attribute(subject, (constant,), scope)
            return
        self._push([named], scope)
        binder = None
        if isinstance(subject, ast.Name) and scope is not None:
            binder = scope.binder(subject.id)
        if binder is not None and isinstance(subject, ast.Name) and binder.me == subject.id:
            self._flag(OWN, node.lineno)
            return
        if not isinstance(subject, ast.Name) or subject.id not in self._origins:
            self._flag(ATTRIBUTES, node.lineno)
        self._push([subject], scope)

    def _subscript(self, node: ast.Subscript, scope: Scope | None) -> None:
        own = isinstance(node.slice, ast.Name) and node.slice.id == "__name__"
        if own and self._name_of(node.value, scope) == "sys.modules":
            self._flag(WHOLE, node.lineno)
        else:
            self._push((node.value, node.slice), scope)

    def _name_of(self, node: ast.expr, scope: Scope | None) -> str:
        """Return the dotted name that an expression stands for, as far as imports tell."""
        tail: Chain = ()
        while isinstance(node, ast.Attribute):
            tail, node = (node.attr, *tail), node.value
        if not isinstance(node, ast.Name):
            return ""
        binder = scope.binder(node.id) if scope is not None else None
        if binder is None:
            return ".".join((self._origins.get(node.id, node.id), *tail))
        imported = binder.imports.get(node.id)
        return _dotted(imported[0], tail)[:-1] if imported else ""

    def _merge(self, other: Uses) -> None:
        mine = self.uses
        mine.chains |= other.chains
        mine.local |= other.local
        mine.imports |= other.imports
        mine.attributes |= other.attributes
        mine.parents |= other.parents
        mine.globals |= other.globals
        mine.flags = other.flags | mine.flags


def _dotted(what: Import, tail: Chain) -> str:
    names = (what.module, what.name, *tail) if what.name else (what.module, *tail)
    return "." * what.level + ".".join(names) + "."


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
    return None
