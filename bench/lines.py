"""What is to be reached: the lines of the table, what each compares, and whether it is reached.

Knows figures and bounds. Does not measure.
Invariant: a line without its figures is told as not measured, never left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from bench.measuring import Figure
from bench.others import JOBS_OF_PYTHON, LARGE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.copies import Sample

GB = 10**9
PEERS = ("doit", "dvc", "snakemake", "pytask")


@dataclass(frozen=True, slots=True)
class Line:
    """``figure`` is at most ``bound`` times the least of ``against``, or in itself, in ``unit``.
    ``beside`` is measured with it, and shown."""

    name: str
    what: str
    bound: float
    figure: Figure
    against: tuple[Figure, ...] = ()
    unit: str = "x"
    beside: tuple[Figure, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return all that is measured for it."""
        return (self.figure, *self.against, *self.beside)

    def at(self, size: int) -> Line:
        """Return the same line of another size, with the bound that it has."""

        def moved(figure: Figure) -> Figure:
            return figure._replace(size=max(1, figure.size * size // self.figure.size))

        against, beside = (tuple(map(moved, some)) for some in (self.against, self.beside))
        return replace(self, figure=moved(self.figure), against=against, beside=beside)

    @property
    def where(self) -> str:
        """Return which shape and size it is of."""
        return f"{self.figure.shape} {_number(self.figure.size)}"

    def measured(self, samples: Mapping[Figure, Sequence[Sample]]) -> float | None:
        """Return what came out, by medians, or None."""
        if self.unit == "MB":
            memory = [one.memory / 1e6 for one in samples.get(self.figure, ()) if one.is_right]
            return max(memory, default=None)
        mine = middle(samples, self.figure)
        if mine is None or not self.against:
            return mine
        others = [found for one in self.against if (found := middle(samples, one)) is not None]
        return mine / min(others) if others else None

    def verdict(self, samples: Mapping[Figure, Sequence[Sample]]) -> str:
        """Return `reached`, `not reached` or `not measured`."""
        found = self.measured(samples)
        if found is None:
            return "not measured"
        return "reached" if found <= self.bound else "not reached"


def middle(samples: Mapping[Figure, Sequence[Sample]], figure: Figure) -> float | None:
    """Return the median of the seconds of a figure's good samples, or None."""
    good = [sample.wall for sample in samples.get(figure, ()) if sample.is_right]
    return median(good) if good else None


def all_lines() -> list[Line]:
    """Return every line, in the order of the table."""
    return [*_graphs(), *_first_build(), *_besides(), *_growth()]


def _graphs() -> Iterator[Line]:
    for size in (10, 100):
        yield _against("noop/python", 1.3, "wide", size, "noop", ("python",))
    for size, bound in ((10_000, 0.9), (100_000, 0.6)):
        for shape in ("wide", "realistic"):
            yield _against("noop/ninja", bound, shape, size, "noop", ("ninja",))
    yield _against("noop/stat", 2.0, "wide", 100_000, "noop", ("floor-c",))
    yield _against("settle/hash", 4.0, "wide", 10_000, "settle", ("floor-c",))
    for size, bound in ((10_000, 1.2), (100_000, 0.8)):
        for shape in ("wide", "layered"):
            yield _against("leaf/ninja", bound, shape, size, "leaf", ("ninja",))
    yield _against("touch/hash", 2.0, "wide", 10_000, "touch", ("floor-c",))
    for size, bound in ((1_000, 0.8), (10_000, 0.9)):
        for shape in ("wide", "layered", "chain"):
            yield _with_floor(_against("cold/ninja", bound, shape, size, "cold", ("ninja",)))
    yield _with_floor(_against("shell/ninja", 1.05, "shell", 1_000, "cold", ("ninja",)))
    for size in (100, 1_000):
        for operation in ("noop", "leaf", "cold"):
            yield _against("peers", 0.2, "wide", size, operation, PEERS)


def _first_build() -> Iterator[Line]:
    figure = Figure("wide", 100_000, "clone", "jobmake")
    yield Line("clone", "first build of a clone", 20, figure, unit="s")
    yield Line("clone", "its memory at most", 500, figure, unit="MB")


def _besides() -> Iterator[Line]:
    file, jobs = Figure(LARGE_FILE, 4 * GB, "digest", ""), Figure(JOBS_OF_PYTHON, 1_000, "cold", "")
    what = "digest against reading"
    yield Line("digest", what, 1.15, _of(file, "jobmake"), (_of(file, "floor-c"),))
    what = "trivial Python jobs against exax"
    yield Line("python", what, 0.1, _of(jobs, "jobmake"), (_of(jobs, "exax"),))


def _growth() -> Iterator[Line]:
    for operation in ("noop", "leaf", "touch", "settle", "cold", "clone"):
        large = Figure("wide", 100_000, operation, "jobmake")
        what = f"{operation} against a tenth of it"
        yield Line("growth", what, 12, large, (large._replace(size=10_000),))


def _against(
    name: str, bound: float, shape: str, size: int, operation: str, tools: tuple[str, ...]
) -> Line:
    figure = Figure(shape, size, operation, "jobmake")
    who = "the best of " + ", ".join(tools) if len(tools) > 1 else tools[0]
    others = tuple(_of(figure, tool) for tool in tools)
    return Line(name, f"{operation} against {who}", bound, figure, others)


def _with_floor(line: Line) -> Line:
    return replace(line, beside=(_of(line.figure, "floor-c"),))


def _of(figure: Figure, tool: str) -> Figure:
    return figure._replace(tool=tool)


def _number(size: int) -> str:
    return f"{size // GB} GB" if size >= GB else f"{size:,}"
