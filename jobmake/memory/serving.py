"""Who on this machine keeps services of this project going: one small file for each process.

Knows files and locks. Does not know what a service is, nor whether one answers.

Invariant: a note counts only while the process that wrote it is there: it holds a lock on it,
which the kernel frees with the process.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress

from jobmake.tools.linux import flock_holders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Notes:
    """What this process keeps going, in a folder of notes. That a note cannot be written
    fails nothing: others are then told less."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, str(os.getpid()))
        self._descriptor = -1
        self._served: dict[str, tuple[int | None, str]] = {}

    def put(self, name: str, port: int | None, run_id: str) -> None:
        """Note a service that begins."""
        self._served[name] = port, run_id
        self._write()

    def remove(self, name: str) -> None:
        """Forget one that has ended."""
        if name in self._served:
            del self._served[name]
            self._write()

    def close(self) -> None:
        """Forget all."""
        self._served.clear()
        self._write()

    def _write(self) -> None:
        with suppress(OSError):
            if not self._served:
                if self._descriptor >= 0:
                    os.close(self._descriptor)
                    self._descriptor = -1
                    os.unlink(self._path)
                return
            if self._descriptor < 0:
                self._open()
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(self._served).encode(), 0)

    def _open(self) -> None:
        folder = os.path.dirname(self._path)
        os.makedirs(folder, exist_ok=True)
        for old in os.listdir(folder):
            if not flock_holders(os.path.join(folder, old)):
                os.unlink(os.path.join(folder, old))
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._path, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def who_has(folder: str, port: int) -> tuple[int, str] | None:
    """Return the process that keeps a service at this port going, and the service's name."""
    for process, name, its, _ in _noted(folder):
        if its == port:
            return process, name
    return None


def runs_that_last(folder: str) -> set[str]:
    """Return the ids of the runs of services that others keep going."""
    return {run_id for _, _, _, run_id in _noted(folder)}


def _noted(folder: str) -> Iterator[tuple[int, str, object, str]]:
    """Yield what is noted by processes that are there: process, service, port, run."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for one in names:
        path = os.path.join(folder, one)
        for name, told in _read(path).items() if one.isdigit() else ():
            if isinstance(told, list) and len(told) == 2 and flock_holders(path):
                yield int(one), name, told[0], str(told[1])


def _read(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            told = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
