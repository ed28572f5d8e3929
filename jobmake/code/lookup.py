"""Where a name leads: through imports and re-exports, to a unit, a module, or outside.

Knows how names are bound in modules of the project. Does not know what is reached; it
only answers.

Invariant: all that a name can stand for is in the answer, and the answer says through
which import statements.
"""

from __future__ import annotations

import builtins
import sys
from typing import TYPE_CHECKING, NamedTuple

from jobmake.code.finder import Module
from jobmake.code.reading import summarise
from jobmake.code.scopes import Import
from jobmake.code.summary import Summary, from_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.code.finder import Finder
    from jobmake.code.installed import Installed
    from jobmake.code.known import Known
    from jobmake.code.references import Chain
    from jobmake.code.sources import Sources


class UnitAt(NamedTuple):
    """A unit that a name stands for, and the attributes of it that are used."""

    module: Module
    number: int
    rest: Chain


class Whole(NamedTuple):
    """A module that is used as a value."""

    module: Module


class Outside(NamedTuple):
    """A package that is not the project's."""

    top: str


class Missing(NamedTuple):
    """A name that a module of the project should have and does not."""

    name: str


class Computed(NamedTuple):
    """Something of a package by which any of its modules can be found."""

    module: Module


class Step(NamedTuple):
    """An import statement on the way: the name that it binds to what."""

    module: Module
    number: int
    name: str
    what: Import


Target = UnitAt | Whole | Outside | Missing | Computed | Step
_State = tuple[Module, Import | None, tuple[str, ...]]

_LEADS_TO_MODULES = frozenset({"__path__", "__spec__", "__loader__"})
_OF_EVERY_MODULE = frozenset({"__name__", "__file__", "__package__", "__builtins__", "__cached__"})
_BUILTINS = frozenset(dir(builtins))
_EMPTY = Summary((), None)


