"""What children use of their parents' classes.

Knows that a child calls only some methods of a parent, and by what names it may reach
others. Does not know how names are found, nor what follows from a unit.

Invariant: a member of a parent counts once anybody uses an attribute of its name; in
which order things become known makes no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.code.lookup import UnitAt
from jobmake.code.references import OF_SELF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.code.finder import Module
    from jobmake.code.lookup import Names
    from jobmake.code.summary import Unit

# what a child asks of its parents' classes
_ASKED = frozenset({"get_outputs", "load_state"})
Key = tuple[str, int]  # path and number of a unit
_At = tuple["Module", int]


class Parents:
    """The classes that are reached as parents only. ``reach`` takes what, and which unit."""

    def __init__(self, names: Names, reach: Callable[[str, Module, int], None]) -> None:
        self._names, self._reach = names, reach
        self._wanted: set[str] = set()  # attributes that somebody uses
        self._all_wanted = False
        self._waiting: dict[str, list[_At]] = {}  # members of parents, by name
        self._adds: dict[Key, list[_At]] = {}  # statements `X.add_parent(Y)`, by X
        self._full: set[Key] = set()  # classes that are reached whole
        self._own: set[_At] = set()  # units that read any attribute of `self`

    def members_of(self, module: Module, number: int) -> None:
        """Reach those members of a parent that its children use, now or when they do."""
        summary = self._names.summary(module)
        for member in summary.members.get(number, ()):
            name = summary.units[member].member
            if name == "parents":
                continue
            special = name in _ASKED or (name.startswith("__") and name.endswith("__"))
            if special or self._all_wanted or name in self._wanted:
                self._reach("member", module, member)
            else:
                self._waiting.setdefault(name, []).append((module, member))

    def want_of_self(self, unit: Unit) -> None:
        """Take note of what a parent's method uses of its own object."""
        mark = len(OF_SELF)
        self.want(name[mark:] for name in unit.attributes if name.startswith(OF_SELF))

    def want(self, names: Iterable[str]) -> None:
        """Take note of attributes that are used of objects which may be parents."""
        for name in names:
            self._wanted.add(name)
            for module, member in self._waiting.pop(name, ()):
                self._reach("member", module, member)

    def want_all(self) -> None:
        """Take note that any attribute may be used."""
        self._all_wanted = True
        self.want(list(self._waiting))

    @property
    def wanted(self) -> frozenset[str] | None:
        """Return the attributes that may be used of parents; None where it may be any."""
        return None if self._all_wanted else frozenset(self._wanted)

    def any_of_self(self, module: Module, number: int) -> None:
        """Take note that a unit may use any attribute of its own object."""
        self._own.add((module, number))

    def settle(self) -> None:
        """Decide what can be told only when all else is reached."""
        for module, number in self._own:
            owner = self._names.summary(module).units[number].owner
            if (module.path, owner) not in self._full:
                self.want_all()

    def whole(self, module: Module, number: int) -> None:
        """Take note that a class is reached whole: the parents added to it count."""
        key = (module.path, number)
        self._full.add(key)
        for where, adding in self._adds.pop(key, ()):
            self._reach("unit", where, adding)

    def hear_of(self, module: Module, number: int, unit: Unit) -> None:
        """Keep `X.add_parent(Y)` for when X is reached."""
        found = False
        for target in self._names.lookup(module, unit.adds):
            if isinstance(target, UnitAt) and is_class(self._names, target):
                found = True
                key = (target.module.path, target.number)
                if key in self._full:
                    self._reach("unit", module, number)
                else:
                    self._adds.setdefault(key, []).append((module, number))
        if not found:
            self._reach("unit", module, number)


def is_class(names: Names, target: UnitAt) -> bool:
    """Say whether a name stands for a class itself."""
    unit = names.summary(target.module).units[target.number]
    return unit.bases is not None and not target.rest
