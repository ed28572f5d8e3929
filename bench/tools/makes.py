"""make and ninja, which look at times; they come from Debian."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from bench.tools.tool import JOBS, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.graphs import Graph
    from bench.having import Cache


class Make(Tool):
    """GNU make."""

    name = "make"

    def get(self, cache: Cache) -> None:
        """Have it at hand."""
        self.program = cache.program("make", "make")

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a Makefile."""
        ends = " ".join(piece.output for piece in graph.ends)
        with open(folder / "Makefile", "w") as file:
            file.write(f".SUFFIXES:\n.PHONY: all\nall: {ends}\n")
            for one in graph.pieces:
                file.write(f"{one.output}: {' '.join(one.inputs)}\n\t{one.command}\n")

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "-rRs", f"-j{JOBS}"]


class Ninja(Tool):
    """Ninja."""

    name = "ninja"
    keeps: ClassVar[tuple[str, ...]] = (".ninja_log", ".ninja_deps")

    def get(self, cache: Cache) -> None:
        """Have it at hand."""
        self.program = cache.program("ninja", "ninja-build")

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a build.ninja."""
        ends = " ".join(piece.output for piece in graph.ends)
        with open(folder / "build.ninja", "w") as file:
            file.write("rule run\n  command = $command\n  description = $out\n")
            for one in graph.pieces:
                file.write(
                    f"build {one.output}: run {' '.join(one.inputs)}\n  command = {one.command}\n"
                )
            file.write(f"build all: phony {ends}\ndefault all\n")

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "--quiet", f"-j{JOBS}"]
