"""Folders for the temporary files of runs: each run has one for itself, empty when it begins.

Knows that nearly all runs leave theirs as it was, and that removing a folder takes longer
than all else: it is given to the next run instead. Does not know runs.

Invariant: what a run left in its folder, or made of it, is gone before another gets it; and
so is what a build that was killed had left.
"""

from __future__ import annotations

import os
import stat

from jobmake.model.errors import state_error
from jobmake.tools.folders import remove_tree

_MODE = 0o700


class TemporaryFolders:
    """Lends folders below one folder, which nobody else uses meanwhile."""

    def __init__(self) -> None:
        self._parent = ""
        self._count = 0
        self._lent: dict[str, str] = {}
        self._spare: list[str] = []

    def lend(self, run_id: str, parent: str) -> str:
        """Return the folder of a run, below ``parent``. Raises StateError."""
        try:
            if not self._parent:
                if os.path.lexists(parent):
                    remove_tree(parent)
                os.makedirs(parent, _MODE, exist_ok=True)
                self._parent = parent
            path = self._spare.pop() if self._spare else self._make()
        except OSError as error:
            raise state_error(error, "make a folder for temporary files") from None
        self._lent[run_id] = path
        return path

    def take_back(self, run_id: str) -> None:
        """Make a run's folder ready for another. One that cannot be removed stays behind."""
        path = self._lent.pop(run_id, None)
        if path is None:
            return
        if _is_as_lent(path):
            self._spare.append(path)
        else:
            remove_tree(path)

    def close(self) -> None:
        """Remove all of them."""
        for path in self._spare:
            remove_tree(path)  # they are empty, which makes it quick
        if self._parent:
            remove_tree(self._parent)
        self._parent = ""
        self._lent.clear()
        self._spare.clear()

    def _make(self) -> str:
        self._count += 1
        path = os.path.join(self._parent, str(self._count))
        os.mkdir(path, _MODE)
        return path


def _is_as_lent(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
        return stat.S_ISDIR(mode) and stat.S_IMODE(mode) == _MODE and not os.listdir(path)
    except OSError:
        return False
