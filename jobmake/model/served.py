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
    """The services of a graph; nothing of it is looked at twice."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        # by group and service: those that come with it
        self._brought: dict[str, tuple[str, ...]] = {}
        targets = graph.targets
        if any(target.is_service for target in targets.values()):
            for name in graph.order:
                if targets[name].is_group or targets[name].is_service:
                    own = (name,) if targets[name].is_service else ()
                    found = (*self.needed_by(name), *own)
                    if found:
                        self._brought[name] = found

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return the services that a run of a target needs."""
        if not self._brought:
            return ()
        found: dict[str, None] = {}
        for need in self.graph.needs[name]:
            found.update(dict.fromkeys(self._brought.get(need, ())))
        return tuple(found)
