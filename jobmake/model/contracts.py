"""The contracts of the open sets: what a job type, a check, an executor, a reporter must do.

What ships with jobmake is reached through these alone, and so will what others bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobmake.model.bindings import Bindings
    from jobmake.model.decision import Reason
    from jobmake.model.events import Event
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.run import Outcome, Work
    from jobmake.model.target import Manner, Target
    from jobmake.tools.template import Placeholder


class JobType(Protocol):
    """How a target's action runs."""

    name: str
    version: str  # part of every fingerprint: raise it when the same settings come to mean another

    def texts(self, settings: Mapping[str, Any]) -> Iterable[tuple[tuple[str | int, ...], str]]:
        """Return the texts that may hold placeholders, each with its place in the target."""

    def problems(
        self, place: tuple[str | int, ...], text: str, manner: Manner
    ) -> Iterable[tuple[str, Placeholder, str | None]]:
        """Return what is wrong with one of the texts: (message, placeholder at fault, hint)."""

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands of one run. Raises TargetError."""

    def shown(self, bindings: Bindings) -> str:
        """Return the command as a person reads it, secrets masked."""


class FileView(Protocol):
    """The disk, as a check may see it: to read only."""

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of every output that exists (a folder's path ends in ``/``)."""


class Check(Protocol):
    """A rule that says why a target is stale; no reason means that it is up to date."""

    name: str

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterable[Reason]:
        """Return the reasons, the first found first. Must not write."""


class Executor(Protocol):
    """Where runs execute."""

    name: str

    def submit(self, work: Work) -> str:
        """Start a run and return its handle."""

    def poll(self) -> list[Outcome]:
        """Return the runs that ended since the last call; never waits."""

    def filenos(self) -> Sequence[int]:
        """Return descriptors of which one is readable when `poll` has something; they change
        with what was submitted."""

    def cancel(self, handle: str, signum: int) -> None:
        """Send a signal to all that a run started."""

    def close(self) -> None:
        """End what still runs and let go of everything. May be called twice."""


class Reporter(Protocol):
    """What tells events to somebody."""

    def handle(self, event: Event) -> None:
        """Take note of one event. Must not wait for anything."""

    def close(self) -> None:
        """Put away what is on the screen."""
