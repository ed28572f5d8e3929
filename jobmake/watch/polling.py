"""Looking again and again, where the kernel tells nothing: on network file systems, or when no
watches are left.

Does not know which folders matter, or what they are called in the project.

Invariant: looking takes at most a thirtieth of a core.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import TYPE_CHECKING

from jobmake.tools.linux import Timer
from jobmake.watch.source import Happening, What

if TYPE_CHECKING:
    from collections.abc import Iterator

_REST = 30  # looks take at most a thirtieth of a core

# of an entry: what it would not keep if it were another one, then what else is seen of it
Seen = tuple[tuple[int | str, ...], tuple[int, ...]]


class Polling:
    """Folders that are looked at each ``interval`` seconds, more seldom if they are many."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._timer = Timer()
        self._timer.set(interval)
        self._paths: dict[int, tuple[str, bool]] = {}
        self._numbers: dict[str, int] = {}
        self._seen: dict[int, dict[str, Seen]] = {}
        self._last = 0

    def add(self, path: str, *, whole: bool) -> int:
        number = self._numbers.get(path)
        if number is not None and self._paths[number][1] >= whole:
            return number
        seen = _look(path, whole)
        if number is None:
            self._last = number = self._last + 1
        else:  # what came or went since the last look is still to be told
            before = self._seen[number]
            seen = {name: (before[name][0], seen.get(name, before[name])[1]) for name in before}
        self._numbers[path] = number
        self._paths[number] = path, whole
        self._seen[number] = seen
        return number

    def remove(self, watch: int) -> None:
        self._forget(watch)

    def fileno(self) -> int:
        return self._timer.fileno()

    def take(self) -> list[Happening]:
        if not self._timer.is_over():
            return []
        begin = time.thread_time()
        found = [one for watch in list(self._paths) for one in self._changes(watch)]
        self._timer.set(max(self._interval, (time.thread_time() - begin) * _REST))
        return found

    def close(self) -> None:
        self._timer.close()

    def _changes(self, watch: int) -> Iterator[Happening]:
        path, whole = self._paths[watch]
        before = self._seen[watch]
        try:
            now = _look(path, whole)
        except OSError:
            self._forget(watch)
            yield from (Happening(watch, name, What.REPLACED) for name in before)
            yield Happening(watch, "", What.ENDED)
            return
        if now == before:
            return
        self._seen[watch] = now
        for name in {**before, **now}:
            was, is_ = before.get(name), now.get(name)
            if was is None or is_ is None or was[0] != is_[0]:
                yield Happening(watch, name, What.REPLACED)
            elif was[1] != is_[1]:
                guarded = is_[0][0] == stat.S_IFDIR
                yield Happening(watch, name, What.GUARDED if guarded else What.WRITTEN)

    def _forget(self, watch: int) -> None:
        path, _ = self._paths.pop(watch, ("", False))
        self._numbers.pop(path, None)
        self._seen.pop(watch, None)


def _look(path: str, whole: bool) -> dict[str, Seen]:
    """Return what is in a folder, or, under no name, what a file is. Raises OSError."""
    try:
        with os.scandir(path) as entries:
            found = {}
            for entry in entries:
                try:
                    status = entry.stat(follow_symlinks=False)
                    link = os.readlink(entry.path) if entry.is_symlink() else ""
                except OSError:
                    continue  # it has gone meanwhile
                found[entry.name] = _seen(status, link, whole)
            return found
    except NotADirectoryError:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path) from None
        return {"": _seen(status, "", whole)}


def _seen(status: os.stat_result, link: str, whole: bool) -> Seen:
    what: tuple[int | str, ...] = stat.S_IFMT(status.st_mode), status.st_ino
    if link:
        what = *what, link, status.st_ctime_ns  # the inode of one that went is soon used again
    if not whole:
        return what, ()
    if stat.S_ISDIR(status.st_mode):
        return what, (status.st_mode,)  # its time changes with what is in it
    return what, (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
