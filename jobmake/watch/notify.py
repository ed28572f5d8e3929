"""The kernel's word: inotify, by way of watchdog's binding of it.

watchdog's observers are not used: they start a thread for each folder, or watch all below
one, and pass over watches that could not be added. Its binding hides nothing. No thread:
what happened stays with the kernel until it is taken.

Does not know which folders matter, or what they are called in the project.

Invariant: reading a file, listing a folder and running a program are no happenings.
"""

from __future__ import annotations

import os
from ctypes import get_errno
from struct import Struct
from typing import TYPE_CHECKING

from watchdog.observers.inotify_c import (
    InotifyConstants,
    Mask,
    WatchDescriptor,
    inotify_add_watch,
    inotify_init,
    inotify_rm_watch,
)

from jobmake.watch.source import Happening, What

if TYPE_CHECKING:
    from collections.abc import Iterator

_C = InotifyConstants
_REPLACED = _C.IN_CREATE | _C.IN_DELETE | _C.IN_MOVED_FROM | _C.IN_MOVED_TO
_WRITTEN = _C.IN_MODIFY | _C.IN_CLOSE_WRITE | _C.IN_ATTRIB  # of a file mapped, only its close
# two paths can be one folder, and what is told of it must be enough for both
_ALWAYS = _REPLACED | _C.IN_DONT_FOLLOW | _C.IN_MASK_ADD
_ENDED = _C.IN_IGNORED | _C.IN_UNMOUNT

_HEAD = Struct("iIII")  # watch, mask, cookie, length of the name
_AT_ONCE, _READS = 256 * 1024, 8  # bytes; then it is taken, whatever goes on


class Notify:
    """One inotify instance. Raises OSError where there is none to be had."""

    def __init__(self) -> None:
        self._descriptor = inotify_init()
        if self._descriptor == -1:
            raise _error()
        os.set_blocking(self._descriptor, False)
        os.set_inheritable(self._descriptor, False)

    def add(self, path: str, *, whole: bool) -> int:
        mask = Mask(_ALWAYS | _WRITTEN if whole else _ALWAYS)
        watch = inotify_add_watch(self._descriptor, os.fsencode(path), mask)
        if watch == -1:
            raise _error(path)
        return watch

    def remove(self, watch: int) -> None:
        inotify_rm_watch(self._descriptor, WatchDescriptor(watch))  # it may have ended by itself

    def fileno(self) -> int:
        return self._descriptor

    def take(self) -> list[Happening]:
        found: dict[Happening, None] = {}  # a write is told often, and once is enough
        for _ in range(_READS):
            data = self._read()
            if not data:
                break
            for watch, mask, name in _events(data):
                found[Happening(watch, name, _what(mask))] = None
        return list(found)

    def close(self) -> None:
        if self._descriptor != -1:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, _AT_ONCE)
        except BlockingIOError:
            return b""


def _events(data: bytes) -> Iterator[tuple[int, int, str]]:
    position = 0
    while position < len(data):
        watch, mask, _, length = _HEAD.unpack_from(data, position)
        position += _HEAD.size
        yield watch, mask, os.fsdecode(data[position : position + length].rstrip(b"\0"))
        position += length


def _what(mask: int) -> What:
    if mask & _C.IN_Q_OVERFLOW:
        return What.LOST
    if mask & _ENDED:
        return What.ENDED
    if mask & _REPLACED:
        return What.REPLACED
    return What.GUARDED if mask & _C.IN_ISDIR else What.WRITTEN


def _error(path: str | None = None) -> OSError:
    code = get_errno()
    return OSError(code, os.strerror(code), path)
