"""The code of a class that stands in no file: in a notebook, or typed at a prompt.

What is alive in this process is digested in place of a file's text: the compiled code of the
class and of all that it refers to by name, constants, closures and defaults. Comments and
formatting do not count, and neither do docstrings and line numbers.

Knows objects of this process. Does not know files, but by their bytes: a module of one's own
that is referred to counts as a whole.

Invariant: what cannot be told from another by its content counts by its type only, and never
by where it lies in memory.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from jobmake.python.making import parents_of
from jobmake.tools.digest import digest_bytes, digest_texts
from jobmake.tools.value import Value
from jobmake.values.codec import value_text
from jobmake.values.trouble import NotKept

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED = frozenset({"__doc__", "__dict__", "__weakref__", "__module__", "__qualname__",
                      "__firstlineno__", "__static_attributes__", "parents"})  # fmt: skip
_WORK = frozenset({"run", "prepare", "analysis", "synthesis"})
_OWN = "_jobmake_"  # begins the names of what making instances leaves in classes


class _Outputs(Value):
    """What others call of a class: all but its work."""

    kind: type


def is_live(kind: type | FunctionType) -> bool:
    """Say whether a class or a function stands in no file."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return file is None or not os.path.isfile(file)  # a prompt calls itself `<stdin>`


def live_code(kind: type) -> dict[str, str]:
    """Return name and digest of a class and of all that it reaches."""
    return _Walk().all(kind)


class _Walk:
    """What has been reached so far, by name."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._todo: list[tuple[str, Any]] = []

    def all(self, kind: type) -> dict[str, str]:
        self._reach(kind.__qualname__, kind)
        for parent in parents_of(kind):  # a child asks for their outputs, and nothing else
            self._reach(f"{parent.__qualname__}.get_outputs", _Outputs(parent))
        while self._todo:
            name, value = self._todo.pop()
            self._found[name] = digest_texts(self._texts(value))
        return self._found

    def _reach(self, name: str, value: Any) -> None:
        if name not in self._found and all(name != one for one, _ in self._todo):
            self._todo.append((name, value))

    def _texts(self, value: Any) -> Iterator[str]:
        """Yield what tells a value from another."""
        if isinstance(value, _Outputs):
            yield from self._of_class(value.kind, _WORK)
        elif isinstance(value, type) and is_live(value):
            yield from self._of_class(value)
        elif isinstance(value, FunctionType):
            yield from self._of_function(value)
        elif isinstance(value, ModuleType):
            yield from _of_module(value)
        elif isinstance(value, (staticmethod, classmethod)):
            yield type(value).__name__
            yield from self._texts(value.__func__)
        elif isinstance(value, property):
            yield "property"
            for one in (value.fget, value.fset, value.fdel):
                yield from self._texts(one)
        else:
            yield from self._of_value(value)

    def _of_class(self, kind: type, without: frozenset[str] = frozenset()) -> Iterator[str]:
        yield f"class {kind.__qualname__}"
        for base in kind.__bases__:
            yield base.__qualname__
            if is_live(base):
                self._reach(base.__qualname__, base)
            else:
                yield from _of_module(sys.modules.get(base.__module__))
        for name, value in vars(kind).items():
            if name not in _SKIPPED | without and not name.startswith(_OWN):
                yield name
                yield from self._texts(value)

    def _of_function(self, function: FunctionType) -> Iterator[str]:
        if not is_live(function):
            yield function.__qualname__
            yield from _of_module(sys.modules.get(function.__module__))
            return
        names: set[str] = set()
        yield from _of_code(function.__code__, names)
        for one in (function.__defaults__, function.__kwdefaults__):
            yield from self._of_value(one)
        for cell in function.__closure__ or ():
            try:
                yield from self._texts(cell.cell_contents)
            except ValueError:
                yield "empty"
        for name in sorted(names):
            if name in function.__globals__:
                self._reach(name, function.__globals__[name])

    def _of_value(self, value: Any) -> Iterator[str]:
        try:
            yield value_text(value)
        except NotKept:
            kind = type(value)
            yield f"{kind.__module__}:{kind.__qualname__}"
            if is_live(kind):
                self._reach(kind.__qualname__, kind)


def _of_code(code: CodeType, names: set[str]) -> Iterator[str]:
    """Yield what a function's code says; add the names that it refers to."""
    names.update(code.co_names)
    yield digest_bytes(code.co_code)
    yield repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags))
    yield repr((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount))
    for number, one in enumerate(code.co_consts):
        if isinstance(one, CodeType):
            yield from _of_code(one, names)
        elif number or not isinstance(one, str):  # the first text is the docstring
            yield f"{type(one).__name__} {_constant(one)}"


def _constant(value: Any) -> str:
    return repr(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def _of_module(module: ModuleType | None) -> Iterator[str]:
    """Yield what tells a module from another: its version, or its bytes where it is one's own."""
    if module is None:
        return
    yield module.__name__
    file = getattr(module, "__file__", None)
    if file is None or _is_installed(file):
        yield str(getattr(sys.modules.get(module.__name__.partition(".")[0]), "__version__", ""))
        return
    try:
        with open(file, "rb") as source:
            yield digest_bytes(source.read())
    except OSError:
        yield "gone"


def _is_installed(file: str) -> bool:
    library = sysconfig.get_path("stdlib")
    packages = f"{os.sep}site-packages{os.sep}"
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return file.startswith((library + os.sep, ours + os.sep)) or packages in file
