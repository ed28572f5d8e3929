"""What happened in a build, as values. Reporters turn them into text or JSON.

Invariant: events go one way. Nothing in the engine waits for, or depends on, who listens.
"""

from __future__ import annotations

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.decision import Reason
    from jobmake.model.errors import Problem
    from jobmake.model.state import Failure, Summary


class BuildStarted(Value):
    """A build of ``total`` targets begins."""

    total: int
    jobs: int


class TargetFresh(Value):
    """A target was found up to date."""

    target: str


class TargetStarted(Value):
    """A run of a target begins; ``command`` is as shown to people, secrets masked. ``log`` is
    the path of what it writes; an ``interactive`` run has the terminal for itself."""

    target: str
    run_id: str
    reasons: tuple[Reason, ...]
    command: str
    log: str
    attempt: int = 1
    interactive: bool = False


class TargetRestored(Value):
    """A target's outputs came from the cache; a run of them took ``seconds``."""

    target: str
    run_id: str
    reasons: tuple[Reason, ...]
    seconds: float


class TargetRetried(Value):
    """A run failed with ``message``, and is tried again in ``delay`` seconds; ``attempt`` is
    the number of the one to come, ``log`` the path of what this one wrote."""

    target: str
    attempt: int
    delay: float
    message: str
    log: str | None


class PlanGrew(Value):
    """What a family's instances are has become known; the build has ``total`` targets now."""

    family: str
    instances: int
    total: int


class TargetAgain(Value):
    """A run is not recorded because an input changed meanwhile; the target runs once more."""

    target: str
    changed: str


class TargetBuilt(Value):
    """A run ended well and is recorded. ``seconds`` is its wall time; ``log`` its output's path
    (None where it wrote nothing). ``cpu`` is seconds of all its processors together,
    ``peak_memory`` bytes."""

    target: str
    run_id: str
    seconds: float
    log: str | None
    leftovers: tuple[str, ...]
    cpu: float = 0.0
    peak_memory: int = 0


class TargetFailed(Value):
    """A target failed, before, in or after its run; one that is ``allowed`` to does not fail
    the build."""

    target: str
    failure: Failure
    allowed: bool = False


class TargetStopped(Value):
    """The run of a target was ended because the build is to end."""

    target: str


class TargetBlocked(Value):
    """A target is not built because one that it needs failed."""

    target: str
    by: str


class ServiceStarted(Value):
    """A service begins; ``reason`` says for whom."""

    target: str
    run_id: str
    reason: Reason
    command: str
    log: str


class ServiceReady(Value):
    """A service is there for those that need it, ``seconds`` after it was started."""

    target: str
    run_id: str
    seconds: float


class ServiceEnded(Value):
    """A service that was ready has ended, after ``seconds``. ``message`` says how where nobody
    asked it to, else it is None; ``log`` is the path of what it wrote, ``leftovers`` names the
    processes that it left behind. ``why`` says why a watch ends one for good."""

    target: str
    run_id: str
    seconds: float
    message: str | None
    log: str | None
    leftovers: tuple[str, ...] = ()
    why: str | None = None


class Stopping(Value):
    """A signal asks the build to stop, or a failure (``signum`` is None), or an edit while it
    is watched (``anew``: it is to begin again). ``forced`` from the second signal on."""

    signum: int | None
    running: tuple[str, ...]
    forced: bool
    anew: bool = False


class Notice(Value):
    """Something a person should know, which fails nothing."""

    message: str


class BuildEnded(Value):
    """The build is over; all that is to be written is written."""

    summary: Summary


class Changed(Value):
    """While watching, files changed, and a build is made of it. ``paths`` are as the project
    names them; with ``everything`` it is not known which they are, and all is looked at."""

    paths: tuple[str, ...]
    everything: bool = False


class Reloaded(Value):
    """While watching, the Jobfile, or what it is made of, was read again and is right."""

    jobfile: str


class Trouble(Value):
    """While watching, something keeps a build from being made: mostly, the Jobfile is wrong."""

    problems: tuple[Problem, ...]


class Watching(Value):
    """All is done that could be; the next edit is waited for. ``targets`` is the number of those
    that are looked after, ``files`` of the files that are watched. ``failed`` and
    ``not_made``, because of these or of an end, are still to be made. ``wrong`` names a Jobfile
    that cannot be used as it is; the last good one stays, if any was. ``stuck``: no build could
    be made. ``fallen`` are services that ended by themselves."""

    targets: int
    files: int
    failed: tuple[str, ...] = ()
    not_made: tuple[str, ...] = ()
    wrong: str | None = None
    stuck: bool = False
    fallen: tuple[str, ...] = ()


Event = (
    BuildStarted
    | TargetFresh
    | TargetStarted
    | TargetAgain
    | TargetBuilt
    | TargetRestored
    | TargetRetried
    | TargetFailed
    | TargetStopped
    | TargetBlocked
    | PlanGrew
    | ServiceStarted
    | ServiceReady
    | ServiceEnded
    | Stopping
    | Notice
    | BuildEnded
    | Changed
    | Reloaded
    | Trouble
    | Watching
)
