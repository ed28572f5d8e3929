"""Looking ahead: what a build would do, without doing it. Writes nothing.

What a stale target will make is not known, so those that use it are stale for reasons
of their own, or undecided. `-n`, `status` and `why` are renderings of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.decision import Fresh, Outlook, Reason, Stale, Undecided
from jobmake.model.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target


def forecast(judge: Judge, wanted: Iterable[str], *, forced: bool = False) -> list[Outlook]:
    """Return the outlook of each wanted target, in their topological order."""
    unknown: set[str] = set()
    outlooks = []
    for name in wanted:
        target = judge.graph.targets[name]
        outlook = _outlook(judge, target, unknown, forced)
        if isinstance(outlook.forecast, Fresh):
            record = judge.records.get(name)
            judge.results[name] = record.result if record else judge.group_result(target)
        else:
            unknown.add(name)
        outlooks.append(outlook)
    return outlooks


def _outlook(judge: Judge, target: Target, unknown: set[str], forced: bool) -> Outlook:
    if target.is_group:
        members = tuple(need for need in judge.graph.needs[target.name] if need in unknown)
        return Outlook(target, Undecided(members) if members else Fresh())
    try:
        sight = judge.look(target, unknown)
    except TargetError as error:
        return Outlook(target, Stale((Reason("it", "", "cannot be judged"),)), error.message)
    return Outlook(target, judge.decide(target, sight, unknown=unknown, forced=forced))
