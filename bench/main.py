"""`bench/run`: has the tools, measures what is wanted, tells of it.

Knows the order. Does not know how anything is measured.
Invariant: what was measured is written after each operation, so who is cut off loses one. Exit
code 1 if a tool failed or left a wrong output; a line that is not reached is no failure.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.copies import Copy
from bench.expecting import plan
from bench.graphs import make_graph
from bench.having import Cache
from bench.measuring import Measured, Pace, Round
from bench.options import besides, lines_of, options_of, wanted
from bench.others import LARGE_FILE, Others
from bench.telling import document, machine, progress, put, report
from bench.tools.all import all_tools
from bench.tools.own import Jobmake
from bench.tools.tool import OPERATIONS, Missing, Tool

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from bench.lines import Line


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is asked for; print the tables; return the exit code."""
    options = options_of(words)
    lines = lines_of(options)
    graphs, others = wanted(options, lines), besides(options, lines)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="jobmake-bench-") as folder:
        bench = Bench(options, lines, Path(folder))
        say(plan(graphs, others, bench.pace))
        try:
            for (shape, size), one in graphs.items():
                bench.graph(shape, size, one.tools, one.operations)
            for line in others:
                bench.other(line.figure.shape, line.figure.size)
        except KeyboardInterrupt:
            bench.measured.troubles.append("it was interrupted")
        print(bench.keep())
    return 1 if bench.measured.troubles else 0


class Bench:
    """What all measurements have in common. ``measured`` is all that came out so far."""

    def __init__(self, options: argparse.Namespace, lines: Sequence[Line], root: Path) -> None:
        self._options, self._lines, self._root = options, lines, root
        self.pace = Pace(options.repeats, options.budget, options.timeout, options.young)
        self.measured = Measured()
        self._machine = machine()
        self._cache = Cache(options.cache)
        self._tools = {tool.name: tool for tool in all_tools(options.jobmake)}
        self._had: dict[str, str] = {}  # name to version
        self._missing: dict[str, str] = {}

    def graph(self, shape: str, size: int, names: set[str], operations: set[str]) -> None:
        """Measure some operations of some tools on a graph."""
        tools = [tool for tool in self._tools.values() if tool.name in names and self._has(tool)]
        if not tools:
            return
        say(f"{shape} {size}: {', '.join(tool.name for tool in tools)}")

        def done(operation: str) -> None:
            say(progress(self.measured.samples, shape, size, operation))
            self.keep()

        one = Round(make_graph(shape, size), self._root, self.pace, self.measured, say, done)
        one.measure(tools, [name for name in OPERATIONS if name in operations])

    def other(self, what: str, size: int) -> None:
        """Measure what is no graph."""
        options, others = self._options, Others(self._root, self.pace, self.measured, say)
        say(f"{what} {size}")
        own = [tool for tool in self._tools.values() if isinstance(tool, Jobmake)]
        jobmakes = [tool for tool in own if "jobmake" in options.tools and self._has(tool)]
        floor = self._tools["floor-c"]
        has_floor = floor.name in options.tools and self._has(floor)
        if what == LARGE_FILE:
            if has_floor:
                others.digest(size, jobmakes, floor.program)
        else:
            if has_floor:
                others.spawns(size, floor.program)
            exax = self._exax() if "exax" in options.tools else None
            others.python_jobs(size, jobmakes, exax)
        self.keep()

    def keep(self) -> str:
        """Write what there is so far; return its tables."""
        about = self._about()
        text = report(self._lines, self.measured, about)
        if self._options.markdown:
            put(self._options.markdown, f"{text}\n")
        if self._options.json:
            put(self._options.json, document(self._lines, self.measured, about))
        return text

    def _about(self) -> dict[str, Any]:
        return {"machine": self._machine, "tools": self._had, "missing": self._missing,
                "notes": self._cache.notes}  # fmt: skip

    def _has(self, tool: Tool) -> bool:
        """Have a tool at hand; say whether it is."""
        if tool.name in self._had or tool.name in self._missing:
            return tool.name in self._had
        try:
            tool.get(self._cache)
        except Missing as why:
            self._missing[tool.name] = str(why)
            say(f"{tool.name} is missing: {why}")
            return False
        copy = Copy(tool, make_graph("wide", 1), self._root)
        copy.write()
        self._had[tool.name] = copy.version()
        copy.remove()
        return True

    def _exax(self) -> str | None:
        try:
            found = str(self._cache.environment("exax", "accelerator") / "ax")
        except Missing as why:
            self._missing["exax"] = str(why)
            return None
        self._had["exax"] = "accelerator"
        return found


def say(text: str) -> None:
    """Tell how far it is."""
    if text:
        print(text, file=sys.stderr, flush=True)
