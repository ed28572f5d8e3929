"""What a run of a Python job is told of a target that comes before it."""

from __future__ import annotations

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.target import Target

RoledPaths = tuple[tuple[str, tuple[str, ...]], ...]  # (role, paths) in declared order


class Needed(Value):
    """A target that is done. ``result`` is the folder of its value and own files (absolute),
    None where it has none; ``outputs`` are its files by role; ``run`` is the id of the run that
    made them, None where that is not known here."""

    target: Target
    result: str | None
    outputs: RoledPaths
    run: str | None = None
