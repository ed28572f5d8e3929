"""Files that a build is going to read, read ahead: where nothing is known of very many, as in a
clone, they are read together, and a process of its own reads half of them.

Knows paths. Does not know who asks for them, nor when.

Invariant: what is found is what `Files` would find that reads one of them: its stat is the same
before and after, and whether it is settled is asked at once. Of what is not plain nothing is said.
"""

from __future__ import annotations

import marshal
import os
import stat

from jobmake.memory.stamps import signature
from jobmake.tools.aside import both
from jobmake.tools.digest import digest_bytes, mark_of
from jobmake.tools.together import AT_ONCE, SMALL, read_together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobmake.memory.index import Entry

    IsSettled = Callable[[os.stat_result], bool]


def read_ahead(paths: Sequence[str], is_settled: IsSettled) -> list[Entry | None]:
    """Return the entry of each file, None where there is none yet. Paths are to be opened as they
    are."""
    if len(os.sched_getaffinity(0)) < 2:
        return _entries(paths, is_settled)
    half = len(paths) // 2
    found, told = both(
        lambda: _entries(paths[:half], is_settled),
        lambda: marshal.dumps(_entries(paths[half:], is_settled)),
    )
    theirs: list[Entry | None] = (
        [None] * (len(paths) - half) if told is None else marshal.loads(told)
    )
    return found + theirs


def _entries(paths: Sequence[str], is_settled: IsSettled) -> list[Entry | None]:
    found: list[Entry | None] = []
    for begin in range(0, len(paths), AT_ONCE):
        some = paths[begin : begin + AT_ONCE]
        found.extend(_some(some, is_settled) or [None] * len(some))
    return found


def _some(paths: Sequence[str], is_settled: IsSettled) -> list[Entry | None] | None:
    """Return the entries of a few files; None where one of them is not a small file."""
    try:
        before = list(map(os.stat, paths))
    except (OSError, ValueError):
        return None
    if not all(stat.S_ISREG(one.st_mode) and one.st_size <= SMALL for one in before):
        return None
    read = read_together(paths, [one.st_size for one in before])
    if read is None:
        return None
    return [
        (signature(after), digest_bytes(data) + mark_of(after.st_mode), is_settled(after))
        if signature(seen) == signature(after)
        else None
        for seen, data, after in zip(before, *read, strict=True)
    ]
