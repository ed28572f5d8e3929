"""What the source of Job classes says of them: where each stands, and which can make use of
more than the values that they are given: of the jobs above them, and of their own params in
what they hand on.

Knows classes and their source. Runs no method.

Invariant: what is not seen for certain is answered with yes: that costs a rebuild, a wrong no
would leave a stale result.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from jobmake.python.job import Job

# what stands between a kept value and what children receive
_HANDING_ON = ("get_outputs", "load_state", "cache_output", "is_output_cached")
_ACCESS = ("__getattr__", "__getattribute__", "__setattr__")
_UPWARDS = frozenset(
    {"get_parent_by_name", "get_parent_by_type", "_parents", "_above", "_behind", "__dict__"}
)
_BLIND = frozenset({"locals", "eval", "exec", "__class__"})
_PLAIN_DECORATORS = frozenset(
    {"property", "cached_property", "staticmethod", "classmethod", "abstractmethod", "override",
     "setter", "getter", "deleter"}
)  # fmt: skip
_PLAIN_METHODS = (property, staticmethod, classmethod, functools.cached_property)


def hands_on_more(kind: type[Job], base: type[Job]) -> bool:
    """Say whether children may receive more than the kept value: of its params, for one."""
    names = (*_HANDING_ON, *_ACCESS, *kind.outputs_to_cache)
    return any(
        name in vars(one) and (name in _HANDING_ON + _ACCESS or hasattr(vars(one)[name], "__get__"))
        for one in _own_classes(kind, base)
        for name in names
    )


def looks_above(kind: type[Job], base: type[Job], above: Container[str]) -> bool:
    """Say whether a method may look at the jobs above: those have the names ``above``."""
    return any(_may_look(one, above) for one in _own_classes(kind, base))


def line_of(kind: type) -> int:
    """Return the line on which a class begins, 0 where that is not known."""
    found = _classes(kind.__module__).get(kind.__qualname__)
    return 0 if found is None else found.lineno


def _own_classes(kind: type, base: type) -> Iterator[type]:
    return (one for one in kind.__mro__ if one not in base.__mro__)


def _may_look(kind: type, above: Container[str]) -> bool:
    found = _classes(kind.__module__).get(kind.__qualname__)
    if found is None:
        return True  # typed in, or made by a function
    written = {one.name: one for one in found.body if isinstance(one, ast.FunctionDef)}
    if any(_is_from_elsewhere(name, value, written, kind) for name, value in vars(kind).items()):
        return True
    return _names_them(found, above) or any(map(_lets_itself_go, written.values()))


@functools.cache
def _classes(module: str) -> dict[str, ast.ClassDef | None]:
    """Return the classes at the top of a module: None for what is written twice."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError, SyntaxError, ValueError):
        return {}
    found: dict[str, ast.ClassDef | None] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ClassDef):
            found[one.name] = None if one.name in found else one
    return found


def _is_from_elsewhere(name: str, value: Any, written: Container[str], kind: type) -> bool:
    """Say whether an attribute can be called with the instance and was not written here."""
    if isinstance(value, types.FunctionType):
        own = value.__module__ == kind.__module__ and value.__qualname__.startswith(
            kind.__qualname__ + "."
        )
        return name not in written or not own
    if isinstance(value, (*_PLAIN_METHODS, type)) or name.startswith("__"):
        return False
    return callable(value) or hasattr(value, "__get__")


def _names_them(tree: ast.AST, above: Container[str]) -> bool:
    for one in ast.walk(tree):
        if isinstance(one, ast.Attribute) and (one.attr in _UPWARDS or one.attr in above):
            return True
        if isinstance(one, ast.Name) and one.id in _BLIND:
            return True
    return False


def _lets_itself_go(method: ast.FunctionDef) -> bool:
    """Say whether the instance leaves a method other than as `self.NAME`."""
    if any(_last_name(one) not in _PLAIN_DECORATORS for one in method.decorator_list):
        return True
    rows = method.args
    named = (*rows.posonlyargs, *rows.args)
    if not named:
        return rows.vararg is not None
    kept = {id(one) for one in _kept_at_home(method)}
    return any(
        isinstance(one, ast.Name) and one.id == named[0].arg and id(one) not in kept
        for one in ast.walk(method)
    )


def _kept_at_home(method: ast.FunctionDef) -> Iterator[ast.AST]:
    for one in ast.walk(method):
        if isinstance(one, ast.Attribute):
            yield one.value
        elif isinstance(one, ast.Call) and _last_name(one.func) == "super":
            yield from one.args


def _last_name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))
