"""What a run of a Python job is told of the targets before it: those whose values it is given,
and of a Job all that is above its parents.

Knows graph and records. Reads only.
"""

from __future__ import annotations

import os

from jobmake.engine import outputs
from jobmake.memory.resultfiles import folder_of
from jobmake.model.needed import Needed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target


def needed(target: Target, judge: Judge) -> tuple[Needed, ...]:
    """Return what a run of a target is told of others; nothing where it is no Python job."""
    return tuple(_needed(one, judge) for one in read_by(target, judge))


def read_by(target: Target, judge: Judge) -> list[Target]:
    """Return the targets whose values a run of a target may read."""
    if target.job_type != "python":
        return []
    found: dict[str, Target] = {}
    todo = [name for _, names in target.groups for name in names]
    while todo:
        name = todo.pop()
        if name not in found:
            one = found[name] = judge.graph.targets[name]
            todo.extend(_parents(one))
    return list(found.values())


def _parents(target: Target) -> Iterator[str]:
    yield from target.settings.get("parents", ())


def _needed(target: Target, judge: Judge) -> Needed:
    record = judge.records.get(target.name)
    folder = folder_of(record.result_id) if record else None
    result = os.path.join(judge.files.root, folder) if folder else None
    return Needed(target, result, outputs.by_role(target))
