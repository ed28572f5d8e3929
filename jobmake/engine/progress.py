"""How far a build has come: the state of each target, and who waits for whom.

Knows states and the graph. Does not know how a target is judged or run.

Invariant: a target is ready when all it needs is done, never before; nothing here recurses
or looks through all targets again and again.
"""

from __future__ import annotations

import heapq
from collections import deque

from jobmake.engine.plan import names_outputs, ranks
from jobmake.model import events
from jobmake.model.state import State, Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.engine.plan import Plan
    from jobmake.engine.queue import Rank
    from jobmake.engine.stopping import Stopping
    from jobmake.model.events import Event
    from jobmake.model.graph import Graph
    from jobmake.model.target import Target

_AT_WORK = (State.RUNNING, State.WAITING)
_LOST = (State.FAILED, State.BLOCKED, State.STOPPED)


class Progress:
    """The states of one build's targets. ``emit`` is told what is blocked."""

    def __init__(self, graph: Graph, emit: Callable[[Event], None]) -> None:
        self._graph, self._emit = graph, emit
        self.state: dict[str, State] = {}
        self.rank: Mapping[str, Rank] = {}
        self._waits: dict[str, set[str]] = {}
        self._waiters: dict[str, set[str]] = {}  # besides the users: behind groups
        self._until: dict[str, set[str]] = {}  # who waits for a run to end, however it does
        self._ready: list[tuple[Rank, str]] = []
        self._listed: set[str] = set()  # the names in that heap
        self._ended: dict[str, State] = {}  # in the order in which it happened
        self._as_before: set[str] = set()  # that stand as the build before left them

    def want(self, graph: Graph, plan: Plan) -> None:
        """Take in the targets of a plan, or of one that has grown; what is done stays done."""
        self._graph = graph
        if not self.state:
            self.state.update(plan.standing.states)
            self._as_before.update(self.state)
        self.rank = ranks(graph, self.active(plan), {})
        members = set(plan.wanted)
        for gone in [name for name in self.state if name not in members]:
            del self.state[gone]  # a family whose instances have become known
            self._waits.pop(gone, None)
        for name in plan.wanted:
            if self.state.setdefault(name, State.WANTED) is State.WANTED:
                needs = [need for need in graph.needs[name] if need in members]
                waits = {one for one in needs if not self.state[one].is_done}
                self._waits.pop(name, None)
                if waits:
                    self._waits[name] = waits
                lost = next((one for one in needs if self.state[one] in _LOST), None)
                if lost is not None:
                    self._block(name, lost)
                elif not waits:
                    self.make_ready(name)

    def active(self, plan: Plan) -> list[str]:
        """Return the targets of a plan that do not stand as they were."""
        return [name for name in plan.wanted if name not in self._as_before]

    def stands(self, name: str) -> bool:
        """Say whether a target is as the build before left it, and was not looked at."""
        return name in self._as_before

    def rank_of(self, name: str) -> Rank:
        """Return the rank of a target; one that was to be left alone is asked for now."""
        return self.rank.get(name, ())

    def rank_by(self, rank: Mapping[str, Rank]) -> None:
        """Let these ranks say who goes first from now on."""
        self.rank = rank
        self._ready = [(self.rank_of(name), name) for _, name in self._ready]
        heapq.heapify(self._ready)

    def has_ready(self) -> bool:
        """Say whether a target can be judged."""
        while self._ready and self.state.get(self._ready[0][1]) is not State.READY:
            self._listed.discard(heapq.heappop(self._ready)[1])
        return bool(self._ready)

    def next_rank(self) -> Rank | None:
        """Return the rank of the target that is to be judged next, None if there is none."""
        return self._ready[0][0] if self.has_ready() else None

    def pop_ready(self) -> str | None:
        """Take the target that is to be judged next."""
        if not self.has_ready():
            return None
        name = heapq.heappop(self._ready)[1]
        self._listed.discard(name)
        return name

    def make_ready(self, name: str) -> None:
        """Let a target be judged."""
        self.state[name] = State.READY
        if name not in self._listed:
            self._listed.add(name)
            heapq.heappush(self._ready, (self.rank_of(name), name))

    def wait_for(self, name: str, needs: Iterable[str]) -> None:
        """Let a target wait until what it needs was made again."""
        self.state[name] = State.WANTED
        for need in needs:
            self._waits.setdefault(name, set()).add(need)
            if need not in self._graph.needs[name]:
                self._waiters.setdefault(need, set()).add(name)

    def start_over(self, name: str) -> list[str]:
        """Let a target that was done be judged again; return those of its users that were not
        yet running, which wait for it again."""
        self._ended.pop(name, None)
        self._as_before.discard(name)
        waiting = [
            user
            for user in self._users_of(name)
            if self.state.get(user) in (State.WANTED, State.READY)
        ]
        for user in waiting:
            self.wait_for(user, (name,))
        reading = [one for one in self._users_of(name) if self.state.get(one) in _AT_WORK]
        for user in reading:  # nothing is made anew while somebody may read it
            self._until.setdefault(user, set()).add(name)
        again = [one for one in self._graph.needs[name] if not self.state[one].is_done]
        if again or reading:  # what it needs may have been started over, too
            self.wait_for(name, again)
            self._waits.setdefault(name, set()).update(reading)
        else:
            self.make_ready(name)
        return waiting

    def end(self, name: str, state: State) -> None:
        """Note how a target ended; those that waited for it alone can be judged now."""
        self._ended[name] = state
        self._take_note(name, state)

    def pass_over(self, name: str, state: State) -> None:
        """Note that a target is as it was, and needs no look."""
        self._as_before.add(name)
        self._take_note(name, state)
        if not state.is_done:
            self.block_users(name)

    def _take_note(self, name: str, state: State) -> None:
        self.state[name] = state
        self._release(self._until.pop(name, ()), name)
        if state.is_done:
            self._release(self._waiting_for(name), name)

    def block(self, name: str, by: str) -> None:
        """Block a target, and all that needs it, by one that failed."""
        self._block(name, by)
        self.block_users(name)

    def block_users(self, lost: str) -> None:
        """Block all that needs a target, also by others in between."""
        todo = deque([lost])
        while todo:
            by = todo.popleft()
            for user in self._waiting_for(by):
                if self.state.get(user) is State.WANTED:
                    self._block(user, lost)
                    todo.append(user)

    def services(self) -> list[str]:
        """Return the services, started or not."""
        return [name for name, state in self.state.items() if state is State.SERVICE]

    def lost_need(self, target: Target) -> str | None:
        """Return what failed, as it may, and is needed all the same: its outputs are named."""
        for need in self._graph.needs[target.name]:
            if self.state.get(need) is State.ALLOWED:
                made = self._graph.targets[need].owned
                if names_outputs(target, made):
                    return need
        return None

    def summary(self, plan: Plan, seconds: float, stopping: Stopping) -> Summary:
        """Return how the build ended."""
        told: dict[State, list[str]] = {}
        for name, state in self._ended.items():
            if not (state is State.FRESH and self._graph.targets[name].is_group):
                told.setdefault(state, []).append(name)

        def those(state: State) -> tuple[str, ...]:
            return tuple(told.get(state, ()))

        return Summary(
            built=those(State.BUILT),
            fresh=those(State.FRESH),
            failed=those(State.FAILED),
            stopped=those(State.STOPPED),
            blocked=those(State.BLOCKED),
            not_started=tuple(
                one for one in plan.wanted if one not in self._ended and one not in self._as_before
            ),
            seconds=seconds,
            restored=those(State.RESTORED),
            allowed=those(State.ALLOWED),
            stopped_by=stopping.signum,
            interrupted=stopping.interrupted,
            broken=tuple(one for one in plan.wanted if self._is_broken(one)),
        )

    def _is_broken(self, name: str) -> bool:
        return name in self._as_before and self.state[name] in _LOST

    def _release(self, names: Iterable[str], by: str) -> None:
        for name in names:
            waits = self._waits.get(name)
            if waits is not None and by in waits:
                waits.discard(by)
                if not waits:
                    del self._waits[name]
                    if self.state[name] is State.WANTED:
                        self.make_ready(name)

    def _users_of(self, name: str) -> list[str]:
        """Return the users of a target, and those of groups that were done with it."""
        found: dict[str, None] = {}
        todo = [name]
        while todo:
            for user in self._graph.users[todo.pop()]:
                if user not in found:
                    found[user] = None
                    if self._graph.targets[user].is_group and self.state.get(user) is State.FRESH:
                        todo.append(user)
        return list(found)

    def _waiting_for(self, name: str) -> Iterable[str]:
        behind = self._waiters.pop(name, ())
        return (*self._graph.users[name], *behind) if behind else self._graph.users[name]

    def _block(self, name: str, by: str) -> None:
        self.state[name] = self._ended[name] = State.BLOCKED
        self._as_before.discard(name)
        self._emit(events.TargetBlocked(name, by))
