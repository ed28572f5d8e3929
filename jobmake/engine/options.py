"""What a build is given: a person's choices, and the world around it."""

from __future__ import annotations

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.engine.services import Services
    from jobmake.engine.slots import Slots
    from jobmake.model.graph import Graph


class Options(Value):
    """What a person chose for one build. ``jobs`` is how many runs go on at once.

    ``locked``: what would change the lockfile fails. ``at_once``: the first failure ends
    what still runs. ``shuffle``: a seed for the order of what is ready. ``only_failed``: of the
    wanted targets only what failed last time, and what waited for it. ``debug``: those that are
    named, and are Python jobs, have the terminal and stop where they fail.
    """

    jobs: int
    keep_going: bool = False
    force: bool = False
    locked: bool = False
    at_once: bool = False
    shuffle: str | None = None
    only_failed: bool = False
    debug: bool = False


class Around(Value):
    """What an engine is given of the world: how graphs grow, how long targets took in the
    past (asked when the first is to run), what there is room for, the time in seconds, and the
    services that run."""

    grow: Callable[[Iterable[str]], Graph]
    seconds: Callable[[Iterable[str]], Mapping[str, float]]
    slots: Slots
    monotonic: Callable[[], float]
    services: Services
