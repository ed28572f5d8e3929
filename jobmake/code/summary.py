"""What one Python file holds: its units, in the order of the text.

Knows what a unit is: a function, a method, a class's head, a constant, an import, or a
statement that only runs. Does not know other files.

Invariant: a summary is plain data (tuples and texts) that follows from the bytes of its
file alone, so it can be kept by their digest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jobmake.code.references import Chain
from jobmake.code.scopes import Import

DOC = "__doc__"  # the name of a module's docstring
ANY = ("*",)  # `__all__` is computed: it may name anything


class Unit(NamedTuple):
    """One piece of a file that counts or does not count."""

    label: str  # as people call it: `smooth`, `Histograms.run`; empty: a statement that runs
    line: int
    digest: str
    doc: str = ""  # digest of its docstrings, for code that reads them
    names: tuple[str, ...] = ()  # what it binds in the module
    binds: tuple[tuple[str, Import], ...] = ()  # names that stand for imported things
    loads: tuple[Import, ...] = ()  # loaded when the module is
    alone: tuple[Import, ...] = ()  # of these: imported for what the import does
    chains: tuple[Chain, ...] = ()
    local: tuple[tuple[Import, Chain], ...] = ()
    imports: tuple[Import, ...] = ()  # loaded when the unit runs
    attributes: tuple[str, ...] = ()
    parents: tuple[Chain, ...] = ()
    flags: tuple[tuple[str, int], ...] = ()
    runs: bool = False  # counts for whoever loads the module
    maybe: tuple[str, ...] = ()  # so it does if one of these imported names is the project's
    main: bool = False  # only where the file is run as a script
    inert: bool = False  # it does not matter where between its like it stands
    pure: bool = False  # nothing but an import
    owner: int = -1  # the class whose member this is
    member: str = ""
    bases: tuple[Chain, ...] | None = None  # of a class
    hooks: bool = False  # a class that acts when others derive from it
    adds: Chain = ()  # `X.add_parent(Y)`: X


class Summary:
    """The units of a file, and which of them bind a name."""

    def __init__(self, units: tuple[Unit, ...], exports: tuple[str, ...] | None) -> None:
        self.units, self.exports = units, exports
        self.names: dict[str, list[int]] = {}
        self.members: dict[int, list[int]] = {}
        self.stars: list[Import] = []
        for number, unit in enumerate(units):
            for name in () if unit.main else unit.names:
                self.names.setdefault(name, []).append(number)
            if unit.owner >= 0:
                self.members.setdefault(unit.owner, []).append(number)
            self.stars.extend(what for name, what in unit.binds if name == "*")

    def offers(self, name: str) -> bool:
        """Say whether `import *` takes ``name`` from this module, as far as can be told."""
        if self.exports is None:
            return not name.startswith("_")
        return self.exports == ANY or name in self.exports

    def plain(self) -> tuple[Any, ...]:
        """Return what can be written and read back."""
        return tuple(_plain(unit) for unit in self.units), self.exports


def from_plain(data: tuple[Any, ...]) -> Summary:
    """Make the summary anew from what ``plain`` returned."""
    units, exports = data
    return Summary(tuple(_unit(unit) for unit in units), exports)


def _plain(unit: Unit) -> tuple[Any, ...]:
    """Return a unit without classes of ours: `marshal` knows none."""
    fields: dict[str, Any] = unit._asdict()
    fields["binds"] = tuple((name, tuple(what)) for name, what in unit.binds)
    fields["local"] = tuple((tuple(what), chain) for what, chain in unit.local)
    for name in ("loads", "alone", "imports"):
        fields[name] = tuple(tuple(what) for what in fields[name])
    return tuple(fields.values())


def _unit(data: tuple[Any, ...]) -> Unit:
    unit = Unit(*data)
    if not (unit.binds or unit.loads or unit.local or unit.imports):
        return unit
    return unit._replace(
        binds=tuple((name, Import(*what)) for name, what in unit.binds),
        loads=tuple(Import(*what) for what in unit.loads),
        alone=tuple(Import(*what) for what in unit.alone),
        local=tuple((Import(*what), chain) for what, chain in unit.local),
        imports=tuple(Import(*what) for what in unit.imports),
    )
