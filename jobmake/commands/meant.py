"""What a word of the command line means where it may be a target or a past run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.memory.history import PastRun
    from jobmake.model.graph import Graph
    from jobmake.project import Project


def run_id(graph: Graph, word: str) -> int | None:
    """Return the id that `#12` names, and `12` where no target has that name; else None."""
    digits = word.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return None
    named = word in graph.families or word in graph.producers
    return None if named and digits == word else int(digits)


def past_run(project: Project, number: int) -> PastRun:
    """Return the run of this id. Raises UsageError."""
    from jobmake.model.errors import UsageError

    found = project.past_runs().run(number)
    if found is None:
        raise UsageError(f"no run {number} is known here", "`jobmake runs` shows those that are")
    return found
