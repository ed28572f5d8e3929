"""The graph as a build had it, kept target by target: what nobody asks for is not decoded.

    magic, checksum, length of the head, the head, then the targets one after the other

The head holds names and who needs whom as numbers, and which paths concern which targets; the
number of a target is its place in the graph's order. Knows the format, and how a graph is read
out of it. Does not know what is on the disk, nor whether the graph is still right: a section
names the one that belongs to it, by its checksum.

Invariant: a graph that is read is the one that was written, to the last bit.
"""

from __future__ import annotations

import marshal
import os
from array import array
from collections.abc import Mapping
from itertools import accumulate

from xxhash import xxh3_64_intdigest, xxh3_128_digest

from jobmake.memory.index import MOST_SECTIONS
from jobmake.memory.targetdata import Packer, Unkept, unpacked
from jobmake.memory.texts import Texts
from jobmake.model.graph import Graph
from jobmake.model.target import Target
from jobmake.tools.atomic import write_parts
from jobmake.tools.pathnames import parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

_MAGIC = b"jobmake graph 1 marshal %d\n" % marshal.version
_LENGTH = 8  # bytes of the head's length

__all__ = ["KeptGraph", "Unkept", "packed", "read", "write"]


class _Rows:
    """Some numbers for each of many places, in two arrays."""

    def __init__(self, ends: bytes, items: bytes) -> None:
        self._ends, self._items = array("I", ends), array("I", items)

    def __getitem__(self, place: int) -> array[int]:
        begin = self._ends[place - 1] if place else 0
        return self._items[begin : self._ends[place]]


def _rows(rows: Iterable[Sequence[int]]) -> tuple[bytes, bytes]:
    ends, items = array("I"), array("I")
    for row in rows:
        items.extend(row)
        ends.append(len(items))
    return ends.tobytes(), items.tobytes()


class KeptGraph:
    """A graph that was read. ``facts`` are what was kept beside it."""

    def __init__(self, head: Any, blobs: memoryview) -> None:
        self.facts, names, needs, users, paths, concerned, made, makers, *rest = head
        families, not_known, wanted, sums, ends, shared = rest
        self.families = Texts(families)
        self._not_known = Texts(not_known)
        self.names = Texts(names)
        self._needs, self._users = _Rows(*needs), _Rows(*users)
        self._paths, self._concerned = Texts(paths), _Rows(*concerned)
        self.made, self._makers = Texts(made), array("I", makers)
        self._wanted: bytes = wanted
        self._sums = array("Q", sums)
        self._ends = array("Q", ends)
        self._blobs, self._shared = blobs, shared
        self.decoded: dict[str, Target] = {}

    def is_wanted(self, number: int) -> bool:
        """Say whether the build wanted a target."""
        return bool(self._wanted[number])

    def concerned(self, path: str) -> set[int]:
        """Return the targets that a file concerns, by itself or as a part of a folder; none where
        it may concern more than targets."""
        found: set[int] = set()
        names = (path, *(f"{folder}/" for folder in parents(path)))
        for one in names if all(self._not_known.find(one) is None for one in names) else ():
            place = self._paths.find(one)
            found.update(() if place is None else self._concerned[place])
        return found

    def maker(self, path: str) -> str | None:
        """Return the target that declares to make a path."""
        place = self.made.find(path)
        return None if place is None else self.names[self._makers[place]]

    def has_paths(self, name: str, paths: Iterable[str]) -> bool:
        """Say whether these are the paths that concern a target."""
        number = self.names.find(name)
        return number is not None and self._sums[number] == _sum(paths)

    def users(self, number: int) -> Iterable[int]:
        """Return who needs a target."""
        return self._users[number]

    def needs(self, number: int) -> Iterable[int]:
        """Return what a target needs."""
        return self._needs[number]

    def target(self, name: str) -> Target:
        """Return a target. Raises KeyError where there is none."""
        found = self.decoded.get(name)
        if found is None:
            number = self.names.find(name)
            if number is None:
                raise KeyError(name)
            begin = self._ends[number - 1] if number else 0
            blob = self._blobs[begin : self._ends[number]]
            found = self.decoded[name] = unpacked(marshal.loads(blob), self._shared)
            assert isinstance(found, Target)
        return found

    def graph(self) -> Graph:
        """Return it as a graph; of its targets, families and paths only those are decoded that
        are asked for."""
        return Graph(
            targets=_Targets(self),
            needs=_Neighbours(self, self._needs),
            users=_Neighbours(self, self._users),
            order=(),
            families=_Families(self),
            producers=_Producers(self),
            over={},
        )


