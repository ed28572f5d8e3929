"""Processes that lost their parent before it could tell who they are.

Knows how what a process was started with is seen from outside. Does not know runs. Reads all of
/proc: for emergencies.

Invariant: who is found was started with exactly what is asked for, or writes to one of the
files that are; nobody else has either.
"""

from __future__ import annotations

import os
import stat

from jobmake.tools import linux

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable


def adopted(environments: Container[dict[bytes, bytes]]) -> list[int]:
    """Return the processes that were started in one of some environments, and are now children
    of this process or of one above it. Those of our own session are left out."""
    line = _line()
    return [
        one.pid
        for one in _of_other_sessions()
        if one.parent in line and linux.environment_of(one.pid) in environments
    ]


def writers(paths: Iterable[str]) -> list[int]:
    """Return the processes whose standard output or error goes to one of some files.

    Those of our own session are left out.
    """
    files = {one for path in paths if (one := _regular_file(path)) is not None}
    return [
        one.pid
        for one in _of_other_sessions()
        if any(_regular_file(f"/proc/{one.pid}/fd/{stream}") in files for stream in (1, 2))
    ]


def _of_other_sessions() -> Iterable[linux.Process]:
    ours = os.getsid(0)
    return [one for one in linux.all_processes() if one.session != ours and one.state != "Z"]


def _line() -> set[int]:
    """Return this process and all above it: who loses its parent becomes the child of one."""
    line, pid = {1}, os.getpid()
    while pid and pid not in line:
        line.add(pid)
        process = linux.look(pid)
        pid = process.parent if process else 0
    return line


def _regular_file(path: str) -> tuple[int, int] | None:
    """Return what tells a file from all others, None if it is no file: many write to devices."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
