"""Whether something may have changed since a moment: by its times, and those above it.

Knows paths, links and times. Invariant: where in doubt it may have.
"""

from __future__ import annotations

import os

MARGIN = 0.02  # seconds by which the clock of a file system may be behind


def is_young(root: str, path: str, moment: float) -> bool:
    """Say whether what a path names may have come, gone, changed or moved since ``moment``
    (seconds since 1970). ``root`` itself is taken as unmoved."""
    since = int((moment - MARGIN) * 1e9)
    full = os.path.join(root, path)
    try:
        return _is_young(root, full, since)
    except OSError:
        return True  # it goes this moment


def _is_young(root: str, full: str, since: int) -> bool:
    while not os.path.exists(full):  # of what has gone, the folder tells that was above it
        if os.path.islink(full) or full == "/":
            return True
        full = os.path.dirname(full)
    if os.stat(full).st_ctime_ns >= since:
        return True
    while len(full) > max(len(root), 1):
        if os.lstat(full).st_ctime_ns >= since:
            return True
        full = os.path.dirname(full)
    return False
