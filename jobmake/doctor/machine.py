"""The machine: can jobmake keep its state here, lock it, and trust the clock; is the lockfile
whole.

Tries the file system by a file without a name (O_TMPFILE), which is never to be seen and
goes with us.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from typing import TYPE_CHECKING

from jobmake.doctor.finding import Finding
from jobmake.memory.layout import FOLDER
from jobmake.tools.display import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobmake.doctor.case import Case

FAR_OFF = 5.0  # seconds between two clocks; a network's file systems differ by less
# what an open for a file without a name gives where the file system has none such
_NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


def findings(case: Case, wall: Callable[[], float]) -> Iterator[Finding]:
    """Yield what is wrong here. ``wall``: seconds since 1970."""
    layout = case.project.layout
    yield from _lockfile(case)
    own = layout.own()
    if os.path.lexists(own) and (os.path.islink(own) or not os.path.isdir(own)):
        yield Finding(
            "state-folder", FOLDER, "it is not a folder", "remove it: jobmake keeps its state there"
        )
        return
    folder, place = (own, FOLDER) if os.path.isdir(own) else (layout.root, ".")
    try:
        descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_NAMELESS or not os.access(folder, os.W_OK | os.X_OK):
            yield Finding(
                "state-folder", place, f"nothing can be written there: {error.strerror}",
                "a build needs to; `status`, `why` and `graph` do not",
            )  # fmt: skip
        return
    try:
        yield from locking(descriptor, place)
        yield from clocks(os.fstat(descriptor).st_mtime, wall(), place)
    finally:
        os.close(descriptor)


def locking(descriptor: int, place: str) -> Iterator[Finding]:
    """Yield a finding if an open file cannot be locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        yield Finding(
            "locks", place, f"the file system cannot lock files: {error.strerror}",
            "jobmake does not build there: two builds at once would spoil each other",
        )  # fmt: skip


def clocks(of_files: float, of_host: float, place: str) -> Iterator[Finding]:
    """Yield a finding if the file system's time is far from the host's."""
    ahead = of_files - of_host
    if abs(ahead) > FAR_OFF:
        way = "ahead of" if ahead > 0 else "behind"
        yield Finding(
            "clock", place,
            f"the file system's clock is {duration(abs(ahead))} {way} this machine's",
            "set the clocks (NTP); jobmake itself goes by content, but ages of files and logs"
            " are wrong",
        )  # fmt: skip


def _lockfile(case: Case) -> Iterator[Finding]:
    path = case.project.layout.lockfile
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return
    if re.search(rb"^(<{7}|>{7})( |\r?$)", data, re.MULTILINE):
        yield Finding(
            "lockfile-conflict", name, "it has conflict markers in it",
            "build: of both sides the records that fit the disk are kept, and a clean file is"
            " written; then `git add` it",
        )  # fmt: skip
    elif case.judge.records.damaged:
        yield Finding(
            "lockfile-damaged", name, f"it cannot be read: {case.judge.records.damaged}",
            "take it from git again; else the next build sets it aside and builds all targets",
        )  # fmt: skip
