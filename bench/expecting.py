"""How long measuring may take, told before it begins.

Knows about what each tool takes of a free machine with two cores, and how many rounds there are.
Does not measure. Invariant: it is a guess, and nothing depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.others import LARGE_FILE
from bench.tools.tool import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.lines import Line
    from bench.measuring import Pace
    from bench.options import Wanted

# seconds of a run, and of each target in a cold build
_TAKES = {
    "jobmake": (0.05, 0.004), "python": (0.02, 0.0), "ninja": (0.01, 0.002), "make": (0.01, 0.002),
    "floor-c": (0.01, 0.0015), "doit": (0.1, 0.003), "dvc": (0.6, 0.3),
    "snakemake": (1.0, 0.03), "pytask": (0.6, 0.02),
}  # fmt: skip
_OF_COLD = 1 / 20  # what an operation takes of that, of targets that are not run
_ALWAYS = ("cold", "settle")
_WAITING = ("settle", "touch", "clone", "leaf")  # until files are no more young
_JOB, _EXAX_JOB, _GB = 0.005, 0.025, 1.0  # seconds


def plan(graphs: Mapping[tuple[str, int], Wanted], others: Iterable[Line], pace: Pace) -> str:
    """Return what will be measured, and how long it may take."""
    told, seconds = [], 0.0
    for (shape, size), one in graphs.items():
        does = [name for name in OPERATIONS if name in {*_ALWAYS, *one.operations}]
        told.append(f"{shape} {size:,}: {', '.join(does)} of {', '.join(sorted(one.tools))}")
        seconds += _of_graph(size, one, pace)
    for line in others:
        told.append(f"{line.where}: {', '.join(figure.tool for figure in line.figures)}")
        seconds += _of_other(line, pace)
    many = f"{pace.repeats} rounds" if pace.repeats > 1 else "one round"
    about = f"{many}, fewer of what takes long: {_duration(seconds)} on a free machine"
    return "\n".join(["to be measured:", *told, f"{about}, and installing what is not there"])


def _of_graph(size: int, one: Wanted, pace: Pace) -> float:
    operations = {*_ALWAYS, *one.operations}
    seconds = size * 0.001  # to write and to compare
    for tool in one.tools:
        start, each = _TAKES.get(tool, _TAKES["jobmake"])  # jobmake-2
        for operation in operations:
            run = start + size * each * (1 if operation == "cold" else _OF_COLD)
            rounds = pace.rounds(operation, size)
            seconds += run * max(1, min(rounds, round(pace.budget / run)))
    waits = sum(pace.rounds(name, size) for name in operations if name in _WAITING)
    return seconds + waits * pace.young


def _of_other(line: Line, pace: Pace) -> float:
    size = line.figure.size
    if line.figure.shape == LARGE_FILE:
        return size / 1e9 * _GB * (1 + 2 * pace.repeats)
    return min(3, pace.repeats) * size * (_JOB + _EXAX_JOB)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return "about a minute"
    return f"about {minutes} minutes" if minutes < 100 else f"about {minutes / 60:.0f} hours"
