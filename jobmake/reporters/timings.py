"""Where the time of a build went, as a short table.

Knows numbers and how they are written. Does not know what took the time.
Invariant: the figures of the rows add up to the whole's, as they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.tools.display import count
from jobmake.tools.quantities import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WIDTH = 18


def timing_lines(spent: Mapping[str, float], notes: Mapping[str, str]) -> list[str]:
    """Return the rows: what each phase took, in milliseconds and as a share, and a note."""
    whole = sum(spent.values())
    lines, upto, told = [], 0.0, 0
    for phase, seconds in spent.items():
        upto += seconds
        tenths = round(upto * 10_000) - told  # so that what is left out by rounding is not lost
        told += tenths
        lines.append(_line(phase, tenths, seconds / whole if whole else 0.0, notes.get(phase, "")))
    return [*lines, _line("in all", told, 1.0, "")]


def looked(looks: int, digests: int, size: int) -> str:
    """Return how much was looked at."""
    return f"{count(looks, 'look')}, {count(digests, 'digest')} of {size_text(size)}"


def in_order(phases: Iterable[str], spent: Mapping[str, float]) -> dict[str, float]:
    """Return what those phases took that were there."""
    return {phase: spent[phase] for phase in phases if phase in spent}


def _line(phase: str, tenths: int, share: float, note: str) -> str:
    return f"{phase:{_WIDTH}}{tenths / 10:>10.1f} ms{share * 100:>5.0f} %  {note}".rstrip()
