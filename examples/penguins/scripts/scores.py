"""The score of a model: what `evaluate.py` writes, and `plot.py` and `report.py` read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Mistake(TypedDict):
    """One bird that was taken for another species."""

    bird: int
    species: str
    taken_for: str


class Score(TypedDict):
    """How one model did; `confusion` has a row for what they are, a column for taken for."""

    title: str
    how: str
    birds: int
    accuracy: float
    macro_f1: float
    species: list[str]
    confusion: list[list[int]]
    mistakes: list[Mistake]


def write_score(path: Path, score: Score) -> None:
    """Write a score as JSON."""
    path.write_text(json.dumps(score, indent=2) + "\n", encoding="utf-8")


def best_first(paths: Iterable[Path]) -> list[Score]:
    """Read scores, and return them from the best to the worst."""
    scores = [cast("Score", json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return sorted(scores, key=lambda one: (-one["accuracy"], -one["macro_f1"], one["title"]))
