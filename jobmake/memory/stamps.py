"""Signatures of files, and when they can be trusted.

A signature is what one stat says of a file: inode, size, mtime, ctime, and mode (type and
rights). Two are compared for equality, never for older or newer.

The racy rule (git's): a digest taken while the file was younger than the margin proves
nothing about a later edit in the same tick of the clock. Such a digest is kept, but the
next look digests once more. "Now" is the time stamp of a file just written in the
project's own file system, never the host's clock.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # the fast path needs it, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MARGIN = 2.0  # seconds that a file must have been left alone before its stat is trusted
FOREIGN_MARGIN = 3600.0  # on another file system, whose clock is not known

# inode, size, mtime_ns, ctime_ns, mode
Signature = tuple[int, int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """Return the signature of a file."""
    return (
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_mode,
    )


class Clock:
    """The file system's own time, read by writing to a file of our own.

    Reads at most every half second: a reading that is too old only makes files look
    younger than they are, which is safe. Where nothing can be written there is no time,
    and every file stays racy.
    """

    def __init__(self, path: str | None, monotonic: Callable[[], float]) -> None:
        self._path, self._monotonic = path, monotonic
        self._read_at = float("-inf")
        self._now_ns: int | None = None
        self.device = -1

    def now_ns(self, *, fresh: bool = False) -> int | None:
        """Return the file system's time in nanoseconds, or None where it cannot be known."""
        if self._path is not None and (fresh or self._monotonic() - self._read_at > 0.5):
            self._read_at = self._monotonic()
            self._now_ns = self._stamp(self._path)
        return self._now_ns

    def _stamp(self, path: str) -> int | None:
        try:
            descriptor = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError:
            return None
        try:
            os.write(descriptor, b".")
            status = os.fstat(descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        self.device = status.st_dev
        return status.st_mtime_ns


def is_settled(status: os.stat_result, clock: Clock, margin: float) -> bool:
    """Say whether the file's stat, taken just now, can vouch for its content from here on.

    ``margin`` is in seconds; none at all trusts every stat, infinity trusts none.
    """
    if margin <= 0:
        return True
    if margin == float("inf"):
        return False
    now = clock.now_ns()
    if now is None:
        return False
    if status.st_dev != clock.device:
        margin = max(margin, FOREIGN_MARGIN)
    return max(status.st_mtime_ns, status.st_ctime_ns) <= now - int(margin * 1e9)


def are_settled(found: Sequence[os.stat_result], clock: Clock, margin: float) -> list[bool]:
    """Say of each file what `is_settled` says; quicker where they are many and old."""
    now = clock.now_ns() if 0 < margin < float("inf") else None
    if now is None:
        return [is_settled(status, clock, margin) for status in found]
    latest, device = now - int(margin * 1e9), clock.device
    return [
        (status.st_dev == device and status.st_mtime_ns <= latest and status.st_ctime_ns <= latest)
        or is_settled(status, clock, margin)
        for status in found
    ]
