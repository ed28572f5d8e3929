"""How long something is likely to take: of one target, and of a build.

Values only. Durations are seconds.
"""

from __future__ import annotations

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Usual(Value):
    """What a target's runs take: by the clock, and of the processors."""

    wall: float
    cpu: float


class Estimate(Value):
    """How long a build will take with ``jobs`` runs at once: at least (only what is sure to
    run) and at most (also what may run), by the clock; ``cpu`` is processor time, at most.
    ``unknown`` is how many runs are not in it."""

    jobs: int
    at_least: float
    at_most: float
    cpu: float
    takes: Mapping[str, Usual]
    unknown: int

    @property
    def told(self) -> dict[str, float | int]:
        """The estimate as JSON holds it."""
        return {
            "jobs": self.jobs,
            "seconds_at_least": self.at_least,
            "seconds_at_most": self.at_most,
            "cpu_seconds": self.cpu,
            "unknown": self.unknown,
        }
