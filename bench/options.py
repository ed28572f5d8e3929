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
from bench.tools.all import NAMES
from bench.tools.tool import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.measuring import Figure

QUICK = [10, 100, 1000]
_MOST_OF_PEERS = 100  # targets that the slow ones build with `--quick`


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
    add("--lines", type=_some(names), default=names, metavar="NAME,…", help=f"of {_all(names)}")
    add("--sizes", type=_numbers, default=[], metavar="N,…",
        help="only these; a size of no line is measured in all shapes")  # fmt: skip
    add("--shapes", type=_some(SHAPES), default=SHAPES, metavar="NAME,…", help=f"of {_all(SHAPES)}")
    add("--tools", type=_some(NAMES), default=NAMES, metavar="NAME,…", help=f"of {_all(NAMES)}")
    add("--repeats", type=int, metavar="N", help="rounds (default: 5, with --quick 3)")
    add("--budget", type=float, default=60.0, metavar="SECONDS",
        help="no more rounds of what took so long")  # fmt: skip
    add("--timeout", type=float, default=1800.0, metavar="SECONDS", help="of a single run")
    add("--young", type=float, default=2.2, metavar="SECONDS",
        help="wait so long after a change before tools may trust time stamps")  # fmt: skip
    add("--jobmake", action="append", default=[], metavar="PATH",
        help="measure this one, not that of the checkout; twice to compare two")  # fmt: skip
    add("--quick", action="store_true",
        help="a few minutes: 10, 100 and 1,000 targets, slow tools only up to 100")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all samples there")
    add("--cache", type=Path, default=usual_cache(), metavar="DIR", help="where tools are kept")
    add("--folder", type=Path, metavar="DIR", help="where projects are built (default: TMPDIR)")
    options = parser.parse_args(words)
    options.repeats = options.repeats or (3 if options.quick else 5)
    options.sizes = options.sizes or (QUICK if options.quick else [])
    return options


def lines_of(options: argparse.Namespace) -> list[Line]:
    """Return the lines that are asked for."""
    return [line for line in all_lines() if line.name in options.lines]


def wanted(options: argparse.Namespace, lines: Sequence[Line]) -> dict[tuple[str, int], Wanted]:
    """Return what is to be measured, by shape and size; small graphs first."""
    found: dict[tuple[str, int], Wanted] = defaultdict(Wanted)
    for figure in _figures(lines):
        if is_wanted(options, figure):
            found[figure.shape, figure.size].tools.add(figure.tool)
            found[figure.shape, figure.size].operations.add(figure.operation)
    known = {figure.size for figure in _figures(all_lines())}
    for size in set(options.sizes) - known:
        for shape in options.shapes:
            found[shape, size] = Wanted(set(options.tools), set(OPERATIONS))
    second = {f"jobmake-{number}" for number in range(2, len(options.jobmake) + 1)}
    for one in found.values():
        one.tools |= second
    return dict(sorted(found.items(), key=lambda one: (one[0][1], one[0][0])))


def is_wanted(options: argparse.Namespace, figure: Figure) -> bool:
    """Say whether a figure of a graph is to be measured."""
    if options.quick and figure.tool in PEERS and figure.size > _MOST_OF_PEERS:
        return False
    is_of_size = not options.sizes or figure.size in options.sizes
    return is_of_size and figure.shape in options.shapes and figure.tool in options.tools


def _figures(lines: Sequence[Line]) -> Iterator[Figure]:
    for line in lines:
        yield line.figure
        yield from line.against


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
