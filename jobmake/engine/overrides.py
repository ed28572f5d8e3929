"""Jobs that say themselves whether they are up to date: what they are asked.

Knows what a job is told. Does not know who asks it, or what follows from its answer.
"""

from __future__ import annotations

from jobmake.engine.bind import bindings_of
from jobmake.jobs.python import setup_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target


class Overrides:
    """``ask`` gives the answer of the job of a setup, None where it must not be asked."""

    def __init__(self, judge: Judge, ask: Callable[[dict[str, Any], str], bool | None]) -> None:
        self._judge, self._ask = judge, ask

    def __call__(self, target: Target, equal: bool) -> bool | None:
        """Return whether the job of a target says that it is up to date; ``equal``: all that
        determines its outputs is as it was. Raises TargetError."""
        judge = self._judge
        bindings = bindings_of(target, judge.look(target), judge, "")
        return self._ask({**setup_of(bindings, "check"), "equal": equal}, target.name)
