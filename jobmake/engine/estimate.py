"""How long what is to run will take, by what past runs took.

Plays through the order in which the engine would start runs, with its own queue: as there is
room, the longest way to an end first. Does not know what else the machine does, nor what fails:
it is an estimate.

Invariant: what no run is known of is counted apart, and takes no time here; nor does what the
cache would restore.
"""

from __future__ import annotations

import heapq
from contextlib import suppress
from typing import TYPE_CHECKING

from jobmake.engine.plan import ranks
from jobmake.engine.queue import Queue, Queued
from jobmake.model.decision import Stale, Undecided
from jobmake.model.errors import TargetError
from jobmake.model.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from jobmake.engine.slots import Amounts, Grant, Slots
    from jobmake.memory.pastruns import PastRuns
    from jobmake.model.decision import Outlook
    from jobmake.model.graph import Graph


def estimate(graph: Graph, outlooks: Sequence[Outlook], past: PastRuns, slots: Slots) -> Estimate:
    """Return how long a build of these targets, a topological order, will take."""
    ahead = [
        one
        for one in outlooks
        if not (one.target.is_group or one.target.is_service or one.run or one.restores)
    ]
    sure = {one.target.name for one in ahead if isinstance(one.forecast, Stale)}
    maybe = {one.target.name for one in ahead if isinstance(one.forecast, Undecided)}
    takes = past.usual(sure | maybe) if sure or maybe else {}
    wanted = [one.target.name for one in outlooks]
    walls = {name: one.wall for name, one in takes.items()}
    return Estimate(
        jobs=slots.jobs,
        at_least=schedule_seconds(
            graph, wanted, {name: wall for name, wall in walls.items() if name in sure}, slots
        ),
        at_most=schedule_seconds(graph, wanted, walls, slots),
        cpu=sum(one.cpu for one in takes.values()),
        takes=takes,
        unknown=len(sure) + len(maybe) - len(takes),
    )


def schedule_seconds(
    graph: Graph, wanted: Sequence[str], takes: Mapping[str, float], slots: Slots
) -> float:
    """Return how long the wanted targets take, as there is room in ``slots``, of which nothing
    is taken; ``takes`` holds those that run, the others are done at once. ``wanted`` is in
    topological order."""
    amounts = _amounts(graph, takes, slots)
    members = set(wanted)
    rank = ranks(graph, wanted, {**dict.fromkeys(wanted, 0.0), **takes})
    waits = {name: sum(need in members for need in graph.needs[name]) for name in wanted}
    queue = Queue(slots)
    for name in wanted:
        if not waits[name] and name in amounts:
            queue.push(Queued(rank[name], name, (), amounts[name]))
    done = [name for name in wanted if not waits[name] and name not in amounts]
    running: list[tuple[float, str, Grant]] = []
    now = 0.0
    while done or queue or running:
        for name in _released(graph, done, waits, amounts):
            queue.push(Queued(rank[name], name, (), amounts[name]))
        done = []
        while (started := queue.pop()) is not None:
            one, grant = started
            heapq.heappush(running, (now + takes[one.name], one.name, grant))
        if running:
            now, name, grant = heapq.heappop(running)
            queue.give_back(grant)
            done = [name]
    return now


def _amounts(graph: Graph, names: Iterable[str], slots: Slots) -> dict[str, Amounts]:
    """Return what the run of each takes up; without those for which there is never room."""
    found = {}
    for name in names:
        with suppress(TargetError):
            found[name] = slots.amounts(graph.targets[name])
    return found


def _released(
    graph: Graph, done: Iterable[str], waits: dict[str, int], takes: Container[str]
) -> Iterable[str]:
    """Return the targets that can run now that others are done; those that take no time are
    done with them."""
    todo = list(done)
    released: list[str] = []
    while todo:
        for user in graph.users[todo.pop()]:
            if user in waits:
                waits[user] -= 1
                if not waits[user]:
                    (released if user in takes else todo).append(user)
    return released
