"""Graphs that every tool is to build, and what their outputs must hold.

Four shapes, made of a size alone: the same graph on every machine and in every run.

    wide        independent copies
    shell       the same, by a command that needs a shell
    layered     as many layers as targets in one; each reads a source and three of the layer before
    chain       each reads a source and the one before
    realistic   like a build of C: objects with shared headers, ten to a library, and the libraries

Knows paths, commands and contents. Does not know the disk, nor any tool.
Invariant: `contents` are what a correct build leaves, after each edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHAPES = ("wide", "shell", "layered", "chain", "realistic")
_PER_FOLDER = 256
_OFFSETS = (0, 1, 7)  # which of the layer before are read


@dataclass(frozen=True, slots=True)
class Piece:
    """One target of a graph: it makes one file of others. ``needs``: the numbers of those that
    make its inputs."""

    name: str
    output: str
    inputs: tuple[str, ...]
    command: str
    needs: tuple[int, ...]

    @property
    def copies(self) -> bool:
        """Whether its output is its input, else the digests of its inputs."""
        return self.command.startswith("cp ")


@dataclass(slots=True)
class Graph:
    """``pieces`` stand behind those they need. ``leaf`` is a source that one target uses, or
    few. ``contents`` are those of all files."""

    shape: str
    size: int
    pieces: list[Piece] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    leaf: str = ""
    _maker: dict[str, int] = field(default_factory=dict)
    _users: dict[str, list[int]] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    @property
    def ends(self) -> list[Piece]:
        """The pieces that nobody needs."""
        return [piece for piece in self.pieces if piece.output not in self._users]

    def edit(self, path: str, content: bytes) -> int:
        """Give a source another content; return how many pieces have to run."""
        self._put(path, content)
        reached: set[int] = set()
        todo = [path]
        while todo:
            for number in self._users.get(todo.pop(), ()):
                if number not in reached:
                    reached.add(number)
                    todo.append(self.pieces[number].output)
        for number in sorted(reached):
            self._make(self.pieces[number])
        return len(reached)

    def source(self, path: str, size: int = 100) -> str:
        """Add a source; return its path."""
        line = f"{path} line of source text\n".encode()
        self.sources.append(path)
        self._put(path, (line * (size // len(line) + 1))[:size])
        return path

    def add(self, name: str, output: str, inputs: Sequence[str], command: str = "") -> str:
        """Add a piece; return its output."""
        needs = sorted({self._maker[path] for path in inputs if path in self._maker})
        command = command or f"md5sum {' '.join(inputs)} > {output}"
        piece = Piece(name, output, tuple(inputs), command, tuple(needs))
        number = self._maker[output] = len(self.pieces)
        self.pieces.append(piece)
        for path in inputs:
            self._users.setdefault(path, []).append(number)
        self._make(piece)
        return output

    def _make(self, piece: Piece) -> None:
        if piece.copies:
            self._put(piece.output, self.contents[piece.inputs[0]])
            return
        lines = (f"{self._digest(path)}  {path}\n" for path in piece.inputs)
        self._put(piece.output, "".join(lines).encode())

    def _put(self, path: str, content: bytes) -> None:
        self.contents[path] = content
        self._digests.pop(path, None)

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            self._digests[path] = md5(self.contents[path]).hexdigest()
        return self._digests[path]


def make_graph(shape: str, size: int) -> Graph:
    """Return a graph; ``size`` is the number of targets, about that of `realistic`."""
    graph = Graph(shape, size)
    {"layered": _layered, "chain": _chain, "realistic": _realistic}.get(shape, _wide)(graph)
    return graph


def _place(number: int) -> tuple[str, str]:
    """Return where the source and the output of a piece are."""
    path = f"{number // _PER_FOLDER:03}/{number}.txt"
    return f"src/{path}", f"out/{path}"


def _wide(graph: Graph) -> None:
    more = " && :" if graph.shape == "shell" else ""
    for number in range(graph.size):
        source, output = _place(number)
        graph.add(f"t{number}", output, [graph.source(source)], f"cp {source} {output}{more}")
    graph.leaf = graph.pieces[graph.size // 2].inputs[0]


def _layered(graph: Graph) -> None:
    width = max(1, round(graph.size**0.5))
    before: list[str] = []
    layer: list[str] = []
    for number in range(graph.size):
        source, output = _place(number)
        inputs = [graph.source(source)]
        if before:
            place = number % width
            inputs += sorted({before[(place + step) % len(before)] for step in _OFFSETS})
        layer.append(graph.add(f"t{number}", output, inputs))
        if len(layer) == width:
            before, layer = layer, []
    graph.leaf = graph.pieces[-1].inputs[0]


def _chain(graph: Graph) -> None:
    before: list[str] = []
    for number in range(graph.size):
        source, output = _place(number)
        before = [graph.add(f"t{number}", output, [graph.source(source), *before])]
    graph.leaf = graph.pieces[-1].inputs[0]


def _realistic(graph: Graph) -> None:
    libraries = max(1, graph.size // 10)
    shared = [graph.source("inc/config.h", 2048), graph.source("inc/common.h", 2048)]
    for library in range(libraries):
        name = f"lib{library:04}"
        headers = [graph.source(f"src/{name}/h{number}.h", 2048) for number in range(3)]
        objects = []
        for number in range(10):
            source = graph.source(f"src/{name}/f{number}.c", 4096)
            output = f"out/{name}/f{number}.o"
            inputs = [source, *headers, *shared]
            objects.append(graph.add(f"{name}_f{number}", output, inputs))
        graph.add(name, f"out/{name}/{name}.lib", objects)
    graph.leaf = f"src/lib{libraries // 2:04}/f3.c"
