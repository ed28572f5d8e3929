"""Answers a command line, if all that counts for it is as it was; or says what alone is not.

Knows the order: the line, the lock, the index, the variables, the journal, then the looks. Imports
nothing of jobmake that imports more than it has to.

Invariants: it answers only while it holds the project, with no run begun since what was kept; what
was learned of signatures is written before the answer is told, whole or not at all. Whoever else
builds, it does not wait: the ordinary path tells for whom it waits.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time

from jobmake.memory import index as indexes
from jobmake.memory.section import decoded, encoded, values_digest
from jobmake.memory.stamps import MARGIN, Clock, signature
from jobmake.model.names import FOLDER, JOBFILE
from jobmake.reporters.upto import UP_TO_DATE, painted, up_to_date, wants_color
from jobmake.unchanged.again import Again, Moved
from jobmake.unchanged.key import Line, read_line

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobmake.memory.section import Section
    from jobmake.memory.stamps import Signature


class Edited:
    """A project of which some files have another content, or are gone (``paths``), and else nothing
    of what was kept under a key is another. It is held by the open file ``lock``, until `close`.
    The ``index`` holds what was learned of signatures; if that is new (``renewed``), it is written
    by who builds the edit, or by `close`."""

    __slots__ = ("_held", "index", "key", "lock", "paths", "renewed", "root", "section")

    def __init__(
        self,
        root: str,
        key: str,
        index: indexes.Index,
        section: Section,
        paths: Sequence[str],
        held: _Held,
    ) -> None:
        self.root, self.key, self.index, self.section = root, key, index, section
        self.paths, self.lock, self._held = paths, held.descriptor, held
        self.renewed = False

    def close(self) -> None:
        """Let others have the project, of which nothing was built."""
        if self.renewed:
            _keep(self.root, self.index, self._held)
        self._held.release()


def answer(words: Sequence[str], environ: Mapping[str, str]) -> bool | Edited:
    """Say that all is up to date, if it is and can be told from what was kept; else say
    nothing. Return whether it was said, or what alone is not as it was."""
    began = time.monotonic()
    root = _root()
    line = None if root is None else read_line(words, environ, root)
    if line is None or root is None:
        return False
    found = look(root, line.key, environ)
    if found is None or isinstance(found, Edited):
        return found or False
    _tell(found, line, time.monotonic() - began, environ)
    return True


def look(
    root: str, key: str, environ: Mapping[str, str], *, margin: float = MARGIN
) -> Section | Edited | None:
    """Return what was kept under a key of the project in a folder, if all is as it was, or what
    is not, if a graph was kept to go on with; else None. ``margin`` is that of `Files`."""
    held = _take_lock(f"{root}/{FOLDER}/lock")
    if held is None:
        return None
    found: Section | Edited | None = None
    try:
        found = _look(root, key, environ, margin, held)
    finally:
        if not isinstance(found, Edited):
            held.release()
    return found


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


class _Held:
    """The lock of a project, which is ours.

    Who holds it is said in its file only when that takes long, or something is written: a text
    that is still there when nobody holds it tells the ordinary path that one was cut off.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._is_said = False

    def say(self) -> None:
        """Say in the file that we have it."""
        if not self._is_said:
            self._is_said = True
            self._write(b'{"pid": %d, "what": "jobmake build"}' % os.getpid())

    def release(self) -> None:
        """Let others build."""
        if self._is_said:
            self._write(b"")
        os.close(self.descriptor)

    def _write(self, text: bytes) -> None:
        try:
            os.ftruncate(self.descriptor, 0)
            os.pwrite(self.descriptor, text, 0)
        except OSError:
            pass  # a full disk: whoever waits learns no name


def _take_lock(path: str) -> _Held | None:
    """Take the project if nobody has it, and the last one who had it was not cut off: what that
    one has said in the lock's file would be there still."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours, named = os.fstat(descriptor), os.stat(path, follow_symlinks=False)
        if (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino) and not ours.st_size:
            return _Held(descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return None


def _look(
    root: str, key: str, environ: Mapping[str, str], margin: float, held: _Held
) -> Section | Edited | None:
    own = f"{root}/{FOLDER}"
    index = indexes.read(f"{own}/index")
    kept = None if index is None else index.sections.get(key)
    if index is None or kept is None:
        return None
    section = decoded(indexes.files_of(kept)[1])
    if values_digest(section["variables"], environ) != section["values"]:
        return None
    if not _is_as_left(f"{own}/journal", section["journal"]):
        return None
    again = Again(root, index, Clock(f"{own}/clock", time.monotonic), margin)
    paths: Sequence[str] = ()
    is_same = True
    try:
        again.there(section)
        section["listed"] = again.names(section["listed"])
        index.sections[key] = indexes.with_rest(kept, encoded(section))
        doubtful = again.files(kept)
        if doubtful:
            held.say()
            again.refuse_second_names(doubtful)
            again.read(doubtful)
    except Moved as moved:
        paths, is_same = moved.paths, False
    if (paths or (is_same and section["due"])) and section["graph"]:
        edited = Edited(root, key, index, section, paths, held)
        edited.renewed = again.renewed
        return edited
    if again.renewed:
        _keep(root, index, held)
    return section if is_same and not section["due"] else None


def _is_as_left(journal: str, known: Signature | None) -> bool:
    """Say whether no run was begun since."""
    try:
        status = os.stat(journal)
    except FileNotFoundError:
        return known is None
    except OSError:
        return False
    return not status.st_size if known is None else signature(status) == known


def _keep(root: str, index: indexes.Index, held: _Held) -> None:
    held.say()
    try:
        indexes.write(f"{root}/{FOLDER}/index", index)
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
