"""From what is reached to the parts of a fingerprint: one digest per file.

Knows which order of things counts. Does not know how they were found.

Invariant: two sets of reached code with the same parts do the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jobmake.tools.digest import digest_texts

if TYPE_CHECKING:
    from jobmake.code.reach import Reach
    from jobmake.code.summary import Unit

TOP_LEVEL = "(top level)"  # what people read for statements that bind nothing
_IMPORTS = "(order of imports)"


class _Item(NamedTuple):
    number: int  # its place in the file
    label: str
    digest: str
    inert: bool


def file_parts(reach: Reach) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the digest of each file, and those of the bindings that it is made of."""
    parts: dict[str, str] = {}
    bindings: dict[str, dict[str, str]] = {}
    for path, items in sorted(_items(reach).items()):
        ordered = _ordered(items)
        parts[path] = digest_texts(text for each in ordered for text in (each.label, each.digest))
        bindings[path] = _by_label(ordered)
    return parts, bindings


def _items(reach: Reach) -> dict[str, list[_Item]]:
    found: dict[str, list[_Item]] = {}
    for (path, number), unit in reach.units.items():
        item = _Item(number, unit.label or TOP_LEVEL, _digest(unit, reach.docs), unit.inert)
        found.setdefault(path, []).append(item)
    for path, number, name, what, inert in reach.steps:
        digest = digest_texts([name, what.text])
        found.setdefault(path, []).append(_Item(number, name, digest, inert))
    active = _active(reach)
    for (path, number), loaded in reach.loads.items():
        if acting := sorted(loaded & active):
            item = _Item(number, _IMPORTS, digest_texts(acting), inert=False)
            found.setdefault(path, []).append(item)
    return found


def _digest(unit: Unit, docs: bool) -> str:
    return digest_texts([unit.digest, unit.doc]) if docs and unit.doc else unit.digest


def _active(reach: Reach) -> set[str]:
    """Return the files whose loading does something, by themselves or through others."""
    loaders: dict[str, set[str]] = {}
    for (path, _), loaded in reach.loads.items():
        for each in loaded:
            loaders.setdefault(each, set()).add(path)
    active = set(reach.ran)
    todo = list(active)
    while todo:
        for path in loaders.get(todo.pop(), set()) - active:
            active.add(path)
            todo.append(path)
    return active


def _ordered(items: list[_Item]) -> list[_Item]:
    """Put items in the order of the file, neighbours whose order does not matter by name."""
    result: list[_Item] = []
    alike: list[_Item] = []
    for item in sorted(items):
        if not item.inert:
            result += [*sorted(alike, key=_name), item]
            alike = []
        else:
            alike.append(item)
    return result + sorted(alike, key=_name)


def _name(item: _Item) -> tuple[str, str]:
    return item.label, item.digest


def _by_label(items: list[_Item]) -> dict[str, str]:
    grouped: dict[str, list[str]] = {}
    for item in items:
        grouped.setdefault(item.label, []).append(item.digest)
    return {
        label: digests[0] if len(digests) == 1 else digest_texts(digests)
        for label, digests in grouped.items()
    }
