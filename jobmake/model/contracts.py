"""The contracts of the open sets: what a job type, a check, an executor, a cache, a reporter,
a codec, a command must do.

What ships with jobmake is reached through these alone, and so will what others bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from jobmake.model.bindings import Bindings
    from jobmake.model.cached import NotKept, Trace, Trimmed, Used
    from jobmake.model.decision import Reason
    from jobmake.model.events import Event
    from jobmake.model.fault import Fault, Steps
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.run import Outcome, Work
    from jobmake.model.target import Manner, Scope, Target
    from jobmake.tools.template import Placeholder


class JobType(Protocol):
    """How a target's action runs."""

    name: str
    version: str  # part of every fingerprint: raise it when the same settings come to mean another

    def refuses(self) -> Mapping[str, str | None]:
        """Return the keys of a target for which it has no use, each perhaps with a hint."""

    def validate(self, keys: Mapping[str, Any], scope: Scope) -> Iterable[Fault]:
        """Return what is wrong with a target's table; steps lead there from the target.

        ``scope`` has what placeholders stand for before a run; asked of every instance.
        """

    def defaults(self) -> Mapping[str, Any]:
        """Return what settings are that `with` leaves out, as TOML has it: they count."""

    def files_read(self, settings: Mapping[str, Any]) -> Iterable[tuple[Steps, str]]:
        """Return the paths among the settings (each with its place in the target) of files that
        are sources without being named again."""

    def texts(self, settings: Mapping[str, Any]) -> Iterable[tuple[Steps, str]]:
        """Return the texts that may hold placeholders, each with its place in the target."""

    def more(self, settings: Mapping[str, Any]) -> Iterable[str]:
        """Return what else of the settings determines the outputs, besides the texts and what
        is a part of its own, as all in `with`; a change of it is told as one of the command."""

    def problems(
        self, place: Steps, text: str, manner: Manner
    ) -> Iterable[tuple[str, Placeholder, str | None]]:
        """Return what is wrong with one of the texts: (message, placeholder at fault, hint)."""

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands of one run. Raises TargetError."""

    def shown(self, bindings: Bindings) -> str:
        """Return the command as a person reads it, secrets masked."""


class FileView(Protocol):
    """The disk and the past, as a check may see them: to read only.

    Paths are relative to ``root``, with ``/``; a folder's ends in one. ``inputs`` and
    ``sources`` are the files of the target at hand as they are now, ``discovered`` those that
    its last good run named in a depfile. ``environ`` is the environment of jobmake.
    """

    @property
    def root(self) -> str: ...  # the project's folder, absolute

    @property
    def environ(self) -> Mapping[str, str]: ...

    @property
    def inputs(self) -> Sequence[str]: ...

    @property
    def sources(self) -> Sequence[str]: ...

    @property
    def discovered(self) -> Sequence[str]: ...

    def outputs(self, target: Target) -> Sequence[str]:
        """Return the paths of a target's outputs that exist."""

    def mtime_ns(self, path: str) -> int | None:
        """Return when a file was last written, in ns; of a folder the newest of what is in it
        and of its own entries; of a link the newer of it and what it leads to. None where
        there is nothing."""

    def read(self, path: str) -> bytes:
        """Return the content of a file. Raises TargetError."""

    def digest(self, path: str) -> str | None:
        """Return the digest of a file or folder, as it is in the fingerprint; None where there is
        nothing."""

    def needs(self) -> Mapping[str, int | None]:
        """Return, for each target that the one at hand needs by name, when the newest of what
        it made was written, in ns; None for one that makes no files, or whose time is in the
        future and tells nothing."""

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of every output that exists (a folder's path ends in ``/``)."""

    def asked(self, target: Target, equal: bool) -> bool | None:
        """Return whether the job of a target says that it is up to date, None where it is not
        asked; ``equal`` is what `content` says of all but its outputs."""

    def result_digests(self, record: Record) -> Mapping[str, str | None]:
        """Return the digest that each result file of a record has now, None for one that is not
        there: the value's by the name ``""``, an own file's by its own."""

    def recorded(self, check: str) -> Mapping[str, str]:
        """Return the facts that were recorded of a check when the target was last built, by
        name; none where none were."""

    def age(self, target: Target) -> float | None:
        """Return how many seconds ago the last good run began; None if none is known here."""


class Check(Protocol):
    """A rule that says why a target is stale; no reason means that it is up to date.

    Besides, a check may have

    - ``facts(target, files) -> Mapping[str, str]``: what it knows of the world outside; this
      becomes a part of the fingerprint, is recorded, and counts in `content`;
    - ``uncounted``: names of settings that make no difference; of a check with facts the others
      count, too;
    - ``validate(settings) -> Iterable[Fault]``: what is wrong with its settings, with steps from
      its table, when the Jobfile is read; placeholders are filled in, but for variables that
      are not set;
    - ``times(target, files) -> Mapping[str, int]``: outputs that it would call stale after a run
      that went well, and the mtime in ns at which it would not;
    - ``restorable = True``, if it has no facts, and yet all that it knows is in the fingerprint:
      else no target that has it is restored from the cache;
    - ``reads_digests = False``, if it looks at no digest of a file in the fingerprint: then no
      file is read to judge a target that has only such checks.

    The settings are ``target.check_settings[name]``. What cannot be told is a TargetError.
    """

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
    """What tells events to somebody.

    One that has ``is_display`` set writes what is seen of the build to the screen, in place of
    the usual lines. What it raises switches it off, and never fails a build.
    """

    def handle(self, event: Event) -> None:
        """Take note of one event. Must not wait for anything.

        A build begins with `BuildStarted` and ends with `BuildEnded`; under `watch` another may
        follow. A `Notice` may come at any time.
        """

    def close(self) -> None:
        """Put away what is on the screen; finish what is to be written. Nothing follows."""


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


class Command(Protocol):
    """A further verb of the command line."""

    name: str
    doc: str  # one line, for `jobmake NAME --help` and `jobmake plugins`

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments; those that all commands share are there."""

    def run(self, project: Any, arguments: argparse.Namespace) -> int | None:
        """Do it; return the exit code, None for 0. ``project`` is a `jobmake.Project`."""
