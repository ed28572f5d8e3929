"""Targets as plain data, such as `marshal` writes, and back.

Knows the classes that a target is made of. Does not know where the data are kept.

Invariant: what comes back is equal to what was given, and of the same types; a target with
anything else in it is `Unkept`. To read data runs no code but that of the classes here.
"""

from __future__ import annotations

from operator import attrgetter

from jobmake.jobfile.problems import AtLine, InFile
from jobmake.model.target import (
    Demands,
    FilePattern,
    Handling,
    Manner,
    Published,
    Scope,
    Service,
    Target,
)
from jobmake.tools.value import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CLASSES = (Target, FilePattern, Scope, Manner, Demands, Handling, Published, Service)
_NUMBERS: dict[type, int] = {cls: number for number, cls in enumerate(_CLASSES)}
_FIELDS: dict[type, Any] = {cls: attrgetter(*fields(cls)) for cls in _CLASSES}
_USUAL: dict[type, Any] = {cls: cls() for cls in (Manner, Demands, Handling)}
_EMPTY = ()
_ATOMS = frozenset((str, int, float, bool, type(None)))
_MARK = ...  # begins a tuple that stands for something else
# what it stands for, if it is no number of a class
_USUAL_ONE, _SHARED, _IN_FILE, _AT_LINE = -1, -2, -3, -4


class Unkept(Exception):
    """A target holds what cannot be written as plain data."""


class Packer:
    """Makes data of targets. Tables that many of them hold, like params, are written once, and
    so are scopes of the same tables: they are in ``shared``, as data, in the order in which they
    were met."""

    def __init__(self) -> None:
        self.shared: list[Any] = []
        self._met: dict[int, tuple[Any, int]] = {}  # by identity; the object, so that it stays
        self._scopes: dict[tuple[int, ...], int] = {}  # by the identities of their tables

    def pack(self, target: Target) -> Any:
        """Return a target as data. Raises Unkept."""
        return self._packed(target)

    def _packed(self, value: Any) -> Any:
        kind = type(value)
        if kind in _ATOMS:
            return value
        if kind is tuple:
            return self._tuple(value)
        if kind is FilePattern:
            return (_MARK, _NUMBERS[kind], *self._tuple(_FIELDS[kind](value)))
        if kind is dict:
            return {self._packed(name): self._packed(one) for name, one in value.items()}
        if kind is Scope:
            return (_MARK, _SHARED, self._number_of(value))
        usual = _USUAL.get(kind)
        if value is usual or (usual is not None and value == usual):
            return (_MARK, _USUAL_ONE, _NUMBERS[kind])
        if kind is list:
            return [self._packed(one) for one in value]
        if kind is InFile:
            return (_MARK, _IN_FILE, str(value))
        if kind is AtLine:
            return (_MARK, _AT_LINE, str(value), value.line)
        if kind not in _NUMBERS:
            raise Unkept(f"a {kind.__name__}")
        return (_MARK, _NUMBERS[kind], *self._tuple(_FIELDS[kind](value)))

    def _tuple(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if _ATOMS.issuperset(map(type, values)):
            return values
        packed = self._packed
        return tuple(
            [one if type(one) in _ATOMS or one is _EMPTY else packed(one) for one in values]
        )

    def _number_of(self, scope: Scope) -> int:
        tables = _FIELDS[Scope](scope)
        key = tuple([id(one) if one else 0 for one in tables])
        known = self._scopes.get(key)
        if known is None:
            parts = list(map(self._table, tables))
            known = self._scopes[key] = len(self.shared)
            self.shared.append((_MARK, _NUMBERS[Scope], *parts))
        return known

    def _table(self, table: Any) -> Any:
        """Return a table of a scope as data; one that several scopes hold is written once."""
        if not table:
            return {}
        known = self._met.get(id(table))
        if known is None:
            data = self._packed(dict(table))
            known = self._met[id(table)] = table, len(self.shared)
            self.shared.append(data)
        return (_MARK, _SHARED, known[1])


def unpacked(data: Any, shared: list[Any]) -> Any:
    """Return what was packed. ``shared`` is that of the packer."""
    kind = type(data)
    if kind in _ATOMS:
        return data
    if kind is list:
        return [unpacked(one, shared) for one in data]
    if kind is dict:
        return {unpacked(name, shared): unpacked(one, shared) for name, one in data.items()}
    if not data or data[0] is not _MARK:
        return tuple([unpacked(one, shared) for one in data])
    number = data[1]
    if number == _USUAL_ONE:
        return _USUAL[_CLASSES[data[2]]]
    if number == _SHARED:
        return unpacked(shared[data[2]], shared)
    if number == _IN_FILE:
        return InFile(data[2])
    if number == _AT_LINE:
        return AtLine(data[2], data[3])
    return _CLASSES[number](*[unpacked(one, shared) for one in data[2:]])
