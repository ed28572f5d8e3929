"""`bench/run`: has the tools, measures what is wanted, tells of it.

Knows the order. Does not know how anything is measured.
Invariant: exit code 1 if a tool failed or left a wrong output; a line that is not reached is no
failure.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.copies import Copy
from bench.graphs import make_graph
from bench.having import Cache
from bench.measuring import Measured, Pace, Round
from bench.options import lines_of, options_of, wanted
from bench.others import JOBS_OF_PYTHON, LARGE_FILE, Others
from bench.telling import document, machine, report
from bench.tools.all import all_tools
from bench.tools.own import Jobmake
from bench.tools.tool import OPERATIONS, Missing, Tool

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Measure what is asked for; print the tables; return the exit code."""
    options = options_of(words)
    lines = lines_of(options)
    measured = Measured()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="jobmake-bench-") as folder:
        bench = Bench(options, Path(folder), measured)
        try:
            for (shape, size), one in wanted(options, lines).items():
                bench.graph(shape, size, one.tools, one.operations)
            for line in lines:
                bench.other(line.figure.shape, line.figure.size)
        except KeyboardInterrupt:
            measured.troubles.append("it was interrupted")
        about = bench.about()
    print(report(lines, measured, about))
    if options.json:
        options.json.write_text(document(lines, measured, about))
    return 1 if measured.troubles else 0


class Bench:
    """What all measurements have in common."""

    def __init__(self, options: argparse.Namespace, root: Path, measured: Measured) -> None:
        self._options, self._root, self._measured = options, root, measured
        self._pace = Pace(options.repeats, options.budget, options.timeout, options.young)
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
        one = Round(make_graph(shape, size), self._root, self._pace, self._measured, say)
        one.measure(tools, [name for name in OPERATIONS if name in operations])

    def other(self, what: str, size: int) -> None:
        """Measure what is no graph, if it is that and asked for."""
        options, others = self._options, Others(self._root, self._pace, self._measured, say)
        if what not in (JOBS_OF_PYTHON, LARGE_FILE) or (
            options.sizes and size not in options.sizes
        ):
            return
        say(f"{what} {size}")
        own = [tool for tool in self._tools.values() if isinstance(tool, Jobmake)]
        jobmakes = [tool for tool in own if "jobmake" in options.tools and self._has(tool)]
        floor = self._tools["floor-c"]
        has_floor = floor.name in options.tools and self._has(floor)
        if what == LARGE_FILE:
            if has_floor:
                others.digest(size, jobmakes, floor.program)
            return
        if has_floor:
            others.spawns(size, floor.program)
        exax = self._exax() if "exax" in options.tools else None
        others.python_jobs(size, jobmakes, exax)

    def about(self) -> dict[str, Any]:
        """Return what the figures are of."""
        notes = self._cache.notes
        return {"machine": machine(), "tools": self._had, "missing": self._missing, "notes": notes}

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
    print(text, file=sys.stderr, flush=True)
