"""Moments as the file system tells them, beside the clock of this machine.

Knows no file.
"""

from __future__ import annotations

import time

_APART = 2_000_000_000  # ns by which clocks, and what file systems round, may differ


def is_future(written_ns: int) -> bool:
    """Say whether a time of last change cannot be true: it is still to come."""
    return written_ns > latest()


def latest() -> int:
    """Return the latest time of last change, in ns, that can be true."""
    return time.time_ns() + _APART
