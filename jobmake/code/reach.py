"""Everything that one piece of code reaches.

Knows what follows from what: a name used, a module loaded, a class derived from, a
parent of a job. Does not know how names are found.

Invariant: a unit that is not reached cannot change what the code does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.code import references as flags
from jobmake.code.lookup import (
    Computed,
    Missing,
    Names,
    Outside,
    Step,
    UnitAt,
    Whole,
    is_standard,
    star_of_outside,
)
from jobmake.code.parents import Key, Parents, is_class
from jobmake.code.references import OF_SELF
from jobmake.code.summary import ANY, DOC
from jobmake.code.wide import Wide

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.code.finder import Module
    from jobmake.code.lookup import Target
    from jobmake.code.references import Chain
    from jobmake.code.scopes import Import
    from jobmake.code.sources import Sources
    from jobmake.code.summary import Unit


class Reach:
    """Collects what is reached. All work waits in one list, so nothing recurses."""

    def __init__(self, names: Names, sources: Sources) -> None:
        self._names, self._sources = names, sources
        self._todo: list[tuple[str, tuple[object, ...]]] = []
        self._done: set[tuple[str, tuple[object, ...]]] = set()
        self.modules: dict[str, Module] = {}  # loaded, by name
        self.units: dict[Key, Unit] = {}
        # import statements used: path and number, name, what it stands for, inert
        self.steps: set[tuple[str, int, str, Import, bool]] = set()
        self.outside: set[str] = set()
        self.missing: set[str] = set()
        self.docs = False
        self.loads: dict[Key, set[str]] = {}  # which import statements load which files
        self.ran: set[str] = set()  # files that do something when they are loaded
        self._of_parents = Parents(names, self._add)
        self.wide = Wide(names, sources, self._add_whole)
        self._packages: set[str] = set()  # used as values
        self._whole_modules: list[Module] = []
        self._searches = False  # somebody changes where modules are found
        self._subclasses = False  # somebody asks for all classes derived from one
        self._lost: set[str] = set()  # packages that are nowhere
        self._used: dict[str, Module] = {}  # modules of which something is reached, by name
        self._known: set[str] = set()  # modules of which is known what loads them

    @property
    def wanted(self) -> frozenset[str] | None:
        """Return the attributes that may be used of parents; None where it may be any."""
        return self._of_parents.wanted

    # --- what is asked for ----------------------------------------------------------

    def name(self, module: Module, chain: Chain) -> bool:
        """Reach what a module has under a name. Say whether it has any."""
        self._add_loaded(module)
        targets = self._names.within(module, chain)
        self._targets(module, targets)
        self._work()
        return any(isinstance(each, UnitAt | Whole | Outside) for each in targets)

    def script(self, module: Module, package: Module | None = None) -> None:
        """Reach everything at the top level of a script, which may be in a package."""
        if package is not None:
            self._add_loaded(package)
        self._add_loaded(module)
        for number, unit in enumerate(self._names.summary(module).units):
            if not unit.pure and unit.label != DOC:
                self._add("unit", module, number)
                self.ran.add(module.path)
            if unit.main:
                self._add("loads", module, number)
        self._work()

    def module(self, module: Module) -> None:
        """Reach all that a module holds."""
        self._add_whole(module)
        self._work()

    # --- the loop -------------------------------------------------------------------

    def _add(self, what: str, *about: object) -> None:
        item = (what, about)
        if item not in self._done:
            self._done.add(item)
            self._todo.append(item)

    def _add_loaded(self, module: Module) -> None:
        self._known.add(module.name)
        self._add("load", module)

    def _add_whole(self, module: Module) -> None:
        self._known.add(module.name)
        self._add("whole", module)

    def _work(self) -> None:
        doers = {
            "load": self._load,
            "loads": self._loads,
            "unit": self._unit,
            "parent": self._parent,
            "member": self._member,
            "whole": self._whole,
            "widen": self.wide.widen,
        }
        while self._todo or self._last_resort():
            what, about = self._todo.pop()
            doers[what](*about)  # type: ignore[operator]

    def _last_resort(self) -> bool:
        """Do what can be told only when all else is reached. Say whether there is more to do."""
        self._of_parents.settle()
        if self.docs:
            for module in self._whole_modules:
                self._targets(module, self._names.lookup(module, (DOC,)))
        if self._searches:
            for top in sorted(self._lost):
                self.wide.search_for(top)
            self._lost.clear()
        self._load_used()
        return bool(self._todo)

    # --- modules --------------------------------------------------------------------

    def _load(self, module: Module) -> None:
        """Load a module: what runs then counts, and its packages are loaded before."""
        self.modules[module.name] = module
        above = module.name.rpartition(".")[0]
        package = self._names.find(above) if above else None
        if package is not None:
            self._add_loaded(package)
        if module.compiled:
            self.wide.files.add(module.path)
            return
        for number, unit in enumerate(self._names.summary(module).units):
            if not unit.main:
                self._loads(module, number)
                self._run_at_import(module, number, unit)
        if any(
            module.name == name or module.name.startswith(name + ".") for name in self._packages
        ):
            self._add("whole", module)

    def _load_used(self) -> None:
        """Load the modules of which something is reached and that no import is known to load:
        then the `__getattr__` of their packages does."""
        for module in [one for name, one in self._used.items() if name not in self._known]:
            self._add_loaded(module)
            package = self._names.find(module.name.rpartition(".")[0])
            if package is not None:
                for number in self._names.summary(package).names.get("__getattr__", ()):
                    self._add("unit", package, number)

    def _loads(self, module: Module, number: int) -> None:
        unit = self._names.summary(module).units[number]
        for what in unit.loads:
            self._execute(module, what, number)
        for what in unit.alone:
            self._targets(module, self._names.imported(module, what, ()), loading=True)

    def _run_at_import(self, module: Module, number: int, unit: Unit) -> None:
        if unit.adds:
            self._of_parents.hear_of(module, number, unit)
        elif unit.runs or self._may_run(module, unit) or self._is_hooked(module, unit):
            self._add("unit", module, number)
            self.ran.add(module.path)
        elif self._subclasses and unit.bases:
            self._add("unit", module, number)

    def _may_run(self, module: Module, unit: Unit) -> bool:
        """Say whether a statement calls project code while its module is loaded."""
        for name in unit.maybe:
            if name == "*":
                stars = self._names.summary(module).stars
                if any(not star_of_outside(self._names, module, star) for star in stars):
                    return True
                continue
            for target in self._names.lookup(module, (name,)):
                if isinstance(target, UnitAt | Whole | Missing):
                    return True
        return False

    def _is_hooked(self, module: Module, unit: Unit) -> bool:
        """Say whether a class derives from one of the project that acts on it."""
        todo = [(module, base) for base in unit.bases or ()]
        seen = set()
        while todo:
            item = todo.pop()
            if item in seen:
                continue
            seen.add(item)
            for target in self._names.lookup(*item):
                if isinstance(target, UnitAt):
                    found = self._names.summary(target.module).units[target.number]
                    if found.hooks:
                        return True
                    todo.extend((target.module, base) for base in found.bases or ())
        return False

    def _execute(self, module: Module, what: Import, number: int = -1) -> None:
        """Execute an import statement, that of unit ``number`` where it is the module's own."""
        base = self._names.finder.absolute(module, what)
        if base is None:
            self.missing.add("." * what.level + what.module)
            return
        target = self._names.find(base)
        if target is None:
            self._not_found(base)
            return
        self._loaded_by(module, number, target)
        children = list(self._children(target, what.name))
        for child in children:
            self._loaded_by(module, number, child)
        bound = what.name in ("", "*") or what.name in self._names.summary(target).names
        if not children and not bound:
            found = self._names.imported(module, what, ())
            self.missing.update(each.name for each in found if isinstance(each, Missing))

    def _children(self, package: Module, name: str) -> Iterable[Module]:
        """Return the submodules that `from package import name` may load.

        A name that the package binds may be bound by the import itself, later than it, or only
        sometimes. So a submodule of that name counts as loaded, whatever else has the name.
        """
        if not package.folders or not name:
            return []
        if name != "*":
            child = self._names.find(f"{package.name}.{name}")
            return [] if child is None else [child]
        exports = self._names.summary(package).exports or ()
        if exports == ANY:
            return self.wide.submodules(package)
        return [each for one in exports for each in self._children(package, one)]

    def _loaded_by(self, module: Module, number: int, target: Module) -> None:
        if number >= 0:
            self.loads.setdefault((module.path, number), set()).add(target.path)
        self._add_loaded(target)

    def _not_found(self, name: str) -> None:
        top = name.partition(".")[0]
        if self._names.find(top) is not None:
            self.missing.add(name)
        elif not is_standard(top) and not self._names.is_installed(top):
            self.outside.add(top)
            self._lost.add(top)

    def _whole(self, module: Module) -> None:
        """Reach all that a module holds, and all that it has imported."""
        self._add("load", module)
        if module.folders:
            self._packages.add(module.name)
            for each in list(self.modules.values()):
                if each.name.startswith(module.name + "."):
                    self._add("whole", each)
        summary = self._names.summary(module)
        self._whole_modules.append(module)
        for name in summary.names:
            if name != DOC:
                self._targets(module, self._names.lookup(module, (name,)))
        for star in summary.stars:
            self._targets(module, self._names.imported(module, star, ()))

    # --- units ----------------------------------------------------------------------

    def _unit(self, module: Module, number: int) -> None:
        """Reach a unit; a class whole, with its members, its bases, the parents added to it."""
        unit = self._body(module, number)
        if unit.bases is None:
            return
        for member in self._names.summary(module).members.get(number, ()):
            self._add("unit", module, member)
        for base in unit.bases:
            self._targets(module, self._names.lookup(module, base))
        self._of_parents.whole(module, number)

    def _body(self, module: Module, number: int) -> Unit:
        """Reach what the text of a unit refers to."""
        unit = self._names.summary(module).units[number]
        self.units[module.path, number] = unit
        for chain in unit.chains:
            self._targets(module, self._names.lookup(module, chain))
        for what, rest in unit.local:
            self._targets(module, self._names.imported(module, what, rest))
        for what in unit.imports:
            self._execute(module, what)
        for chain in unit.parents:
            self._parents(module, self._names.lookup(module, chain))
        self._of_parents.want(name for name in unit.attributes if not name.startswith(OF_SELF))
        for flag, line in unit.flags:
            self._flag(flag, module, number, line)
        return unit

    def _targets(self, module: Module, targets: Iterable[Target], *, loading: bool = False) -> None:
        for target in targets:
            match target:
                case UnitAt(where, number, rest) if not loading:
                    self._of_parents.want(rest)
                    self._used[where.name] = where
                    self._add("unit", where, number)
                case Whole(where) if not loading:
                    self._used[where.name] = where
                    self._add("whole", where)
                case Computed(where):
                    self._add("widen", where, module.path)
                case Step(where, number, name, what) if not loading:
                    self._used[where.name] = where
                    inert = self._names.summary(where).units[number].inert
                    self.steps.add((where.path, number, name, what, inert))
                case Outside(top):
                    self.outside.add(top)
                case Missing(name):
                    self.missing.add(name)

    # --- parents of jobs ------------------------------------------------------------

    def _parents(self, module: Module, targets: Iterable[Target]) -> None:
        for target in targets:
            if isinstance(target, UnitAt) and is_class(self._names, target):
                self._add("parent", target.module, target.number)
            else:
                self._targets(module, [target])

    def _parent(self, module: Module, number: int) -> None:
        """Reach of a parent's class what its children use: not how it runs."""
        unit = self._body(module, number)
        for base in unit.bases or ():
            self._parents(module, self._names.lookup(module, base))
        self._of_parents.members_of(module, number)

    def _member(self, module: Module, number: int) -> None:
        self._of_parents.want_of_self(self._body(module, number))

    # --- what cannot be followed ------------------------------------------------------

    def _flag(self, flag: str, module: Module, number: int, line: int) -> None:
        place = f"{module.path}:{line}"
        if flag == flags.WHOLE:
            self.wide.notes.add(f"{place}: can use any name of its file, so all of it counts")
            self._add("whole", module)
        elif flag == flags.COMPUTED:
            self._add("widen", module, place)
        elif flag == flags.ATTRIBUTES:
            self._of_parents.want_all()
        elif flag == flags.OWN:
            self._of_parents.any_of_self(module, number)
        elif flag == flags.PATHS:
            self._searches = True
        elif flag == flags.DOCS:
            self.docs = True
        elif flag == flags.SUBCLASSES:
            self._reach_subclasses()

    def _reach_subclasses(self) -> None:
        self._subclasses = True
        for module in list(self.modules.values()):
            for number, unit in enumerate(self._names.summary(module).units):
                if unit.bases:
                    self._add("unit", module, number)
