"""What `bench/run` is asked to measure.

Knows the options, and which graphs, tools and operations the lines need. Does not measure.
Invariant: nothing is measured that neither a line nor an option asks for.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.graphs import SHAPES
from bench.having import usual_cache
from bench.lines import PEERS, Line, all_lines
from bench.others import JOBS_OF_PYTHON, LARGE_FILE
from bench.tools.all import NAMES
from bench.tools.tool import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.measuring import Figure

QUICK = [10, 100, 1000]
_MOST_OF_PEERS = 100  # targets that the slow ones build with `--quick`
_BUDGET, _QUICK_BUDGET = 60.0, 20.0


@dataclass(slots=True)
class Wanted:
    """What is to be measured of a graph."""

    tools: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)


def options_of(words: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Measures jobmake beside other tools on the same graphs."
    )
    add = parser.add_argument
    names = list(dict.fromkeys(line.name for line in all_lines()))
    add("--lines", type=_some(names), metavar="NAME,…", help=f"of {_all(names)}")
    add("--sizes", type=_numbers, default=[], metavar="N,…",
        help="only these; lines that are named are measured at each")  # fmt: skip
    add("--shapes", type=_some(SHAPES), default=SHAPES, metavar="NAME,…", help=f"of {_all(SHAPES)}")
    add("--tools", type=_some(NAMES), metavar="NAME,…",
        help=f"only these, also where no line asks for them: of {_all(NAMES)}")  # fmt: skip
    add("--repeats", type=int, metavar="N", help="rounds (default: 5, with --quick 3)")
    add("--budget", type=float, metavar="SECONDS",
        help=f"no more rounds of what took so long (default: {_BUDGET:.0f},"
        f" with --quick {_QUICK_BUDGET:.0f})")  # fmt: skip
    add("--timeout", type=float, default=1800.0, metavar="SECONDS", help="of a single run")
    add("--young", type=float, default=2.2, metavar="SECONDS",
        help="wait so long after a change before tools may trust time stamps")  # fmt: skip
    add("--jobmake", action="append", default=[], metavar="PATH",
        help="measure this one, not that of the checkout; twice to compare two")  # fmt: skip
    add("--quick", action="store_true",
        help="a few minutes: 10, 100 and 1,000 targets, slow tools only up to 100")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all samples there, as they come")
    add("--markdown", type=Path, metavar="FILE", help="write the tables there, as they grow")
    add("--cache", type=Path, default=usual_cache(), metavar="DIR", help="where tools are kept")
    add("--folder", type=Path, metavar="DIR", help="where projects are built (default: TMPDIR)")
    return _with_defaults(parser.parse_args(words))


def _with_defaults(options: argparse.Namespace) -> argparse.Namespace:
    options.at = options.sizes  # sizes that somebody said
    options.also = set(options.tools or ()) - set(PEERS)  # also where no line asks for them
    options.tools = options.tools or NAMES
    options.repeats = options.repeats or (3 if options.quick else 5)
    options.budget = options.budget or (_QUICK_BUDGET if options.quick else _BUDGET)
    options.sizes = options.sizes or (QUICK if options.quick else [])
    return options


def lines_of(options: argparse.Namespace) -> list[Line]:
    """Return the lines that are asked for; those that are named also at the sizes that are."""
    lines = all_lines()
    if options.lines is None:
        return lines
    lines = [line for line in lines if line.name in options.lines]
    for size in options.at:
        there = {line.name for line in lines if line.figure.size == size}
        moved: dict[tuple[str, str, Figure], Line] = {}
        for line in lines:
            if line.name not in there:
                other = line.at(size)
                moved.setdefault((other.name, other.what, other.figure), other)
        lines += moved.values()
    return lines


def wanted(options: argparse.Namespace, lines: Sequence[Line]) -> dict[tuple[str, int], Wanted]:
    """Return what is to be measured, by shape and size; small graphs first."""
    found: dict[tuple[str, int], Wanted] = defaultdict(Wanted)
    for line in lines:
        for figure in line.figures:
            if is_wanted(options, line, figure):
                one = found[figure.shape, figure.size]
                one.operations.add(figure.operation)
                one.tools |= {figure.tool, *options.also} & set(options.tools)
    known = {figure.size for line in lines for figure in line.figures}
    for size in set(options.at) - known:
        for shape in options.shapes:
            found[shape, size] = Wanted(set(options.tools), set(OPERATIONS))
    second = {f"jobmake-{number}" for number in range(2, len(options.jobmake) + 1)}
    for one in found.values():
        one.tools |= second if one.tools else set()
    some = ((place, one) for place, one in found.items() if one.tools)
    return dict(sorted(some, key=lambda one: (one[0][1], one[0][0])))


def besides(options: argparse.Namespace, lines: Sequence[Line]) -> list[Line]:
    """Return the lines of what is no graph that are to be measured."""
    return [
        line for line in lines
        if line.figure.shape in (JOBS_OF_PYTHON, LARGE_FILE)
        and (not options.sizes or line.figure.size in options.sizes)
    ]  # fmt: skip


def is_wanted(options: argparse.Namespace, line: Line, figure: Figure) -> bool:
    """Say whether a figure of a line is to be measured: one of a graph."""
    if options.quick and figure.tool in PEERS and figure.size > _MOST_OF_PEERS:
        return False
    sizes = {line.figure.size, figure.size}
    return figure.shape in options.shapes and not sizes.isdisjoint(options.sizes or sizes)


def _all(names: Sequence[str]) -> str:
    return ", ".join(names)


def _some(names: Sequence[str]) -> Callable[[str], list[str]]:
    def some(text: str) -> list[str]:
        found = text.split(",")
        for name in found:
            if name not in names:
                raise argparse.ArgumentTypeError(f"`{name}` is none of {_all(names)}")
        return found

    return some


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.replace("_", "").split(",")]
