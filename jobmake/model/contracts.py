"""The contracts of the open sets: what a job type, a check, an executor, a cache, a reporter,
a codec must do.

What ships with jobmake is reached through these alone, and so will what others bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from jobmake.model.bindings import Bindings
    from jobmake.model.cached import NotKept, Trace, Trimmed, Used
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

    def more(self, settings: Mapping[str, Any]) -> Iterable[str]:
        """Return what else of the settings determines the outputs, besides the texts and what
        is a part of its own; a change of it is told as one of the command."""

    def problems(
        self, place: tuple[str | int, ...], text: str, manner: Manner
    ) -> Iterable[tuple[str, Placeholder, str | None]]:
        """Return what is wrong with one of the texts: (message, placeholder at fault, hint)."""

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands of one run. Raises TargetError."""

    def shown(self, bindings: Bindings) -> str:
        """Return the command as a person reads it, secrets masked."""


class FileView(Protocol):
    """The disk and the past, as a check may see them: to read only."""

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of every output that exists (a folder's path ends in ``/``)."""

    def asked(self, target: Target, equal: bool) -> bool | None:
        """Return whether the job of a target says that it is up to date, None where it is not
        asked; ``equal`` is what `content` says of all but its outputs."""

    def result_digests(self, record: Record) -> Mapping[str, str | None]:
        """Return the digest that each result file of a record has now, None for one that is not
        there: the value's by the name ``""``, an own file's by its own."""

    def age(self, target: Target) -> float | None:
        """Return how many seconds ago the last good run began; None if none is known here."""


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


class Miss(Exception):
    """A cache cannot restore what was asked for: its text says what is missing or damaged."""


class Cache(Protocol):
    """Where outputs are kept. It can lose anything at any time; it never fails a build."""

    def find(self, key: str) -> Sequence[Trace]:
        """Return what runs of this key made, the newest first, 16 at most. Writes nothing."""

    def holds(self, digest: str) -> bool:
        """Say whether it has what is of this digest. Writes nothing."""

    def keep(self, key: str, trace: Trace, root: str) -> NotKept | None:
        """Keep a run's outputs and result files, which lie below ``root`` (the latter where
        `result_paths` says), and then its trace.

        Return why not, where they are not kept: also if they are no longer of their digests.
        """

    def restore(self, trace: Trace, root: str, only: Collection[str]) -> None:
        """Put the outputs named in ``only`` in their places, in the stead of what is there.

        All bytes are verified first. Raises Miss, with nothing in place, if any cannot be had.
        """

    def read(self, digest: str) -> bytes:
        """Return the content of this digest, verified. Raises Miss. Writes nothing."""

    def used(self) -> Used:
        """Return how much it holds. Writes nothing."""

    def trim(self, limit: int | None = None, *, dry_run: bool = False) -> Trimmed:
        """Remove what was used least recently until the rest is at most ``limit`` bytes."""

    def verify(self) -> Iterator[str]:
        """Yield, and remove, each object that is damaged."""

    def clear(self) -> Trimmed:
        """Remove everything."""

    def close(self) -> None:
        """Do what is due at the end of a build. May be called twice."""


class Reporter(Protocol):
    """What tells events to somebody."""

    def handle(self, event: Event) -> None:
        """Take note of one event. Must not wait for anything."""

    def close(self) -> None:
        """Put away what is on the screen."""


class Codec(Protocol):
    """How values of some types are kept, and come back as they were.

    It may have a method `told(value)`, too, which returns what counts of a value in the
    fingerprint of a job that is given it, where that is not all that is kept.
    """

    name: str  # stands in what is stored: it must stay the same
    types: Sequence[str]  # as `module:qualname`, so that nothing is imported to know them

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return a value that can be kept, which says it all but for some blobs, and the blobs.

        A blob is what `memoryview` takes. Equal values must give the same.
        """

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return the value that `encode` was given. It may keep the blobs, which are its own."""
