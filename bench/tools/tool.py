"""What is known of a tool: how a graph is written for it, how it is run, what it keeps.

To add one: a class here beside the others, and a line in `all.py`.
Invariant: `write` writes only build files; sources are there, outputs are not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from bench.aside import put_aside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.graphs import Graph
    from bench.having import Cache

JOBS = 2  # how many runs go on at once
# cold: nothing is built. settle: the first build after it that may trust time stamps. noop:
# nothing changed. leaf: one source did. touch: all files have new time stamps, and the old content.
# clone: all outputs and the lockfile are there, and nothing that is local.
OPERATIONS = ("cold", "settle", "noop", "leaf", "touch", "clone")


class Missing(Exception):
    """A tool cannot be had, and why."""


class Tool:
    """One tool. ``program`` is what is run, once it is `got`."""

    name = ""
    operations: tuple[str, ...] = ("cold", "noop", "leaf")
    keeps: ClassVar[tuple[str, ...]] = ()  # files and folders with what it knows of the past
    counts = True  # whether what it rewrites is to be what has to run

    def __init__(self) -> None:
        self.program = ""

    def get(self, cache: Cache) -> None:
        """Have the tool at hand. Raises Missing."""
        raise NotImplementedError

    def write(self, graph: Graph, folder: Path) -> None:
        """Write the build files."""

    def begin(self, folder: Path) -> Sequence[str]:
        """Return the command by which a person sets up a project once; it is not timed."""
        return ()

    def command(self, operation: str) -> Sequence[str]:
        """Return the command of an operation."""
        raise NotImplementedError

    def environ(self, folder: Path) -> Mapping[str, str]:
        """Return variables that it needs."""
        return {}

    def version(self) -> Sequence[str]:
        """Return the command that tells which one it is."""
        return [self.program, "--version"]

    def forget(self, folder: Path, *names: str) -> None:
        """Take away what it knows of the past, or these of it."""
        for name in names or self.keeps:
            put_aside(folder / name, folder.parent)


def as_json(graph: Graph) -> str:
    """Return a graph for tools whose build files are programs."""
    return json.dumps([[one.name, one.command, one.inputs, one.output] for one in graph.pieces])


def ends_of(graph: Graph) -> str:
    """Return the outputs that nobody needs, one a line."""
    return "".join(f"{piece.output}\n" for piece in graph.ends)
