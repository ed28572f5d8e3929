"""Control groups of the kernel, as root has them: one for a test, below the one that it is in.

Knows where both generations of them are mounted. Does not know jobmake.

Invariant: the group is gone afterwards, and nothing of another is touched.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.amounts import needs_root
from tests.support import DEADLINE, ends

if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNTED = Path("/sys/fs/cgroup")


class Group:
    """A control group, of the first generation if there is its controller, else of the second."""

    def __init__(self, folder: Path, *, first: bool) -> None:
        self.folder, self._first = folder, first

    @property
    def words(self) -> list[str]:
        """The words with which a command is started in it."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs; exec "$@"', "sh"]

    def limit_memory(self, size: int) -> None:
        """Give all in it no more memory than this."""
        name = "memory.limit_in_bytes" if self._first else "memory.max"
        (self.folder / name).write_text(str(size))

    def limit_processes(self, number: int) -> None:
        """Let no more processes and threads be in it than this."""
        (self.folder / "pids.max").write_text(str(number))

    def freeze(self) -> None:
        """Let all in it stand still; return when they do."""
        self._set_frozen(True)

    def thaw(self) -> None:
        """Let all in it go on."""
        self._set_frozen(False)

    def _set_frozen(self, frozen: bool) -> None:
        if self._first:
            (self.folder / "freezer.state").write_text("FROZEN" if frozen else "THAWED")
            state = self.folder / "freezer.state"
            wanted = "FROZEN" if frozen else "THAWED"
        else:
            (self.folder / "cgroup.freeze").write_text("1" if frozen else "0")
            state, wanted = self.folder / "cgroup.events", f"frozen {frozen:d}"
        deadline = time.monotonic() + DEADLINE
        while wanted not in state.read_text():
            assert time.monotonic() < deadline, f"{state} does not become {wanted}"

    def processes(self) -> list[int]:
        """Return the ids of the processes in it."""
        return [int(line) for line in (self.folder / "cgroup.procs").read_text().split()]


@contextmanager
def group(controller: str) -> Iterator[Group]:
    """A group with a controller: `memory`, `pids` or `freezer`. Needs root."""
    needs_root()
    above, first = _mine(controller)
    if not first and controller != "freezer":
        _pass_down(above, controller)
    one = Group(above / f"jobmake-test-{os.getpid()}", first=first)
    one.folder.mkdir()
    try:
        yield one
    finally:
        if controller == "freezer":
            one.thaw()
        for pid in one.processes():  # only what the test started is in it
            os.kill(pid, 9)
            ends(pid)
        one.folder.rmdir()


def _mine(controller: str) -> tuple[Path, bool]:
    """Return the folder of this process's own group, and whether it is of the first generation."""
    second = None
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return _there(MOUNTED / controller, path), True
        if not names:
            second = path
    assert second is not None
    return _there(MOUNTED, second), False


def _there(mounted: Path, path: str) -> Path:
    """In a container a group's path may be one that only the host sees."""
    folder = mounted / path.lstrip("/")
    folder = folder if folder.is_dir() else mounted
    if not os.access(folder, os.W_OK):
        pytest.fail(f"control groups cannot be made in {folder}")
    return folder


def _pass_down(above: Path, controller: str) -> None:
    if controller not in (above / "cgroup.subtree_control").read_text().split():
        (above / "cgroup.subtree_control").write_text(f"+{controller}")
