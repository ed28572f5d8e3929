"""Looking ahead: what a build would do, without doing it. Writes nothing.

What a stale target will make is not known, so those that use it are stale for reasons
of their own, or undecided. `-n`, `status` and `why` are renderings of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.engine import published
from jobmake.engine.facts import may_be_restored
from jobmake.engine.lookup import ours_of, traces
from jobmake.model.decision import FORCED, Forecast, Fresh, Outlook, Reason, Stale, Undecided
from jobmake.model.errors import TargetError
from jobmake.tools.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from jobmake.engine.judge import Judge
    from jobmake.model.contracts import Cache
    from jobmake.model.target import Target


class Asked(Value):
    """The cache, which knows what was once made; ``restores``: it is asked what it would restore,
    too."""

    cache: Cache | None
    restores: bool = False


_REMADE = "remade"  # the result of a target that is thought of as run: no digest is this


def forecast(
    judge: Judge,
    wanted: Iterable[str],
    *,
    forced: bool = False,
    unsettled: Iterable[str] = (),
    remade: Container[str] = (),
    asked: Asked | None = None,
) -> list[Outlook]:
    """Return the outlook of each wanted target, in their topological order.

    What the ``unsettled`` ones will make is not known. Those ``remade`` are taken for up to
    date, with another result than they have. Without ``asked`` it is as if there were no cache.
    """
    asked = asked or Asked(None)
    unknown = set(unsettled)
    outlooks = []
    for name in wanted:
        target = judge.graph.targets[name]
        if name in remade:
            judge.results[name] = _REMADE
            outlooks.append(Outlook(target, Fresh()))
            continue
        try:
            outlook = Outlook(target, _forecast_one(judge, target, unknown, forced))
            if _would_restore(judge, outlook, unknown, asked):
                outlook = replace(outlook, restores=True)
            outlook = _refused(judge, outlook, asked.cache)
        except Exception as raised:
            error = judge.blamed(raised)
            why = Stale((Reason("it", "", "cannot be judged"),))
            outlook = Outlook(target, why, error.message)
        if not isinstance(outlook.forecast, Fresh):
            unknown.add(name)
        record = judge.records.old(name)
        outlooks.append(replace(outlook, claim=record.accepted) if record else outlook)
    return _with_starts(judge, outlooks)


def _with_starts(judge: Judge, outlooks: list[Outlook]) -> list[Outlook]:
    """Return the outlooks, those of services with whether a run will need them."""
    starts: dict[str, str] = {}
    for one in outlooks:
        runs = isinstance(one.forecast, Stale) and not one.restores
        if runs or isinstance(one.forecast, Undecided):
            for name in judge.services_of(one.target.name) if not one.target.is_service else ():
                if runs or name not in starts:
                    starts[name] = "would" if runs else "may"
    if not starts:
        return outlooks
    return [replace(one, starts=starts.get(one.target.name, "")) for one in outlooks]


def _would_restore(judge: Judge, outlook: Outlook, unknown: Container[str], asked: Asked) -> bool:
    """Say whether the cache has what a run would make. Raises TargetError."""
    target, now = outlook.target, outlook.forecast
    if asked.cache is None or not asked.restores:
        return False
    if not isinstance(now, Stale) or not may_be_restored(target, judge.checks, now.reasons):
        return False
    if any(need in unknown for need in judge.graph.needs[target.name]):
        return False
    fingerprint = judge.look(target).fingerprint
    return next(traces(asked.cache, target, fingerprint, judge), None) is not None


def _refused(judge: Judge, outlook: Outlook, cache: Cache | None) -> Outlook:
    """Return the outlook, with the trouble that a build would have to publish what is made. To
    what may be made anew the copy at a place cannot be compared yet."""
    target = outlook.target
    if not target.publish:
        return outlook
    made = isinstance(outlook.forecast, Fresh)
    try:
        published.refuse_foreign(target, judge.files, ours_of(target, judge, cache), copies=made)
    except TargetError as error:
        why = Stale((Reason("it", "", "cannot be published"),)) if made else outlook.forecast
        return replace(outlook, forecast=why, trouble=error.message)
    return outlook


def _forecast_one(judge: Judge, target: Target, unknown: set[str], forced: bool) -> Forecast:
    """Return the forecast of one target; of one that is up to date, keep the result."""
    name = target.name
    if target.is_group:
        needs = judge.graph.needs[name]
        # which instances a family has depends on all that it is over
        stands_in = name in judge.graph.provisional
        waits = (one for one in needs if one in unknown)
        members = tuple(one for one in waits if stands_in or judge.counts(target, one))
        if members:
            return Undecided(members)
        judge.results[name] = judge.group_result(target)
        return Fresh()
    if target.is_service:
        needs = judge.graph.needs[name]
        counting = tuple(one for one in needs if one in unknown and judge.counts(target, one))
        if counting:
            return Undecided(counting)
        judge.results[name] = judge.look(target, unknown).fingerprint.digest
        return Fresh()
    also = (FORCED,) if forced else ()
    decision = judge.decide(target, judge.glance(target, unknown), unknown=unknown, also=also)
    if isinstance(decision, Fresh):
        judge.keep_result(target)
    return decision
