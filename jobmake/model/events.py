"""What happened in a build, as values. Reporters turn them into text or JSON.

Invariant: events go one way. Nothing in the engine waits for, or depends on, who listens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.model.decision import Reason
    from jobmake.model.state import Failure, Summary


@dataclass(frozen=True, slots=True)
class BuildStarted:
    """A build of ``total`` targets begins."""

    total: int
    jobs: int


@dataclass(frozen=True, slots=True)
class TargetFresh:
    """A target was found up to date."""

    target: str


@dataclass(frozen=True, slots=True)
class TargetStarted:
    """A run of a target begins; ``command`` is as shown to people, secrets masked. An
    ``interactive`` one has the terminal for itself."""

    target: str
    run_id: str
    reasons: tuple[Reason, ...]
    command: str
    interactive: bool = False


@dataclass(frozen=True, slots=True)
class TargetAgain:
    """A run is not recorded because an input changed meanwhile; the target runs once more."""

    target: str
    changed: str


@dataclass(frozen=True, slots=True)
class TargetBuilt:
    """A run ended well and is recorded. ``seconds`` is its wall time; ``log`` its output's path
    (None where it wrote nothing)."""

    target: str
    run_id: str
    seconds: float
    log: str | None
    leftovers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetFailed:
    """A target failed, before, in or after its run."""

    target: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class TargetStopped:
    """The run of a target was ended because the build is to end."""

    target: str


@dataclass(frozen=True, slots=True)
class TargetBlocked:
    """A target is not built because one that it needs failed."""

    target: str
    by: str


@dataclass(frozen=True, slots=True)
class Stopping:
    """A signal asks the build to stop. ``forced`` from the second one on."""

    signum: int
    running: tuple[str, ...]
    forced: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know, which fails nothing."""

    message: str


@dataclass(frozen=True, slots=True)
class BuildEnded:
    """The build is over; all that is to be written is written."""

    summary: Summary


Event = (
    BuildStarted
    | TargetFresh
    | TargetStarted
    | TargetAgain
    | TargetBuilt
    | TargetFailed
    | TargetStopped
    | TargetBlocked
    | Stopping
    | Notice
    | BuildEnded
)
