"""What a run of a Python job is told of a target that comes before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.model.target import Target

RoledPaths = tuple[tuple[str, tuple[str, ...]], ...]  # (role, paths) in declared order


@dataclass(frozen=True, slots=True)
class Needed:
    """A target that is done. ``result`` is the folder of its value and own files (absolute),
    None where it has none; ``outputs`` are its files by role; ``run`` is the id of the run that
    made them, None where that is not known here."""

    target: Target
    result: str | None
    outputs: RoledPaths
    run: str | None = None
