"""Sees what changes in a project: the way in to this floor.

Knows when to give up on the kernel's word and look instead. Waits only in `gather`.

Invariant: where anything may have been missed, `Changes` says that all must be looked at.
"""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

from jobmake.watch.changes import Changes, Watched
from jobmake.watch.folders import NoRoomError
from jobmake.watch.limits import shared, too_few
from jobmake.watch.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobmake.watch.source import Source

QUIET, LONGEST = 0.05, 0.5  # seconds
_INTERVAL = 1.0  # seconds between two looks, where there are no watches


class Observer:
    """What happens in the folder ``root`` and wherever links lead from it.

    ``notice`` is told in a sentence what cannot be seen as it should. With ``poll`` the files
    are looked at, each so many seconds.
    """

    def __init__(
        self, root: str, notice: Callable[[str], None], *, poll: float | None = None
    ) -> None:
        self._root, self._notice = os.path.realpath(root), notice
        self._wanted = Watched()
        self._everything = False
        self._epoll = select.epoll()
        self._pending = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll.register(self._pending, select.EPOLLIN)
        self._source = self._begin(poll)
        self._places = Places(self._root, self._source, notice)
        self._is_open = True

    def watch(self, wanted: Watched) -> None:
        """Begin, or change, what is watched. What was not before is seen from now on."""
        is_first, self._wanted = self._wanted == Watched(), wanted
        try:
            self._places.watch(wanted)
        except NoRoomError:
            self._look_instead()
            self._everything = not is_first
        if self._everything or self._places.told:
            os.eventfd_write(self._pending, 1)

    def fileno(self) -> int:
        """Return what is readable when something happened."""
        return self._epoll.fileno()

    def take(self) -> Changes:
        """Return what happened since it was last asked. Never waits."""
        try:
            os.eventfd_read(self._pending)
        except BlockingIOError:
            pass
        try:
            self._places.take(self._source.take())
        except NoRoomError:
            self._look_instead()
            self._everything = True
        if self._places.is_lost:
            self._again()
        told, self._places.told = self._places.told, set()
        told.discard("")
        everything, self._everything = self._everything, False
        return Changes(frozenset(told), everything)

    def count(self) -> int:
        """Return how many files are watched."""
        return self._places.count()

    def close(self) -> None:
        """End at once."""
        if self._is_open:
            self._is_open = False
            self._epoll.close()
            os.close(self._pending)
            self._source.close()

    def _begin(self, poll: float | None) -> Source:
        source = self._source_of(poll)
        self._epoll.register(source.fileno(), select.EPOLLIN)
        return source

    def _source_of(self, poll: float | None) -> Source:
        from jobmake.watch.polling import Polling

        if poll is not None:
            return Polling(poll)
        if why := shared(self._root):
            self._notice(why)
            return Polling(_INTERVAL)
        from jobmake.watch.notify import Notify

        try:
            return Notify()
        except OSError:
            self._notice(too_few("instances"))
            return Polling(_INTERVAL)

    def _look_instead(self) -> None:
        """Go over to looking at the files, as there are no more watches."""
        self._notice(too_few("watches"))
        self._renew(_INTERVAL)

    def _again(self) -> None:
        """Begin anew, after happenings were lost."""
        from jobmake.watch.polling import Polling

        self._everything = True
        is_polling = isinstance(self._source, Polling)
        try:
            self._renew(_INTERVAL if is_polling else None)
        except NoRoomError:
            self._look_instead()

    def _renew(self, poll: float | None) -> None:
        self._source.close()
        self._source = self._begin(poll)
        self._places = Places(self._root, self._source, self._notice)
        self._places.watch(self._wanted)


def gather(
    observer: Observer,
    quiet: float = QUIET,
    longest: float = LONGEST,
    others: Sequence[int] = (),
) -> Changes:
    """Return what happened till nothing new came for ``quiet`` seconds, but after ``longest``
    seconds at last, or when one of the descriptors ``others`` becomes readable."""
    changes = observer.take()
    if not changes:
        return changes
    poller = select.poll()
    for descriptor in (observer.fileno(), *others):
        poller.register(descriptor, select.POLLIN)
    now = time.monotonic()
    last, end = now + longest, now + quiet
    while now < min(end, last):
        ready = {descriptor for descriptor, _ in poller.poll((min(end, last) - now) * 1000)}
        now = time.monotonic()
        if ready and (more := observer.take()):
            changes |= more
            end = now + quiet
        if not ready.isdisjoint(others):
            break
    return changes
