"""Graphs are built by all tools in turn, operation by operation and round by round.

Knows the order: each round begins with another tool, so that what goes on elsewhere on the
machine hits all alike. Does not know what the figures are compared with.
Invariant: a tool that fails, is too slow, or leaves a wrong output is told of, and measured no
more on that graph.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bench.copies import Copy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.copies import Sample
    from bench.graphs import Graph
    from bench.tools.tool import Tool

_HEAVY = ("cold", "settle", "touch", "clone")
_UNSETTLING = ("touch", "clone", "leaf")  # what comes next is to find files that are old enough


class Figure(NamedTuple):
    """What was measured: an operation of a tool on a shape of a size."""

    shape: str
    size: int
    operation: str
    tool: str


@dataclass(slots=True)
class Measured:
    """``samples`` of each figure, and ``troubles``: what went wrong."""

    samples: dict[Figure, list[Sample]] = field(default_factory=lambda: defaultdict(list))
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pace:
    """``repeats`` of each operation; fewer of one that took ``budget`` seconds, or of large ones.
    What takes longer than ``timeout`` is given up. ``young``: how long after a change time stamps
    prove nothing."""

    repeats: int = 5
    budget: float = 60.0
    timeout: float = 1800.0
    young: float = 2.2  # jobmake: two seconds

    def rounds(self, operation: str, size: int) -> int:
        """Return how many rounds there are."""
        if operation in _HEAVY and size >= 10_000:
            return min(self.repeats, 1 if size >= 100_000 else 3)
        return self.repeats


class Round:
    """All measurements of one graph."""

    def __init__(
        self,
        graph: Graph,
        root: Path,
        pace: Pace,
        measured: Measured,
        say: Callable[[str], None],
        done: Callable[[str], None] = str,
    ) -> None:
        """``say`` is told of troubles, ``done`` of each operation when all its rounds are over."""
        self._graph, self._root, self._pace = graph, root, pace
        self._measured, self._say, self._done = measured, say, done
        self._copies: dict[str, Copy] = {}
        self._edits = 0

    def measure(self, tools: Sequence[Tool], operations: Sequence[str]) -> None:
        """Measure some operations; a cold build comes first in any case."""
        wanted = {"cold", *operations}
        for tool in tools:
            self._copies[tool.name] = Copy(tool, self._graph, self._root)
            self._copies[tool.name].write()
        try:
            self._in_turn("cold", self._cold, also="settle")
            self._done("cold")
            self._done("settle")
            for operation, begin in (
                ("noop", self._nothing), ("touch", self._nothing), ("clone", self._clone),
                ("leaf", self._edit),  # the last: from then on the floor's outputs are old
            ):  # fmt: skip
                if operation in wanted:
                    self._in_turn(operation, begin)
                    self._done(operation)
        finally:
            for copy in self._copies.values():
                copy.remove()

    def _in_turn(
        self, operation: str, begin: Callable[[list[Copy]], int], also: str | None = None
    ) -> None:
        for number in range(self._pace.rounds(operation, self._graph.size)):
            copies = [one for one in self._having(operation) if self._has_time(one, operation)]
            if not copies:
                return
            start = number % len(copies)
            needed = begin(copies)
            for copy in copies[start:] + copies[:start]:
                if operation == "touch":
                    copy.touch()  # right before it is run, as long as it is young
                self._run(copy, operation, needed)
            for copy in self._having(also) if also else ():
                copy.settle(self._pace.young)
                self._run(copy, also or "", 0)
            if operation in _UNSETTLING:
                for copy in self._having("settle"):
                    copy.settle(self._pace.young)
                    copy.run("settle", 0, self._pace.timeout)

    def _having(self, operation: str | None) -> list[Copy]:
        return [one for one in self._copies.values() if operation in one.tool.operations]

    def _has_time(self, copy: Copy, operation: str) -> bool:
        taken = self._measured.samples.get(self._figure(copy, operation), [])
        return sum(sample.wall for sample in taken) < self._pace.budget

    def _run(self, copy: Copy, operation: str, needed: int) -> None:
        if copy.tool.name not in self._copies:
            return
        needed = needed if copy.tool.counts else 0
        sample = copy.run(operation, needed, self._pace.timeout)
        self._measured.samples[self._figure(copy, operation)].append(sample)
        if sample.is_right:
            if copy.tool.counts and sample.rewritten > sample.needed:
                self._tell(copy, operation, f"rewrote {sample.rewritten} outputs, not {needed}")
            return
        if sample.code is None:
            what = f"took longer than {self._pace.timeout:.0f} s"
        elif sample.wrong:
            what = f"left {sample.wrong} wrong outputs (exit code {sample.code})"
        else:
            what = f"exit code {sample.code}: {copy.said()[-200:]}"
        self._tell(copy, operation, what)
        self._copies.pop(copy.tool.name).remove()

    def _tell(self, copy: Copy, operation: str, what: str) -> None:
        graph = self._graph
        trouble = f"{copy.tool.name}, {operation}, {graph.shape} {graph.size}: {what}"
        self._measured.troubles.append(trouble)
        self._say(f"  {trouble}")

    def _figure(self, copy: Copy, operation: str) -> Figure:
        return Figure(self._graph.shape, self._graph.size, operation, copy.tool.name)

    # -- what comes before a run ------------------------------------------------------

    def _cold(self, copies: list[Copy]) -> int:
        for copy in copies:
            copy.unbuild()
        return len(self._graph.pieces)

    def _nothing(self, copies: list[Copy]) -> int:
        return 0

    def _edit(self, copies: list[Copy]) -> int:
        self._edits += 1
        needed = self._graph.edit(self._graph.leaf, b"edit %d\n" % self._edits)
        for copy in self._having("leaf"):
            copy.save(self._graph.leaf)
            if copy not in copies:  # it stays as it is, and would be wrong from now on
                del self._copies[copy.tool.name]
                copy.remove()
        return needed

    def _clone(self, copies: list[Copy]) -> int:
        for copy in copies:
            copy.tool.forget(copy.folder, ".jobmake")
            copy.settle(self._pace.young)
        return 0
