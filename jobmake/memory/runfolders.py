"""The folders of runs, `.jobmake/runs/ID/`, and which of them nobody needs any more.

Knows the history and the folders' names. Does not know the cache.

Invariants: the folder of a run that may be going on is left alone, and so is everything
where there is no history to tell what is what. While a build goes on, only rows of the
history prove that a run has ended: rows are written in batches, and not in the order of ids.
"""

from __future__ import annotations

import fcntl
import os
import select
from collections import Counter

from jobmake.tools.folders import remove_tree
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.memory.layout import Layout

_LONGEST = 1000  # letters of what a run says of itself
_LONGEST_WAIT, _ROUND = 5.0, 0.01  # seconds
NEWEST = 20  # runs of each target whose folders stay


class Surplus(Value):
    """Folders that nobody needs, and what they take on the disk."""

    folders: tuple[str, ...]
    bytes: int


NOTHING = Surplus((), 0)


def doing(layout: Layout, run_id: str) -> str:
    """Return what a run that goes on says that it does; empty where it says nothing."""
    return doing_in(os.path.join(layout.root, layout.run_folder(run_id)))


def doing_in(folder: str) -> str:
    """Return what the run in a folder says that it does."""
    try:
        with open(os.path.join(folder, "progress"), encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST).partition("\n")[0]
    except OSError:
        return ""


def wait_for_ends(layout: Layout, on_wait: Callable[[], None]) -> None:
    """Wait until the runs of a build that was killed have ended, lest they write what the next
    one makes. Their reaper ends them, but it may be slower than who comes next; who is told by
    ``on_wait`` that there are some. What is still there after a while has nobody to end it. The
    services that another process keeps going are none of them.

    A run has its log, and so the lock on it that its executor took, for as long as it lives.
    """
    rounds = iter(range(int(_LONGEST_WAIT / _ROUND)))
    from jobmake.memory.serving import runs_that_last

    lasting = runs_that_last(layout.services)
    for number, folder in _folders(layout.own("runs")):
        while str(number) not in lasting and _is_held(os.path.join(folder, "log")):
            at = next(rounds, None)
            if at is None:
                return
            if at == 0:
                on_wait()
            select.select([], [], [], _ROUND)


def _is_held(path: str) -> bool:
    try:
        log = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass  # a file system without locks tells nothing
    finally:
        os.close(log)
    return False


def surplus(layout: Layout, *, going_on: bool = False) -> Surplus:
    """Return the folders of runs of which history knows nothing (unless runs are ``going_on``),
    and of each target all but the newest. Writes nothing."""
    from jobmake.memory.pastruns import ended_runs  # a build needs only the names here

    runs = ended_runs(layout.own("runs.db"))
    if not runs:
        return NOTHING
    last = runs[0][0]  # above it are runs that go on, or whose rows are not written yet
    seen: Counter[tuple[str, str]] = Counter()
    known, kept = set(), set()
    for number, jobfile, target in runs:
        known.add(number)
        seen[jobfile, target] += 1
        if seen[jobfile, target] <= NEWEST:
            kept.add(number)
    chosen, total = [], 0
    for number, path in _folders(layout.own("runs")):
        if number > last or number in kept or (going_on and number not in known):
            continue
        chosen.append(path)
        total += size_of(path)
    return Surplus(tuple(chosen), total)


def remove(found: Surplus) -> None:
    """Remove folders, as far as that can be."""
    for path in found.folders:
        remove_tree(path)


def _folders(folder: str) -> list[tuple[int, str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                (int(entry.name), entry.path)
                for entry in entries
                if entry.name.isdecimal() and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []


def size_of(folder: str) -> int:
    """What a folder takes on the disk: blocks, as `du` counts."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in (*names, "."):
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
            except OSError:
                pass
    return total
