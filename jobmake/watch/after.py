"""What is done after builds: a command, and word to the desktop.

    none ──▶ running ──▶ ended (told if it failed)
               └──▶ ended by us: the next one is to begin, or the watch is over (not told)

Knows whether all is good, and the reaper that starts what is run. Does not know builds.

Invariant: at most one command runs at a time, and none is left when this is closed.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Protocol

from jobmake.executors.link import Link
from jobmake.executors.waiting import GivenUpError, wait
from jobmake.model import events
from jobmake.model.run import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.model.events import Event
    from jobmake.model.run import Outcome

GRACE = 2.0  # seconds between asking a command to end and ending it
_RUN = "after"


class After(Protocol):
    """Something that is done after builds."""

    def built(self, *, good: bool, made: bool) -> None:
        """Do it, or not: a build is over. ``good``: all targets are up to date. ``made``:
        some were made, or restored, in it. Raises StateError."""

    def filenos(self) -> Sequence[int]:
        """Return descriptors of which one is readable when `take` may have something."""

    def patience(self) -> float | None:
        """Return the seconds after which `take` has something to do in any case."""

    def take(self) -> Sequence[Event]:
        """Return what there is to tell of it since the last call. Never waits."""

    def close(self) -> None:
        """End it, with all that it started. May be called twice."""


class Program:
    """A program that is started in ``folder`` and writes to the descriptor ``output``."""

    def __init__(self, folder: str, environ: Mapping[str, str], output: int) -> None:
        self._folder, self._environ, self._output = folder, environ, output
        self._link = Link()

    def start(self, argv: Sequence[str]) -> None:
        """Run it; an earlier one that still runs is ended first. Raises StateError."""
        self._end()
        env = {**self._environ, "JOBMAKE_RUN_ID": _RUN}
        self._link.start(Work(_RUN, (tuple(argv),), self._folder, env, log=""), self._output)

    def filenos(self) -> list[int]:
        """Return descriptors of which one is readable when `ended` may have something."""
        descriptor = self._link.fileno()
        return [] if descriptor is None else [descriptor]

    def ended(self) -> list[Outcome]:
        """Return how it ended, if it did by itself since the last call. Never waits."""
        return self._link.poll()

    def close(self) -> None:
        """End it, with all that it started. May be called twice."""
        try:
            self._end()
        finally:
            self._link.close()

    def _end(self) -> None:
        if _RUN not in self._link:
            return
        self._link.signal(_RUN, signal.SIGTERM)
        try:
            wait(self._link, _RUN, GRACE)
        except GivenUpError:
            pass  # it would not end by itself, and has been ended


class Command:
    """The command of `--exec`, run after the first good build, and each in which something was
    made."""

    def __init__(self, command: str, program: Program) -> None:
        self._command, self._program = command, program
        self._is_first = True

    def built(self, *, good: bool, made: bool) -> None:
        if good and (made or self._is_first):
            self._is_first = False
            self._program.start(("/bin/sh", "-c", self._command))

    def filenos(self) -> list[int]:
        return self._program.filenos()

    def patience(self) -> None:
        return None

    def take(self) -> list[Event]:
        return [
            events.Notice(f"`{self._command}` {_how(outcome)}")
            for outcome in self._program.ended()
            if not outcome.ok
        ]

    def close(self) -> None:
        self._program.close()


class Notification:
    """Word to the desktop when targets begin to fail, and when all is right again: by
    ``notifier``, a program, or where there is none by what ``write`` does to the terminal."""

    def __init__(
        self, name: str, notifier: str | None, program: Program, write: Callable[[str], None]
    ) -> None:
        self._name, self._notifier = name, notifier
        self._program, self._write = program, write
        self._was_good: bool | None = None

    def built(self, *, good: bool, made: bool) -> None:
        was_good, self._was_good = self._was_good, good
        if was_good is None or was_good == good:
            return
        text = f"{self._name}: " + ("all is up to date again" if good else "targets fail")
        if self._notifier:
            self._program.start((self._notifier, "--app-name=jobmake", "jobmake", text))
        else:
            self._write(f"\x1b]9;{text}\x07\x07")

    def filenos(self) -> list[int]:
        return self._program.filenos()

    def patience(self) -> None:
        return None

    def take(self) -> list[Event]:
        self._program.ended()  # a desktop that cannot be told is not worth a word
        return []

    def close(self) -> None:
        self._program.close()


def _how(outcome: Outcome) -> str:
    if outcome.error:
        return f"could not be started: {outcome.error}"
    if outcome.signal is not None:
        return f"was ended by {signal.Signals(outcome.signal).name}"
    return f"ended with exit code {outcome.exit_code}"
