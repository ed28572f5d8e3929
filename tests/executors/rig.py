"""What the tests of the local executor stand on: real runs, waited for by events."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING, Any, ClassVar

from jobmake.executors.local import REAPER, LocalExecutor
from jobmake.model.run import Work
from jobmake.tools import linux
from tests.executors.scripts import HOST, run_script
from tests.support import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jobmake.model.run import Outcome


class Rig:
    """A LocalExecutor with a folder for its logs."""

    environ: ClassVar[dict[str, str]] = {"PATH": os.environ["PATH"]}
    warm: tuple[str, ...] = ()  # the program of a warm reaper

    def __init__(
        self, folder: Path, fork: Callable[[list[str], bytes], object] | None = None
    ) -> None:
        self.folder = folder
        self.executor = LocalExecutor(fork)
        self.ended: dict[str, Outcome] = {}
        self.more: dict[str, Any] = {}  # fields of the next runs
        self._submitted = 0

    def submit(
        self, *steps: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> str:
        """Start a run of one or more commands; return its id."""
        self._submitted += 1
        run_id = str(self._submitted)
        whole = {**self.environ, **(env or {}), "JOBMAKE_RUN_ID": run_id}
        argvs = tuple(tuple(step) for step in steps)
        folder, log = str(cwd or self.folder), str(self.log(run_id))
        return self.executor.submit(
            Work(run_id, argvs, folder, whole, log, warm=self.warm, **self.more)
        )

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


class WarmRig(Rig):
    """A LocalExecutor with a warm reaper, which runs Python scripts by fork.

    It is a program of its own, or a copy of this process.
    """

    environ: ClassVar[dict[str, str]] = {
        **Rig.environ,
        "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
    }
    warm = (sys.executable, "-P", "-c", HOST)

    def __init__(self, folder: Path, *, copy: bool = False) -> None:
        super().__init__(folder, run_script if copy else None)
        self.is_copy = copy
        self._scripts = 0
        if not copy:
            assert self.run(("/bin/true",)).ok  # the first of its kind starts cold

    def script(self, text: str) -> tuple[str, ...]:
        """The command that runs a Python script."""
        self._scripts += 1
        path = self.folder / f"script{self._scripts}.py"
        path.write_text(text)
        return (sys.executable, "-P", "-m", "jobmake.worker", str(path))

    def python(self, *texts: str, env: Mapping[str, str] | None = None) -> str:
        """Start a run of Python scripts; return its id."""
        return self.submit(*map(self.script, texts), env=env)

    def run_python(self, *texts: str, env: Mapping[str, str] | None = None) -> Outcome:
        return self.wait(self.python(*texts, env=env))

    def told(self, text: str, env: Mapping[str, str] | None = None) -> str:
        """What a script prints."""
        run_id = self.python(text, env=env)
        assert self.wait(run_id).ok, self.log(run_id).read_text()
        return self.log(run_id).read_text()

    def reaper(self) -> int:
        (link,) = self.executor._warm.links()
        return link._reaper


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
