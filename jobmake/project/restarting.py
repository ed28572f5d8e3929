"""Which services are to be started again after changes, be they what they were or not.

Whether a service starts is no function of its files: its port may be free by now. So one that
somebody waits for is tried again when a person saves something that it, or who needs it, reads.

Knows states. Reads nothing. Invariant: what a target writes itself starts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.state import State
from jobmake.project.reaching import OWN, PLACED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.project.reaching import Reaching


def to_start(
    judge: Judge,
    reaching: Reaching | None,
    states: Mapping[str, State],
    idle: Collection[str],
    paths: Iterable[str],
) -> set[str]:
    """Return the ``idle`` services that these paths reach, and the failed ones that block what
    they reach."""
    blocked = {one for one, state in states.items() if state is State.BLOCKED}
    if reaching is None or not (idle or blocked):
        return set()
    hows = (one for path in paths for one in reaching.of(path))
    names = {name for name, how in hows if how not in (OWN, PLACED)}
    failed = (one for name in names & blocked for one in judge.services_of(name))
    return names.intersection(idle).union(one for one in failed if states.get(one) is State.FAILED)
