"""What a perfect tool would still have to do: `floor.c`, compiled on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.tools.tool import JOBS, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.graphs import Graph
    from bench.having import Cache


class Floor(Tool):
    """A noop looks at each file, settling reads and hashes all outputs, a touch all files, and a
    cold build starts the commands, without a shell."""

    name = "floor-c"
    operations = ("cold", "settle", "noop", "touch")
    counts = False

    def get(self, cache: Cache) -> None:
        """Have it at hand."""
        self.program = str(cache.floor())

    def write(self, graph: Graph, folder: Path) -> None:
        """Write its lists."""
        outputs = "".join(f"{one.output}\n" for one in graph.pieces)
        (folder / "outputs").write_text(outputs)
        (folder / "files").write_text("".join(f"{path}\n" for path in graph.sources) + outputs)
        with open(folder / "plan", "w") as file:
            for one in graph.pieces:
                file.write(f"{' '.join(map(str, one.needs))}\t{one.command}\n")

    def command(self, operation: str) -> Sequence[str]:
        """Return what stands for an operation."""
        words = {
            "cold": ["spawn", "plan", str(JOBS)],
            "settle": ["hash", "outputs"],
            "noop": ["stat", "files"],
            "touch": ["hash", "files"],
        }
        return [self.program, *words[operation]]

    def version(self) -> Sequence[str]:
        """Return what tells which compiler made it."""
        return ["cc", "--version"]
