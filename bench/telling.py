"""The tables of what was measured, for people, and the same as JSON.

Knows how figures are written. Does not measure.
Invariant: every line is in the table, and every tool that could not be had is named.
"""

from __future__ import annotations

import json
import os
import platform
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.lines import middle

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.copies import Sample
    from bench.lines import Line
    from bench.measuring import Figure, Measured


def report(lines: Sequence[Line], measured: Measured, about: Mapping[str, Any]) -> str:
    """Return all of it for people."""
    told = [", ".join(f"{name} {value}" for name, value in about["machine"].items())]
    told += [f"{name}: {version}" for name, version in about["tools"].items()]
    told += [f"{name}: not measured, {why}" for name, why in about["missing"].items()]
    told += [f"note: {note}" for note in about["notes"]]
    told += ["", figures_table(measured.samples), "", lines_table(lines, measured.samples)]
    return "\n".join([*told, *(f"trouble: {one}" for one in measured.troubles)])


def progress(
    samples: Mapping[Figure, Sequence[Sample]], shape: str, size: int, operation: str
) -> str:
    """Return the medians of one operation on a graph, in a line."""
    of = (shape, size, operation)
    middles = ((one.tool, middle(samples, one)) for one in samples if one[:3] == of)
    told = ", ".join(f"{tool} {_time(found)}" for tool, found in middles if found is not None)
    return f"  {operation}: {told}" if told else ""


def figures_table(samples: Mapping[Figure, Sequence[Sample]]) -> str:
    """Return medians and minima of all that was measured."""
    head = ("shape", "size", "operation", "tool", "median", "least", "cpu", "MB", "runs", "load")
    rows = []
    for figure in sorted(samples, key=_order):
        good = [sample for sample in samples[figure] if sample.is_right]
        if not good:
            rows.append((figure.shape, _size(figure), figure.operation, figure.tool, "failed",
                         "", "", "", str(len(samples[figure])), ""))  # fmt: skip
            continue
        walls = [sample.wall for sample in good]
        rows.append((
            figure.shape, _size(figure), figure.operation, figure.tool,
            _time(median(walls)), _time(min(walls)), _time(median(one.cpu for one in good)),
            f"{max(one.memory for one in good) / 1e6:.0f}", str(len(good)),
            f"{max(one.load for one in good):.1f}",
        ))  # fmt: skip
    return table(head, rows, right=range(4, 10))


def lines_table(lines: Sequence[Line], samples: Mapping[Figure, Sequence[Sample]]) -> str:
    """Return what was to be reached, what came out, and whether that is reached."""
    head = ("line", "what", "of", "at most", "measured", "")
    rows = []
    for line in lines:
        found = line.measured(samples)
        shown = "" if found is None else _amount(found, line.unit)
        bound = _amount(line.bound, line.unit)
        rows.append((line.name, line.what, line.where, bound, shown, line.verdict(samples)))
    return table(head, rows, right=(3, 4))


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] | range = ()
) -> str:
    """Return a table of Markdown, with columns as wide as what is in them."""
    widths = [max(3, *map(len, column)) for column in zip(head, *rows, strict=True)]
    marks = [
        "-" * (width - 1) + (":" if column in right else "-") for column, width in enumerate(widths)
    ]
    return "\n".join(_row(row, widths, right) for row in (head, marks, *rows))


def put(path: Path, text: str) -> None:
    """Replace a file, so that it is whole whenever one is cut off."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    os.replace(beside, path)


def machine() -> dict[str, Any]:
    """Return what the figures are of."""
    model = next((one for one in _cpu_lines() if one), platform.machine())
    return {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def document(lines: Sequence[Line], measured: Measured, about: Mapping[str, Any]) -> str:
    """Return all of it as JSON."""
    told = {
        **about,
        "lines": [
            {
                "line": line.name, "what": line.what, "shape": line.figure.shape,
                "size": line.figure.size, "at_most": line.bound, "unit": line.unit,
                "measured": line.measured(measured.samples),
                "verdict": line.verdict(measured.samples),
            }
            for line in lines
        ],
        "samples": [
            {**figure._asdict(), **{name: getattr(one, name) for name in one.__slots__}}
            for figure, found in measured.samples.items()
            for one in found
        ],
        "troubles": measured.troubles,
    }  # fmt: skip
    return json.dumps(told, indent=1) + "\n"


def _order(figure: Figure) -> tuple[object, ...]:
    return figure.shape, figure.size, figure.operation, figure.tool


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[int] | range) -> str:
    sides = (
        f"{cell:>{width}}" if column in right else f"{cell:<{width}}"
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(sides)} |"


def _size(figure: Figure) -> str:
    return f"{figure.size:,}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 10 else f"{seconds:.1f} s"


def _amount(number: float, unit: str) -> str:
    return f"{number:.2f}" if unit == "x" else f"{number:.1f} {unit}"


def _cpu_lines() -> Iterator[str]:
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    yield line.partition(":")[2].strip()
    except OSError:
        return
