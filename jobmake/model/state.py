"""The state of targets in a build, and what is left of them at its end.

    wanted ──▶ ready ──▶ running ──▶ built
      ▲          │        │ ▲ ├────▶ failed, or failed as allowed
      │          │        ▼ │ └────▶ stopped (a signal ended the build)
      │          │      waiting (to be tried again)
      │          ├──▶ up to date, or restored from the cache
      └──────────┤ (a temp file that it needs must be made again)
    wanted ──────┴──▶ blocked (something it needs failed)

`wanted`: not everything it needs is done. `ready`: all is, it can be judged. A service goes
from there to `service`, whether it is started or not: others need to know only what it is made
of. One that is wanted by its name is `running` until it is ready for others.
"""

from __future__ import annotations

from enum import Enum

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.decision import Reason


class State(Enum):
    """Where a target stands in a build."""

    WANTED = "wanted"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    FRESH = "up to date"
    BUILT = "built"
    RESTORED = "restored"
    FAILED = "failed"
    ALLOWED = "failed, as allowed"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    SERVICE = "service"

    @property
    def is_done(self) -> bool:
        """Whether those that need the target can go on."""
        return self in _DONE


_DONE = frozenset({State.FRESH, State.BUILT, State.RESTORED, State.ALLOWED, State.SERVICE})


class Failure(Value):
    """Why a target failed, with what a person needs to mend it.

    ``message`` is the fact (*exit code 3*); ``command`` is as shown, None where none ran;
    ``log`` is the path of the run's output, None where there is none. ``leftovers`` names
    the processes that the run left behind. ``run_id``, ``seconds`` (its wall time), ``cpu`` and
    ``exit_code`` are those of the run, None where there was none; ``exit_code`` also where a
    signal ended it.
    """

    message: str
    hint: str | None = None
    command: str | None = None
    reasons: tuple[Reason, ...] = ()
    log: str | None = None
    leftovers: tuple[str, ...] = ()
    run_id: str | None = None
    seconds: float | None = None
    cpu: float | None = None
    exit_code: int | None = None


class Summary(Value):
    """How a build ended. The tuples hold names, in the order in which it happened."""

    built: tuple[str, ...]
    fresh: tuple[str, ...]
    failed: tuple[str, ...]
    stopped: tuple[str, ...]
    blocked: tuple[str, ...]
    not_started: tuple[str, ...]
    seconds: float
    restored: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # failed, as they may
    lock_differs: bool = False  # with `--locked`: it holds what it should not
    stopped_by: int | None = None  # the signal that ended it
    served: tuple[str, ...] = ()  # services that were started, and ready
    interrupted: bool = False  # ended early, because it is to begin anew
    broken: tuple[str, ...] = ()  # failed or blocked before, and not looked at this time
    as_before: int = 0  # how many are up to date that were not looked at one by one

    @property
    def ok(self) -> bool:
        """Whether every wanted target is up to date now, or failed as it may."""
        bad = self.failed or self.stopped or self.blocked or self.not_started or self.broken
        return not (bad or self.lock_differs or self.interrupted)
