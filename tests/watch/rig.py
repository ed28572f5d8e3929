"""A real `jobmake watch`, driven by edits.

    with watching(space) as watch:
        watch.rests()                      # the first build is over
        space.write("a.txt", "new")
        assert watch.rests().built == ["a"]

Nothing sleeps: what it tells as JSON is read until all stands still again. That nothing
follows from something is shown by an edit after it: were there anything, it would come first.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support import DEADLINE, JOBMAKE, Space, _default_signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Told:
    """The events from one rest to the next."""

    events: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == kind]

    def targets(self, kind: str) -> list[str]:
        return [one["target"] for one in self.of(kind)]

    @property
    def built(self) -> list[str]:
        """The targets that ran and are recorded, in order."""
        return self.targets("target_built")

    @property
    def builds(self) -> int:
        return len(self.of("build_started"))

    @property
    def changed(self) -> list[str]:
        """The paths that are told as changed."""
        return [path for one in self.of("changed") for path in one["paths"]]

    @property
    def problems(self) -> list[str]:
        return [problem["message"] for one in self.of("trouble") for problem in one["problems"]]

    @property
    def notices(self) -> list[str]:
        return [one["message"] for one in self.of("notice")]

    @property
    def rest(self) -> dict[str, Any]:
        """How all stands at the end."""
        return self.events[-1]


class Watch:
    """A process, and what it told so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._text = b""
        self._ready: list[dict[str, Any]] = []

    def rests(self) -> Told:
        """Wait until all is done and the next edit is waited for; return what was told."""
        return self.until("watching")

    def until(self, kind: str, **fields: Any) -> Told:
        """Wait until an event is told; return what was told until then."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + DEADLINE
        while True:
            while self._ready:
                found.append(self._ready.pop(0))
                one = found[-1]
                if one["event"] == kind and fields.items() <= one.items():
                    return Told(found)
            self._read(end, found)

    def ends(self, signum: int | None = None) -> int:
        """Send a signal, if one is named, and wait for the end; return the exit code."""
        if signum is not None:
            self.process.send_signal(signum)
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the process up: what is edited meanwhile comes all at once for it."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _read(self, end: float, found: Sequence[object]) -> None:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
        assert ready, f"nothing more is told after {found}"
        data = os.read(self.process.stdout.fileno(), 65536)
        if not data:
            _, err = self.process.communicate()
            raise AssertionError(f"it ended with {self.process.returncode}: {err.decode()}")
        *lines, self._text = (self._text + data).split(b"\n")
        self._ready += map(json.loads, lines)


@contextmanager
def watching(
    space: Space,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    command: Sequence[str] = JOBMAKE,
) -> Iterator[Watch]:
    """Start `jobmake watch --json`; end it after the test."""
    process = subprocess.Popen(
        [*command, "watch", "--json", *arguments],
        cwd=space.root,
        env=space.environ(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_default_signals,  # noqa: PLW1509 - the tests have one thread
    )
    try:
        yield Watch(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
