"""What the tests of the local executor stand on: real runs, waited for by events."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from jobmake.executors.local import REAPER, LocalExecutor
from jobmake.model.run import Work
from jobmake.tools import linux
from tests.support import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobmake.model.run import Outcome


class Rig:
    """A LocalExecutor with a folder for its logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.executor = LocalExecutor()
        self.ended: dict[str, Outcome] = {}
        self._submitted = 0

    def submit(
        self, *steps: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> str:
        """Start a run of one or more commands; return its id."""
        self._submitted += 1
        run_id = str(self._submitted)
        whole = {"PATH": os.environ["PATH"], **(env or {}), "JOBMAKE_RUN_ID": run_id}
        argvs = tuple(tuple(step) for step in steps)
        work = Work(run_id, argvs, str(cwd or self.folder), whole, str(self.log(run_id)))
        return self.executor.submit(work)

    def shell(self, *texts: str) -> str:
        """Start a run of shell commands; return its id."""
        return self.submit(*(("/bin/sh", "-c", text) for text in texts))

    def wait(self, run_id: str) -> Outcome:
        """Return how a run ended, as soon as it has."""
        deadline = time.monotonic() + DEADLINE
        while run_id not in self.ended:
            readable(self.executor.filenos(), deadline)
            for outcome in self.executor.poll():
                assert outcome.run_id not in self.ended, "one run, two outcomes"
                self.ended[outcome.run_id] = outcome
        return self.ended[run_id]

    def run(self, *steps: Sequence[str]) -> Outcome:
        return self.wait(self.submit(*steps))

    def run_shell(self, *texts: str) -> Outcome:
        return self.wait(self.shell(*texts))

    def log(self, run_id: str = "1") -> Path:
        return self.folder / "logs" / run_id / "log"

    def reaper(self) -> int:
        """The process id of the executor's reaper."""
        (pid,) = reapers_of(os.getpid())
        return pid


def reapers_of(pid: int) -> list[int]:
    """The reapers among the children of a process."""
    return [
        child
        for child in linux.children_of(pid)
        if REAPER.encode() in linux._text(f"/proc/{child}/cmdline")
    ]


def readable(descriptors: Sequence[int], deadline: float) -> None:
    """Wait until there is something to read."""
    assert descriptors
    ready, _, _ = select.select(descriptors, [], [], max(0.0, deadline - time.monotonic()))
    assert ready, "nothing happened"
