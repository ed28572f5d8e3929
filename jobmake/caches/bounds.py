"""What keeps a cache within its limit: a look at all of it, and an estimate that says when one
is due.

The estimate is the sum of the lines of a small file: what the last look found, then what
each build added. What a kill or a race loses of it, the next look puts right.

Invariant: what was used least recently goes first. What is used between the look and the
removal stays.
"""

from __future__ import annotations

import os

from jobmake.caches.objects import digest_of_name, unlink_quietly
from jobmake.model.cached import Trimmed, Used
from jobmake.tools.atomic import write_all, write_whole
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400.0  # seconds after which a temporary file is nobody's any more
_LONGEST = 1 << 16  # bytes of the file with the estimate
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


class Kept(Value):
    """A file of the cache: when it was last used, what it takes on the disk, where it is."""

    used_ns: int
    bytes: int
    path: str
    is_object: bool


class Bounds:
    """The bounds of the cache below ``folder``, which holds ``objects`` and ``traces``."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._estimate = f"{folder}/size"

    def look(self) -> Iterator[Kept]:
        """Yield every file that is kept. Writes nothing; a folder that is not there is empty."""
        for kind in ("objects", "traces"):
            for below in _entries(f"{self._folder}/{kind}"):
                for entry in _entries(below.path):
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    if digest_of_name(entry.name):
                        # what it takes; at least something, also where nothing is told
                        taken = max(status.st_size, status.st_blocks * 512, 512)
                        yield Kept(status.st_mtime_ns, taken, entry.path, kind == "objects")

    def used(self) -> Used:
        """Return how much there is."""
        objects = traces = total = 0
        for one in self.look():
            total += one.bytes
            objects += one.is_object
            traces += not one.is_object
        return Used(objects, total, traces)

    def trim(self, limit: int, *, leave: int | None = None, dry_run: bool = False) -> Trimmed:
        """If more than ``limit`` bytes are kept, remove until ``leave`` are left (the limit
        itself if it is not given)."""
        kept = sorted(self.look(), key=lambda one: (one.used_ns, one.bytes, one.path))
        total = before = sum(one.bytes for one in kept)
        down_to = limit if leave is None else leave
        objects = 0
        for one in kept if total > limit else ():
            if total <= down_to:
                break
            if dry_run or (_is_as_it_was(one) and unlink_quietly(one.path)):
                total -= one.bytes
                objects += one.is_object
        if not dry_run:
            self._write(total)
        return Trimmed(objects, before - total)

    def sweep(self, now: float) -> None:
        """Remove the temporary files of those who were killed long ago (``now``: seconds)."""
        for entry in _entries(f"{self._folder}/tmp"):
            try:
                old = entry.stat(follow_symlinks=False).st_mtime < now - DAY
            except OSError:
                continue
            if old:
                unlink_quietly(entry.path)

    def begin(self) -> None:
        """Let the estimate of a folder that was just made be that nothing is there."""
        self._write(0)

    def note(self, added: int) -> None:
        """Count ``added`` bytes to the estimate. Where there is none, a look is due anyway."""
        try:
            descriptor = os.open(self._estimate, _APPEND)
            try:
                write_all(descriptor, b"%d\n" % added)
            finally:
                os.close(descriptor)
        except OSError:
            pass

    def is_due(self, limit: int) -> bool:
        """Say whether there may be more than ``limit`` bytes."""
        try:
            with open(self._estimate, "rb") as file:
                data = file.read(_LONGEST)
            return len(data) == _LONGEST or sum(map(int, data.split())) > limit
        except (OSError, ValueError):
            return True

    def _write(self, total: int) -> None:
        if os.path.isdir(self._folder):
            try:
                aside = f"{self._folder}/tmp"
                data = b"%d\n" % total
                write_whole(
                    self._estimate, data, durable=False, mode=0o600, aside=aside, follow=False
                )
            except OSError:
                pass


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_as_it_was(one: Kept) -> bool:
    try:
        return os.stat(one.path, follow_symlinks=False).st_mtime_ns == one.used_ns
    except OSError:
        return False
