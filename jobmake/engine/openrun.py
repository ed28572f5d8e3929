"""A run that was begun, and the ways in which one ends.

Knows what a run was given. Does nothing with it.
"""

from __future__ import annotations

from jobmake.engine.remember import Ran
from jobmake.model import events
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.engine.queue import Queued
    from jobmake.engine.results import NamedFiles
    from jobmake.engine.sight import Sight
    from jobmake.model.bindings import Bindings
    from jobmake.model.fingerprint import Record
    from jobmake.model.run import Work
    from jobmake.model.target import Target


class OpenRun(Value):
    """A run that has been started, as it was queued. ``stamps`` show whether an input was
    written and put back; ``begun_ns`` is the file system's time before the command began."""

    id: str
    queued: Queued
    bindings: Bindings
    sight: Sight
    command: str
    started: float  # seconds since 1970
    begun_ns: int
    stamps: Mapping[str, tuple[int, ...]]
    log: str
    work: Work

    @property
    def target(self) -> Target:
        """What it makes."""
        return self.bindings.target

    @property
    def root(self) -> str:
        """The folder that it takes for the project's."""
        return self.bindings.root

    @property
    def as_kept(self) -> Ran:
        """What the history keeps of it."""
        isolated = self.target.manner.isolated  # its folder is gone when it is read
        bindings = replace(self.bindings, root=self.bindings.project) if isolated else self.bindings
        work = None if isolated else self.work
        return Ran(self.id, bindings, self.sight, self.queued.reasons, self.started, work)

    @property
    def event(self) -> events.TargetStarted:
        """What is told of its beginning."""
        return events.TargetStarted(
            self.target.name,
            self.id,
            self.queued.reasons,
            self.command,
            self.log,
            self.queued.attempt,
            self.target.manner.interactive,
        )


class Built(Value):
    """A run ended well and its target is recorded. ``named`` is what its depfile names."""

    record: Record
    log: str | None
    named: NamedFiles


class Again(Value):
    """An input changed while the target ran: nothing is recorded, it must run once more."""

    changed: str
    seen: Mapping[str, str] = field(default_factory=dict)
