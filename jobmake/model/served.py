"""Which services a target needs while it runs: those among its needs, also behind groups, and
those that these need in their turn.

Knows the graph. Does not know what runs.

Invariant: what is needed stands before what needs it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.graph import Graph


class Served:
    """The services of a graph; looked at as far as somebody asks, and nothing of it twice."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        # by group and service: those that come with it
        self._brought: dict[str, tuple[str, ...]] = {}

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return the services that a run of a target needs."""
        todo = self._unknown(name)
        while todo:  # not by recursion: groups may be in groups without end
            one = todo[-1]
            behind = self._unknown(one)
            if behind:
                todo.extend(behind)
                continue
            todo.pop()
            own = (one,) if self.graph.targets[one].is_service else ()
            self._brought[one] = (*self._gathered(one), *own)
        return self._gathered(name)

    def _gathered(self, name: str) -> tuple[str, ...]:
        brought = self._brought
        if not brought:
            return ()
        found: dict[str, None] = {}
        for need in self.graph.needs[name]:
            found.update(dict.fromkeys(brought.get(need, ())))
        return tuple(found)

    def _unknown(self, name: str) -> list[str]:
        """Return the groups and services that a target needs, of which nothing is known yet."""
        graph, known = self.graph, self._brought
        found = [need for need in graph.needs[name] if need not in known]
        return [
            one for one in found if (target := graph.targets[one]).is_group or target.is_service
        ]
