"""One tool's copy of a graph on the disk: written, edited, run, and compared with the model.

Knows files. Does not know which operations there are in which order.
Invariant: after every run all outputs are compared with what they must hold.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.aside import put_aside
from bench.launching import launch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.graphs import Graph
    from bench.tools.tool import Tool

_PASSED_ON = ("PATH", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds, seconds of processors, bytes of memory at most, exit code; how many
    outputs are not what they must be, how many were rewritten, and how many had to."""

    wall: float
    cpu: float
    memory: int
    code: int | None
    wrong: int = 0
    rewritten: int = 0
    needed: int = 0
    load: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether it did what it was to do."""
        return self.code == 0 and not self.wrong


class Copy:
    """A graph in a folder, for one tool."""

    def __init__(self, tool: Tool, graph: Graph, root: Path) -> None:
        self.tool, self.graph = tool, graph
        self.folder, self._root = root / f"{tool.name}-{graph.shape}-{graph.size}", root
        self._log = root / f"{self.folder.name}.log"
        self._home = root / "home"
        self._home.mkdir(exist_ok=True)
        self._changed = time.monotonic()

    def write(self) -> None:
        """Write the sources and the build files."""
        put_aside(self.folder, self._root)
        self.folder.mkdir()
        self._make_folders(self.graph.sources)
        self._make_folders(self._outputs)
        for path in self.graph.sources:
            self.save(path)
        self.tool.write(self.graph, self.folder)

    def save(self, path: str) -> None:
        """Write a file as the model has it."""
        (self.folder / path).write_bytes(self.graph.contents[path])
        self._changed = time.monotonic()

    def unbuild(self) -> None:
        """Make it a project that was never built."""
        for top in {path.partition("/")[0] for path in self._outputs}:
            put_aside(self.folder / top, self._root)
        self._make_folders(self._outputs)
        self.tool.forget(self.folder)
        begin = self.tool.begin(self.folder)
        if begin:
            self._launch(begin, 600)

    def touch(self) -> None:
        """Give all files new time stamps."""
        now = time.time_ns()
        for path in self.graph.contents:
            os.utime(self.folder / path, ns=(now, now))
        self._changed = time.monotonic()

    def settle(self, young: float) -> None:
        """Wait until no file is younger than that many seconds."""
        left = self._changed + young - time.monotonic()
        if left > 0:
            time.sleep(left)

    def run(self, operation: str, needed: int, timeout: float) -> Sample:
        """Run the tool, and look at what it left. ``needed``: how many targets have to run."""
        before, load = self._stamps(), os.getloadavg()[0]
        wall, cpu, memory, code = self._launch(self.tool.command(operation), timeout)
        if operation in ("cold", "leaf"):
            self._changed = time.monotonic()
        after = self._stamps()
        rewritten = sum(old != new for old, new in zip(before, after, strict=True))
        wrong = self.wrong() if self.tool.keeps or "cold" in self.tool.operations else 0
        return Sample(wall, cpu, memory, code, wrong, rewritten, needed, load)

    def wrong(self) -> int:
        """Return how many outputs are not what they must be."""
        return sum(not self._is_right(path) for path in self._outputs)

    def version(self) -> str:
        """Return which tool it is."""
        self._launch(self.tool.version(), 60)
        lines = self.said().splitlines() or ["unknown"]
        return lines[0]

    def said(self) -> str:
        """Return what the last run wrote."""
        return self._log.read_text(errors="replace").strip()

    def remove(self) -> None:
        """Take it away."""
        put_aside(self.folder, self._root)
        self._log.unlink(missing_ok=True)

    @property
    def _outputs(self) -> list[str]:
        return [one.output for one in self.graph.pieces]

    def _make_folders(self, paths: Iterable[str]) -> None:
        for folder in {os.path.dirname(path) for path in paths}:
            (self.folder / folder).mkdir(parents=True, exist_ok=True)

    def _is_right(self, path: str) -> bool:
        try:
            return (self.folder / path).read_bytes() == self.graph.contents[path]
        except FileNotFoundError:
            return False

    def _stamps(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(f"{self.folder}/{path}") for path in self._outputs]

    def _launch(self, words: Sequence[str], timeout: float) -> tuple[float, float, int, int | None]:
        environ = {**environ_in(self._home), **self.tool.environ(self.folder)}
        return launch(words, self.folder, environ, self._log, timeout)


def environ_in(home: Path) -> dict[str, str]:
    """Return the environment in which all tools run."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb", "NO_COLOR": "1"}


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
