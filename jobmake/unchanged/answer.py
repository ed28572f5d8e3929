"""Answers a command line, if all that counts for it is as it was.

Knows the order: the line, the lock, the journal, the index, then the looks. Imports nothing of
jobmake that imports more than it has to.

Invariants: it answers only while it holds the project, with no run cut off before; what was learned
of signatures is written before the answer is told, whole or not at all. Whoever else builds, it
does not wait: the ordinary path tells for whom it waits.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time

from jobmake.memory import index as indexes
from jobmake.memory.section import decoded, encoded, values_digest
from jobmake.memory.stamps import MARGIN, Clock
from jobmake.model.names import FOLDER, JOBFILE
from jobmake.reporters.upto import UP_TO_DATE, painted, up_to_date, wants_color
from jobmake.unchanged.again import Again, Moved
from jobmake.unchanged.key import Line, read_line

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobmake.memory.section import Section


def answer(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Say that all is up to date, if it is and can be told from what was kept; else say
    nothing. Return whether it was said."""
    began = time.monotonic()
    root = _root()
    line = None if root is None else read_line(words, environ, root)
    if line is None or root is None:
        return False
    section = look(root, line.key, environ)
    if section is None:
        return False
    _tell(section, line, time.monotonic() - began, environ)
    return True


def look(
    root: str, key: str, environ: Mapping[str, str], *, margin: float = MARGIN
) -> Section | None:
    """Return what was kept under a key of the project in a folder, if all is as it was; else
    None. ``margin`` is that of `Files`."""
    lock = _take_lock(f"{root}/{FOLDER}/lock")
    if lock is None:
        return None
    try:
        return _look(root, key, environ, margin)
    finally:
        os.close(lock)


def _root() -> str | None:
    """Return the folder of the nearest Jobfile, or None. The working directory has no links."""
    try:
        folder = os.getcwd()
    except OSError:
        return None
    while not os.path.lexists(f"{folder}/{JOBFILE}"):
        folder, _, last = folder.rpartition("/")
        if not folder or not last:
            return None
    return folder


def _take_lock(path: str) -> int | None:
    """Take the project if nobody has it, and say so in the lock's file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours, named = os.fstat(descriptor), os.stat(path, follow_symlinks=False)
        if (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b'{"pid": %d, "what": "jobmake build"}' % os.getpid(), 0)
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _look(root: str, key: str, environ: Mapping[str, str], margin: float) -> Section | None:
    own = f"{root}/{FOLDER}"
    try:
        if os.stat(f"{own}/journal").st_size:
            return None
    except FileNotFoundError:
        pass
    except OSError:
        return None
    index = indexes.read(f"{own}/index")
    kept = None if index is None else index.sections.get(key)
    if index is None or kept is None:
        return None
    section = decoded(indexes.files_of(kept)[1])
    if values_digest(section["variables"], environ) != section["values"]:
        return None
    again = Again(root, index, Clock(f"{own}/clock", time.monotonic), margin)
    try:
        try:
            again.there(section)
            section["listed"] = again.names(section["listed"])
            index.sections[key] = indexes.with_rest(kept, encoded(section))
            again.files(kept)
        finally:
            if again.renewed:
                _keep(f"{own}/index", index)
    except Moved:
        return None
    return section


def _keep(path: str, index: indexes.Index) -> None:
    try:
        indexes.write(path, index)
    except OSError:
        pass  # then files are read again


def _tell(section: Section, line: Line, seconds: float, environ: Mapping[str, str]) -> None:
    if line.quiet:
        return
    color = wants_color(line.color, sys.stderr.isatty(), environ)
    told = []
    if line.verbose:
        begin = painted(UP_TO_DATE, "dim") if color else UP_TO_DATE
        told += [f"{begin} {name}\n" for name in section["names"] or ()]
    last = up_to_date(section["targets"], seconds)
    told.append((painted(last, "green", "bold") if color else last) + "\n")
    sys.stderr.write("".join(told))
    sys.stderr.flush()
