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


class Notes:
    """What this process keeps going, in a folder of notes. That a note cannot be written
    fails nothing: others are then told less."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, str(os.getpid()))
        self._descriptor = -1
        self._ports: dict[str, int | None] = {}

    def put(self, name: str, port: int | None) -> None:
        """Note a service that begins."""
        self._ports[name] = port
        self._write()

    def remove(self, name: str) -> None:
        """Forget one that has ended."""
        if name in self._ports:
            del self._ports[name]
            self._write()

    def close(self) -> None:
        """Forget all."""
        self._ports.clear()
        self._write()

    def _write(self) -> None:
        with suppress(OSError):
            if not self._ports:
                if self._descriptor >= 0:
                    os.close(self._descriptor)
                    self._descriptor = -1
                    os.unlink(self._path)
                return
            if self._descriptor < 0:
                self._open()
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(self._ports).encode(), 0)

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
    with suppress(OSError):
        for one in os.listdir(folder):
            path = os.path.join(folder, one)
            for name, its in _read(path).items():
                if its == port and one.isdigit() and flock_holders(path):
                    return int(one), name
    return None


def _read(path: str) -> dict[str, object]:
    try:
        with open(path, "rb") as file:
            told = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
