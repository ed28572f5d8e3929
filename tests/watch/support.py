"""A folder that is watched by a real observer, for tests.

    def test_an_edit_is_told(watching):
        seen = watching(files=["a.txt"])
        seen.write("a.txt", "new")
        assert seen.told() == {"a.txt"}

Nothing waits for a time: `told` writes a file of its own, twice, and takes changes until it
is told.
"""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from jobmake.watch.changes import Watched
from jobmake.watch.observer import Observer
from tests.support import DEADLINE, Space

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jobmake.watch.changes import Changes

MARK = "mark-of-the-test"


class Watching(Space):
    """A folder, and an observer of it that notes what it tells."""

    def __init__(self, root: Path, poll: float | None = None) -> None:
        super().__init__(root)
        self.notices: list[str] = []
        self.observer = Observer(str(root), self.notices.append, poll=poll)
        self.everything = False
        self._marks = 0

    def watch(
        self, files: Iterable[str] = (), folders: Iterable[str] = (), globs: Iterable[str] = ()
    ) -> None:
        wanted = frozenset([*files, MARK])
        self.observer.watch(Watched(wanted, frozenset(folders), frozenset(globs)))

    def told(self) -> set[str]:
        """Return all that was told of what happened before this was asked."""
        # the first may be told because of what is wanted: only the second came from the disk
        return self._told_to_mark() | self._told_to_mark()

    def _told_to_mark(self) -> set[str]:
        found: set[str] = set()
        self._marks += 1
        self.write(MARK, f"{self._marks}")
        while MARK not in found:
            changes = self.wait()
            found |= changes.paths
            if changes.everything:
                self.everything = True
                break  # the mark may be among what was lost
        return found - {MARK}

    def wait(self) -> Changes:
        """Wait until something is told."""
        end = time.monotonic() + DEADLINE
        while not (changes := self._ready(end)):
            pass
        return changes

    def is_ready(self) -> bool:
        """Say whether there may be something to take."""
        return bool(select.select([self.observer], [], [], 0)[0])

    def _ready(self, end: float) -> Changes:
        ready, _, _ = select.select([self.observer], [], [], max(end - time.monotonic(), 0))
        assert ready, "nothing was told"
        return self.observer.take()
