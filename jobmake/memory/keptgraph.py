"""The graph as a build had it, kept target by target: what nobody asks for is not decoded.

    magic, checksum of the head, length of the head, the head, then the targets one after the other

The head holds names and who needs whom as numbers, which paths concern which targets, and where
each target is, with its checksum; the number of a target is its place in the graph's order. Knows
the format, and how a graph is read out of it. Does not know what is on the disk, nor whether the
graph is still right: a section names the one that belongs to it, by its checksum.

Invariant: what is read of a graph is what was written, to the last bit. A graph in which damage
was seen is removed: the next build of the whole project keeps another.
"""

from __future__ import annotations

import marshal
import os
from array import array
from collections.abc import Mapping
from contextlib import contextmanager

from xxhash import xxh3_64_intdigest, xxh3_128_digest

from jobmake.memory.index import MOST_SECTIONS
from jobmake.memory.targetdata import Packer, Unkept, unpacked
from jobmake.memory.texts import Texts
from jobmake.model.errors import StateError, state_error
from jobmake.model.graph import Graph
from jobmake.model.target import Target
from jobmake.tools.atomic import write_parts
from jobmake.tools.pathnames import parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

_MAGIC = b"jobmake graph 2 marshal %d\n" % marshal.version
_LENGTH = 8  # bytes of the head's length

__all__ = ["KeptGraph", "Unkept", "packed", "read", "write"]


class _Rows:
    """Some numbers for each of many places, in two arrays."""

    def __init__(self, ends: bytes, items: bytes) -> None:
        self._ends, self._items = memoryview(ends).cast("I"), memoryview(items).cast("I")

    def __getitem__(self, place: int) -> Sequence[int]:
        begin = self._ends[place - 1] if place else 0
        return self._items[begin : self._ends[place]]


def _rows(rows: Iterable[Sequence[int]]) -> tuple[bytes, bytes]:
    ends, items = array("I"), array("I")
    for row in rows:
        items.extend(row)
        ends.append(len(items))
    return ends.tobytes(), items.tobytes()


class _File:
    """The file at a path. It is open while it is read, or as long as it is held for many reads."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep it open. Raises OSError."""
        descriptor = self._descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield
        finally:
            self._descriptor = None
            os.close(descriptor)

    def read(self, begin: int, end: int) -> bytes:
        """Return what is from one place to another; less where there is not as much. Raises
        OSError."""
        if self._descriptor is None:
            with self.held():
                return self.read(begin, end)
        size = os.fstat(self._descriptor).st_size
        return os.pread(self._descriptor, end - begin, begin) if begin <= end <= size else b""

    def remove(self) -> None:
        """Remove it, as it is damaged."""
        try:
            os.unlink(self.path)
        except OSError:
            pass  # then it is seen to be damaged again


class KeptGraph:
    """A graph that was read: its head, and the ``file`` in which the targets are from a place
    ``begin`` on. ``facts`` are what was kept beside it."""

    def __init__(self, head: Any, file: _File, begin: int) -> None:
        self.facts, names, needs, users, paths, concerned, made, makers, *rest = head
        families, not_known, wanted, sums, ends, marks, shared = rest
        self.families = Texts(families)
        self._not_known = Texts(not_known)
        self.names = Texts(names)
        self._needs, self._users = _Rows(*needs), _Rows(*users)
        self._paths, self._concerned = Texts(paths), _Rows(*concerned)
        self.made, self._makers = Texts(made), memoryview(makers).cast("I")
        self._wanted: bytes = wanted
        self._sums, self._ends, self._marks = (
            memoryview(one).cast("Q") for one in (sums, ends, marks)
        )
        self._file, self._begin, self._shared = file, begin, shared
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

    def held(self) -> AbstractContextManager[None]:
        """Keep its file open, as many targets will be asked for. Raises OSError."""
        return self._file.held()

    def target(self, name: str) -> Target:
        """Return a target. Raises KeyError where there is none, StateError for damage."""
        found = self.decoded.get(name)
        if found is None:
            number = self.names.find(name)
            if number is None:
                raise KeyError(name)
            found = self.decoded[name] = unpacked(marshal.loads(self._blob(number)), self._shared)
            assert isinstance(found, Target)
        return found

    def _blob(self, number: int) -> bytes:
        begin = self._begin + (self._ends[number - 1] if number else 0)
        try:
            found = self._file.read(begin, self._begin + self._ends[number])
        except OSError as error:
            raise state_error(error, "read") from None
        if xxh3_64_intdigest(found) != self._marks[number]:
            self._file.remove()
            raise StateError(f"`{self._file.path}` is damaged", "it was removed: build again")
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
) -> tuple[bytes, list[bytes | memoryview]]:
    """Return the checksum of a graph, and all that is to be written of it. ``paths``: for each
    wanted target those that concern it; ``not_known``: paths of which it cannot be said whom they
    concern; ``facts``: what else is kept. Raises Unkept."""
    order = graph.order
    number = {name: place for place, name in enumerate(order)}
    concerning, concerned = _concerned(paths, number)
    packer, blobs = Packer(), bytearray()  # at 100,000 targets of 35 MB
    ends, marks = array("Q"), array("Q")
    for name in order:
        blob = marshal.dumps(packer.pack(graph.targets[name]))
        blobs += blob
        ends.append(len(blobs))
        marks.append(xxh3_64_intdigest(blob))
    head = marshal.dumps(
        (
            facts,
            Texts.joined(order),
            _rows([number[one] for one in graph.needs[name]] for name in order),
            _rows([number[one] for one in graph.users[name]] for name in order),
            concerning,
            concerned,
            Texts.joined(graph.producers),
            array("I", [number[one] for one in graph.producers.values()]).tobytes(),
            Texts.joined(graph.families),
            Texts.joined(not_known),
            bytes(name in paths for name in order),
            array("Q", [_sum(paths.get(name, ())) for name in order]).tobytes(),
            ends.tobytes(),
            marks.tobytes(),
            packer.shared,
        )
    )
    mark = xxh3_128_digest(head)
    return mark, [_MAGIC, mark, len(head).to_bytes(_LENGTH, "little"), head, memoryview(blobs)]


def _concerned(
    paths: Mapping[str, Iterable[str]], number: Mapping[str, int]
) -> tuple[bytes, tuple[bytes, bytes]]:
    """Return all paths, and the rows of the targets that each concerns, by their numbers."""
    found: dict[str, list[int]] = {}
    for name, some in paths.items():
        one = number[name]
        for path in some:
            row = found.get(path)
            if row is None:
                found[path] = [one]
            elif row[-1] != one:
                row.append(one)
    return Texts.joined(found), _rows(found.values())


def write(folder: str, mark: bytes, parts: Sequence[bytes | memoryview]) -> None:
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
    """Return the graph of a checksum; None where it is not there, or its head is not whole."""
    first = len(_MAGIC) + len(mark) + _LENGTH
    try:
        file = _File(f"{folder}/{mark.hex()}")
        with file.held():
            start = file.read(0, first)
            begin = first + int.from_bytes(start[-_LENGTH:], "little")
            head = file.read(first, begin)
        if start[:-_LENGTH] != _MAGIC + mark or xxh3_128_digest(head) != mark:
            file.remove()
            return None
        return KeptGraph(marshal.loads(head), file, begin)
    except (OSError, ValueError, EOFError, TypeError, AttributeError):
        return None
