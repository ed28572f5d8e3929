"""Who goes first among the targets of a build, once something is to run.

Knows the past, if that is worth reading. Does not know who is ready.
"""

from __future__ import annotations

from jobmake.engine.plan import ranks, shuffled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.engine.plan import Plan
    from jobmake.engine.progress import Progress
    from jobmake.model.graph import Graph


class Ranking:
    """``seconds`` tells how long targets took in the past; with ``shuffle`` that is nothing to
    go by."""

    def __init__(
        self,
        progress: Progress,
        seconds: Callable[[Iterable[str]], Mapping[str, float]],
        shuffle: str | None,
    ) -> None:
        self._progress, self._seconds, self._shuffle = progress, seconds, shuffle
        self._has_begun = False

    def begin(self, graph: Graph, plan: Plan) -> None:
        """Rank the targets of a plan by their past, when the first of them is to run: only then
        is it worth reading."""
        if not self._has_begun:
            self._has_begun = True
            self._rank(graph, plan)

    def go_on(self, graph: Graph, plan: Plan) -> None:
        """Rank them again, as the plan has grown."""
        if self._has_begun:
            self._rank(graph, plan)

    def _rank(self, graph: Graph, plan: Plan) -> None:
        wanted = self._progress.active(plan)
        if self._shuffle is not None:
            self._progress.rank_by(shuffled(wanted, self._shuffle))
        else:
            seconds = self._seconds(wanted) if len(wanted) > 1 else {}  # one is the first anyway
            self._progress.rank_by(ranks(graph, wanted, seconds))
