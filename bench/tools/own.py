"""jobmake, and the Python that it runs in."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from bench.tools.tool import JOBS, OPERATIONS, Missing, Tool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.graphs import Graph
    from bench.having import Cache


class Jobmake(Tool):
    """``path``: which one; without it that of this checkout, installed as people install it."""

    operations = OPERATIONS
    keeps: ClassVar[tuple[str, ...]] = (".jobmake", "Jobfile.lock")

    def __init__(self, path: str | None = None, name: str = "jobmake") -> None:
        super().__init__()
        self.name, self._path = name, path

    def get(self, cache: Cache) -> None:
        """Have it at hand."""
        self.program = str(cache.own_jobmake()) if self._path is None else str(_found(self._path))

    @property
    def python(self) -> str:
        """The Python of the same environment."""
        beside = Path(self.program).resolve().parent / "python"
        return str(beside) if beside.exists() else sys.executable

    def write(self, graph: Graph, folder: Path) -> None:
        """Write a Jobfile."""
        text = json.dumps  # a string of JSON is one of TOML
        with open(folder / "Jobfile.toml", "w") as file:
            for one in graph.pieces:
                file.write(
                    f"[target.{one.name}]\nrun = {text(one.command)}\n"
                    f"inputs = {text(one.inputs)}\noutputs = [{text(one.output)}]\n\n"
                )

    def command(self, operation: str) -> Sequence[str]:
        """Return how it builds."""
        return [self.program, "build", "-q", f"-j{JOBS}"]


class Python(Tool):
    """A Python that does nothing, in the environment of a jobmake."""

    name = "python"
    operations = ("noop",)
    counts = False

    def __init__(self, jobmake: Jobmake) -> None:
        super().__init__()
        self._jobmake = jobmake

    def get(self, cache: Cache) -> None:
        """Have it at hand: after its jobmake."""
        self.program = self._jobmake.python

    def command(self, operation: str) -> Sequence[str]:
        """Return how it does nothing."""
        return [self.program, "-c", "pass"]


def _found(path: str) -> Path:
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        raise Missing(f"`{path}` is no program")
    return Path(path).absolute()