def _sum(paths: Iterable[str]) -> int:
    return xxh3_64_intdigest("\0".join(sorted(set(paths))).encode("utf-8", "surrogateescape"))


class _OfNames(Mapping[str, "Any"]):
    """What is known of each target, by its name; of others, by theirs."""

    def __init__(self, kept: KeptGraph) -> None:
        self._kept, self._texts = kept, kept.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.all)

    def __len__(self) -> int:
        return len(self._texts.all)

    def __getitem__(self, name: str) -> Any:
        raise NotImplementedError


class _Targets(_OfNames):
    def __getitem__(self, name: str) -> Target:
        return self._kept.target(name)


class _Neighbours(_OfNames):
    def __init__(self, kept: KeptGraph, rows: _Rows) -> None:
        super().__init__(kept)
        self._rows = rows

    def __getitem__(self, name: str) -> tuple[str, ...]:
        number = self._kept.names.find(name)
        if number is None:
            raise KeyError(name)
        return tuple([self._kept.names[one] for one in self._rows[number]])


class _Families(_OfNames):
    """The instances of each declared target."""

    def __init__(self, kept: KeptGraph) -> None:
        super().__init__(kept)
        self._texts = kept.families

    def __getitem__(self, family: str) -> tuple[str, ...]:
        kept = self._kept
        if kept.families.find(family) is None:
            raise KeyError(family)
        return tuple([one for one in kept.names.all if one.partition("[")[0] == family])


class _Producers(_OfNames):
    """Who makes a path, by the path."""

    def __init__(self, kept: KeptGraph) -> None:
        super().__init__(kept)
        self._texts = kept.made

    def __getitem__(self, path: str) -> str:
        maker = self._kept.maker(path)
        if maker is None:
            raise KeyError(path)
        return maker


def packed(
    graph: Graph,
    paths: Mapping[str, Iterable[str]],
    not_known: Iterable[str],
    facts: Any,
) -> tuple[bytes, list[bytes]]:
    """Return the checksum of a graph, and all that is to be written of it. ``paths``: for each
    wanted target those that concern it; ``not_known``: paths of which it cannot be said whom they
    concern; ``facts``: what else is kept. Raises Unkept."""
    order = graph.order
    number = {name: place for place, name in enumerate(order)}
    packer = Packer()
    blobs = [marshal.dumps(packer.pack(graph.targets[name])) for name in order]
    concerned: dict[str, dict[int, None]] = {}
    for name, some in paths.items():
        for path in some:
            concerned.setdefault(path, {})[number[name]] = None
    head = marshal.dumps(
        (
            facts,
            Texts.joined(order),
            _rows([number[one] for one in graph.needs[name]] for name in order),
            _rows([number[one] for one in graph.users[name]] for name in order),
            Texts.joined(concerned),
            _rows(list(some) for some in concerned.values()),
            Texts.joined(graph.producers),
            array("I", [number[one] for one in graph.producers.values()]).tobytes(),
            Texts.joined(graph.families),
            Texts.joined(not_known),
            bytes(name in paths for name in order),
            array("Q", [_sum(paths.get(name, ())) for name in order]).tobytes(),
            array("Q", accumulate(map(len, blobs))).tobytes(),
            packer.shared,
        )
    )
    body = b"".join([len(head).to_bytes(_LENGTH, "little"), head, *blobs])
    mark = xxh3_128_digest(body)
    return mark, [_MAGIC, mark, body]


def write(folder: str, mark: bytes, parts: list[bytes]) -> None:
    """Keep a graph; of all graphs the latest stay. Raises OSError."""
    path = f"{folder}/{mark.hex()}"
    if os.path.exists(path):
        os.utime(path)
        return
    os.makedirs(folder, 0o700, exist_ok=True)
    write_parts(path, parts, durable=False, mode=0o600, follow=False)
    with os.scandir(folder) as entries:
        by_age = sorted(entries, key=lambda one: one.stat().st_mtime_ns)
    for one in by_age[:-MOST_SECTIONS]:
        os.unlink(one)


def read(folder: str, mark: bytes) -> KeptGraph | None:
    """Return the graph of a checksum; None where it is not there, or not whole."""
    try:
        with open(f"{folder}/{mark.hex()}", "rb") as file:
            data = file.read()
    except OSError:
        return None
    begin = len(_MAGIC) + len(mark)
    body = memoryview(data)[begin:]
    if data[:begin] != _MAGIC + mark or xxh3_128_digest(body) != mark:
        return None
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "little")
    try:
        return KeptGraph(marshal.loads(body[_LENGTH:end]), body[end:])
    except (ValueError, EOFError, TypeError, AttributeError):
        return None
