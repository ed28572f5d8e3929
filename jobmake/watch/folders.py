"""The folders that are watched, by their real paths, and the places that depend on each.

Knows a source and its numbers. Does not know globs or links.

Invariant: a folder is watched as long as a place depends on it, and no longer.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.watch.place import Place
    from jobmake.watch.source import Source

NONE = -1  # the number of a watch that is not there
_ROOM = (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)
_FORBIDDEN = (errno.EACCES, errno.EPERM)


class NoRoomError(Exception):
    """The system has no more watches to give."""


class Folder(Mutable):
    """A real folder, or a file that is watched by itself (its only entry has no name).

    ``places`` are this folder; ``hops`` are, by entry, those that are reached through it.
    """

    path: str
    watch: int = NONE
    whole: bool = False
    places: set[Place] = field(default_factory=set)
    hops: dict[str, set[Place]] = field(default_factory=dict)

    __eq__, __hash__ = object.__eq__, object.__hash__  # it is itself, whatever it holds


class Folders:
    """All folders that are watched."""

    def __init__(self, source: Source, notice: Callable[[str], None]) -> None:
        self._source, self._notice = source, notice
        self._by_path: dict[str, Folder] = {}
        self._by_watch: dict[int, set[Folder]] = {}  # one folder can have two paths
        self._forbidden: set[str] = set()

    def hold(self, path: str, *, whole: bool) -> Folder:
        """Return a folder, watched if that can be. Raises NoRoomError."""
        folder = self._by_path.get(path)
        if folder is None:
            folder = self._by_path[path] = Folder(path)
        if folder.watch == NONE or whole > folder.whole:
            self._begin(folder, whole or folder.whole)
        return folder

    def by_watch(self, watch: int) -> tuple[Folder, ...]:
        """Return the folders of a watch; none if it was ended."""
        return tuple(self._by_watch.get(watch, ()))

    def is_watched(self, path: str) -> bool:
        """Say whether it will be told what happens in a folder."""
        folder = self._by_path.get(path)
        return folder is not None and folder.watch != NONE

    def ended(self, watch: int) -> tuple[Folder, ...]:
        """Note that a watch ended by itself; return the folders that it was of."""
        folders = tuple(self._by_watch.pop(watch, ()))
        for folder in folders:
            folder.watch = NONE
        return folders

    def leave(self, place: Place) -> None:
        """Let a place depend on no folder any more."""
        for path, entry in place.hops:
            folder = self._by_path.get(path)
            if folder is not None and entry in folder.hops:
                folder.hops[entry].discard(place)
                if not folder.hops[entry]:
                    del folder.hops[entry]
                self._drop_unused(folder)
        place.hops = []
        if place.end is not None and (folder := self._by_path.get(place.end)) is not None:
            folder.places.discard(place)
            self._drop_unused(folder)
        place.end = None

    def _begin(self, folder: Folder, whole: bool) -> None:
        try:
            watch = self._source.add(folder.path, whole=whole)
        except OSError as error:
            if error.errno in _ROOM:
                raise NoRoomError from None
            if error.errno in _FORBIDDEN and whole and folder.path not in self._forbidden:
                self._forbidden.add(folder.path)
                self._notice(f"changes in `{folder.path}` cannot be seen: {error.strerror}")
            folder.watch, folder.whole = NONE, whole
            return
        folder.watch, folder.whole = watch, whole
        self._by_watch.setdefault(watch, set()).add(folder)

    def _drop_unused(self, folder: Folder) -> None:
        if folder.places or folder.hops:
            return
        self._by_path.pop(folder.path, None)
        others = self._by_watch.get(folder.watch)
        if others is not None:
            others.discard(folder)
            if not others:
                del self._by_watch[folder.watch]
                self._source.remove(folder.watch)
