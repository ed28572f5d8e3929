"""What the build before left, and what is not so any more.

Knows states and results. Does not know why they are what they are.

Invariant: a target is passed over only if all that it needs is as it was when it was judged.
"""

from __future__ import annotations

from jobmake.engine.plan import Aftermath
from jobmake.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.engine.judge import Judge
    from jobmake.engine.plan import Plan
    from jobmake.engine.progress import Progress
    from jobmake.model.target import Target

_LEFT_ALONE = (State.FRESH, State.SERVICE)


class Before:
    """``plan`` says how targets stood when the build began."""

    def __init__(self, judge: Judge, progress: Progress, plan: Plan) -> None:
        self._judge, self._progress = judge, progress
        self._held = plan.standing.held
        self._results = dict(judge.results)

    def state_of(self, target: Target) -> State | None:
        """Return the state in which a target still is, None if it is to be judged."""
        state = self._held.get(target.name)
        if state is None or any(map(self.has_moved, self._judge.graph.needs[target.name])):
            return None
        return state

    def has_moved(self, name: str) -> bool:
        """Say whether a target was made anew, or has another result than before."""
        if self._progress.stands(name):
            return False
        target = self._judge.graph.targets[name]
        if self._progress.state.get(name) not in _LEFT_ALONE or not _tells(target):
            return True
        return self._judge.results.get(name) != self._results.get(name)

    def aftermath(self, plan: Plan) -> Aftermath:
        """Return how the build left the targets of its plan."""
        states = self._progress.state
        return Aftermath(plan, states, {name for name in states if self.has_moved(name)})


def _tells(target: Target) -> bool:
    """Say whether the result that is noted of a target is of what is there now."""
    return target.is_group or target.is_service or target.by_content
