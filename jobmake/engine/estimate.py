"""How long what is to run will take, by what past runs took.

Plays through the order in which the engine would start runs: with so many at once, the longest
way to an end first. Does not know pools, nor what else the machine does: it is an estimate.

Invariant: what no run is known of is counted apart, and takes no time here.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from jobmake.model.decision import Stale, Undecided
from jobmake.model.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobmake.memory.pastruns import PastRuns
    from jobmake.model.decision import Outlook
    from jobmake.model.graph import Graph


def estimate(graph: Graph, outlooks: Sequence[Outlook], past: PastRuns, jobs: int) -> Estimate:
    """Return how long a build of these targets, a topological order, will take."""
    ahead = [one for one in outlooks if not one.target.is_group and one.run is None]
    sure = {one.target.name for one in ahead if isinstance(one.forecast, Stale)}
    maybe = {one.target.name for one in ahead if isinstance(one.forecast, Undecided)}
    takes = past.usual(sure | maybe) if sure or maybe else {}
    wanted = [one.target.name for one in outlooks]
    walls = {name: one.wall for name, one in takes.items()}
    return Estimate(
        jobs=jobs,
        at_least=schedule_seconds(
            graph, wanted, {name: wall for name, wall in walls.items() if name in sure}, jobs
        ),
        at_most=schedule_seconds(graph, wanted, walls, jobs),
        cpu=sum(one.cpu for one in takes.values()),
        takes=takes,
        unknown=len(sure) + len(maybe) - len(takes),
    )


def schedule_seconds(
    graph: Graph, wanted: Sequence[str], takes: Mapping[str, float], jobs: int
) -> float:
    """Return how long the wanted targets take, ``jobs`` at once; ``takes`` holds those that run,
    the others are done at once. ``wanted`` is in topological order."""
    members = set(wanted)
    way: dict[str, float] = {}  # the longest way to an end, itself counted
    for name in reversed(wanted):
        rest = max((way[user] for user in graph.users[name] if user in members), default=0.0)
        way[name] = takes.get(name, 0.0) + rest
    waits = {name: sum(need in members for need in graph.needs[name]) for name in wanted}
    done = [name for name in wanted if not waits[name] and name not in takes]
    ready = [(-way[name], name) for name in wanted if not waits[name] and name in takes]
    heapq.heapify(ready)
    running: list[tuple[float, str]] = []
    now = 0.0
    while done or ready or running:
        for name in _released(graph, done, waits, takes):
            heapq.heappush(ready, (-way[name], name))
        done = []
        while ready and len(running) < jobs:
            _, name = heapq.heappop(ready)
            heapq.heappush(running, (now + takes[name], name))
        if running:
            now, name = heapq.heappop(running)
            done = [name]
    return now


def _released(
    graph: Graph, done: Iterable[str], waits: dict[str, int], takes: Mapping[str, float]
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