class Names:
    """Answers where names of the project lead."""

    def __init__(
        self, sources: Sources, finder: Finder, installed: Installed, known: Known
    ) -> None:
        self.finder, self._installed = finder, installed
        self._sources, self._known = sources, known
        self._summaries: dict[str, Summary] = {}
        self.asked: set[str] = set()  # modules that were looked for
        self.read: set[str] = set()  # files that were read
        self.consulted: dict[str, bool] = {}  # packages, and whether they are installed

    def summary(self, module: Module) -> Summary:
        """Return what a module holds. Raises CodeError."""
        if not module.path or module.compiled:
            return _EMPTY
        self.read.add(module.path)
        found = self._summaries.get(module.path)
        if found is None:
            found = self._summaries[module.path] = self._read(module.path)
        return found

    def _read(self, path: str) -> Summary:
        content = self._sources.content(path)
        if content is None:
            return _EMPTY
        data, digest = content
        key = f"summary {path} {digest}"
        kept = self._known.get(key)
        if kept is not None:
            return from_plain(kept)
        summary = summarise(path, data)
        self._known.put(key, summary.plain())
        return summary

    def is_installed(self, top: str) -> bool:
        """Say whether there is an installed package of this name."""
        if top not in self.consulted:
            self.consulted[top] = bool(self._installed.version(top))
        return self.consulted[top]

    def find(self, name: str) -> Module | None:
        """Return the project's module of a name; an installed one goes before bare folders."""
        self.asked.add(name)
        found = self.finder.find(name)
        if found is not None and not found.path:
            top = name.partition(".")[0]
            first = self.finder.find(top)
            if first is not None and not first.path and self.is_installed(top):
                return None
        return found

    def lookup(self, module: Module, chain: Chain) -> set[Target]:
        """Return all that a dotted name can stand for, as seen from inside ``module``."""
        return self._follow([(module, None, chain)], inside=True)

    def within(self, module: Module, chain: Chain) -> set[Target]:
        """Return all that an attribute of a module can stand for, as seen from outside."""
        return self._follow([(module, None, chain)], inside=False)

    def imported(self, module: Module, what: Import, rest: Chain) -> set[Target]:
        """Return all that an imported thing can stand for."""
        return self._follow([(module, what, rest)], inside=False)

    def _follow(self, todo: list[_State], *, inside: bool) -> set[Target]:
        found: set[Target] = set()
        seen: set[tuple[_State, bool]] = set()
        while todo:
            state = todo.pop()
            if (state, inside) in seen:
                continue
            seen.add((state, inside))
            module, what, chain = state
            if what is not None:
                self._import(module, what, chain, found, todo)
            elif not chain or module.compiled:
                found.add(Whole(module))
            else:
                self._attribute(module, chain, inside, found, todo)
            inside = False
        return found

    def _import(
        self, module: Module, what: Import, rest: Chain, found: set[Target], todo: list[_State]
    ) -> None:
        name = self.finder.absolute(module, what)
        if name is None:
            found.add(Missing("." * what.level + what.module))
            return
        chain = (what.name, *rest) if what.name and what.name != "*" else rest
        target = self.find(name)
        if target is not None:
            todo.append((target, None, chain))
            return
        top = name.partition(".")[0]
        first = self.find(top)
        found.add(Outside(top) if first is None or not first.path else Missing(name))

    def _attribute(
        self,
        module: Module,
        chain: Chain,
        inside: bool,
        found: set[Target],
        todo: list[_State],
    ) -> None:
        name, rest = chain[0], chain[1:]
        bound = list(self._bound(module, name, rest, found))
        stars = [] if inside and name in _OF_EVERY_MODULE else self._stars(module, name)
        todo.extend(bound)
        todo.extend((star, None, chain) for star in stars)
        known = name in self.summary(module).names
        if not inside:
            self._submodule(module, chain, [what for _, what, _ in bound], found, todo)
        elif module.folders and not known and name not in _BUILTINS:
            # a package sees its submodules once somebody has loaded them
            child = self.find(f"{module.name}.{name}")
            todo.extend([(child, None, rest)] if child is not None else [])
        if not inside:
            if not known and not stars and name in _LEADS_TO_MODULES:
                found.add(Computed(module))
            elif not known and name == "__dict__":
                found.add(Whole(module))

    def _bound(
        self, module: Module, name: str, rest: Chain, found: set[Target]
    ) -> Iterator[_State]:
        """Yield where the imports that bind a name lead; add the other units that bind it."""
        units = self.summary(module).units
        for number in self.summary(module).names.get(name, ()):
            unit = units[number]
            for each, what in unit.binds:
                if each == name:
                    found.add(Step(module, number, name, what))
                    yield module, what, rest
            if not unit.pure:
                found.add(UnitAt(module, number, rest))

    def _stars(self, module: Module, name: str) -> list[Module]:
        """Return the modules whose `import *` may bring a name."""
        result = []
        for star in self.summary(module).stars:
            base = self.finder.absolute(module, star)
            target = self.find(base) if base else None
            if target is not None and self._star_brings(target, name):
                result.append(target)
        return result

    def _star_brings(self, module: Module, name: str) -> bool:
        """Say whether `from module import *` can bring a name."""
        seen = set()
        todo = [module]
        while todo:
            here = todo.pop()
            if here.name in seen:
                continue
            seen.add(here.name)
            summary = self.summary(here)
            if not summary.offers(name):
                continue
            if name in summary.names or here.compiled:
                return True
            if summary.exports is not None and self.find(f"{here.name}.{name}") is not None:
                return True
            for star in summary.stars:
                base = self.finder.absolute(here, star)
                target = self.find(base) if base else None
                if target is not None:
                    todo.append(target)
        return False

    def _submodule(
        self,
        module: Module,
        chain: Chain,
        imports: list[Import | None],
        found: set[Target],
        todo: list[_State],
    ) -> None:
        name, rest = chain[0], chain[1:]
        summary = self.summary(module)
        inner = f"{module.name}.{name}"
        child = self.find(inner) if module.folders else None
        if child is not None and not self._rebound(module, imports, inner):
            todo.append((child, None, rest))
        elif child is None and name not in summary.names:
            for number in summary.names.get("__getattr__", ()):
                found.add(UnitAt(module, number, ()))
            hidden = name.startswith("__") or self._dynamic(module)
            if not hidden and not self._stars(module, name):
                found.add(Missing(inner))

    def _rebound(self, module: Module, imports: list[Import | None], inner: str) -> bool:
        """Say whether a package takes a name from its submodule of that name."""
        return any(
            what is not None and what.name and self.finder.absolute(module, what) == inner
            for what in imports
        )

    def _dynamic(self, module: Module) -> bool:
        """Say whether a module can have names that its text does not show."""
        summary = self.summary(module)
        if "__getattr__" in summary.names or not module.path:
            return bool(module.path)
        return any(star_of_outside(self, module, star) for star in summary.stars)


def star_of_outside(names: Names, module: Module, star: Import) -> str:
    """Return the package outside the project that `import *` takes from; else nothing."""
    base = names.finder.absolute(module, star)
    if base is None or names.find(base) is not None:
        return ""
    return base.partition(".")[0]


def is_standard(top: str) -> bool:
    """Say whether a package is Python's own."""
    return top in sys.stdlib_module_names or top in sys.builtin_module_names
