"""The parts of a class: its head, its methods, its parents.

Knows what a child of a job reads of the job's class, and what it leaves alone. Does not
know where names lead.

Invariant: head, methods and parents together are the whole class.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from jobmake.code.scopes import Scope, scope_of
from jobmake.code.syntax import DEFINITION, Definition, nodes_of
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.code.references import Chain

_HOOKS = frozenset({"__init_subclass__", "__set_name__"})
_META = frozenset({"ABCMeta", "EnumMeta", "EnumType"})


class ClassParts(Value):
    """A class, taken apart."""

    text: ast.ClassDef  # without methods and parents
    head: tuple[ast.AST, ...]  # what is evaluated of that, bases by name left out
    order: tuple[str, ...]  # places of methods among the rest, where these matter
    bases: tuple[Chain, ...]
    members: tuple[tuple[str, Definition], ...]
    parents: tuple[ast.stmt, ...]
    count: Counter[str]
    scope: Scope
    hooks: bool  # it acts when others derive from it
    made: bool  # by a metaclass, which may do anything with it


def class_parts(node: ast.ClassDef) -> ClassParts:
    """Take a class apart."""
    members = [each for each in node.body if isinstance(each, DEFINITION)]
    parents = [each for each in node.body if _sets_parents(each)]
    rest = [each for each in node.body if each not in members and each not in parents]
    chains = [chain_of(base) for base in node.bases]
    text = ast.ClassDef(
        name=node.name,
        bases=node.bases,
        keywords=node.keywords,
        body=rest,
        decorator_list=node.decorator_list,
    )
    text.type_params = getattr(node, "type_params", [])  # type: ignore[attr-defined]
    inner = scope_of(node, None)
    computed = [base for base, chain in zip(node.bases, chains, strict=True) if not chain]
    # the walker gives a class's body the class's scope
    head = ast.ClassDef(
        name=node.name,
        bases=computed,
        keywords=node.keywords,
        body=rest,
        decorator_list=node.decorator_list,
    )
    made = _has_metaclass(node)
    return ClassParts(
        text=text,
        head=(head,),
        order=_order(node, members, rest),
        bases=tuple(chain for chain in chains if chain),
        members=tuple((each.name, each) for each in members),
        parents=tuple(parents),
        count=Counter(each.name for each in members),
        scope=inner,
        hooks=made or any(member.name in _HOOKS for member in members),
        made=made,
    )


def chain_of(node: ast.expr) -> Chain:
    """Return the names of a dotted expression, `()` of any other."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _sets_parents(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id="parents")]):
            return True
        case ast.AnnAssign(target=ast.Name(id="parents")):
            return True
    return False


def _order(
    node: ast.ClassDef, members: Sequence[Definition], rest: Sequence[ast.stmt]
) -> tuple[str, ...]:
    """Name the methods whose place matters, by their place: used in the body or defined twice."""
    read = {
        each.id for statement in rest for each in nodes_of(statement) if isinstance(each, ast.Name)
    }
    count = Counter(member.name for member in members)
    return tuple(
        f"{number}:{each.name}"
        for number, each in enumerate(node.body)
        if isinstance(each, DEFINITION) and (each.name in read or count[each.name] > 1)
    )


def _has_metaclass(node: ast.ClassDef) -> bool:
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg == "metaclass":
            chain = chain_of(keyword.value)
            if not chain or chain[-1] not in _META:
                return True
    return False
