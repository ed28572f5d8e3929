"""One build at a time per project: an flock on `.jobmake/lock`.

The kernel frees the lock with the process that holds it, so it is never stale. The text
in the file says who holds it: it is for messages, and what is still there when nobody does
tells that the last one was cut off. The file is never deleted, lest two builds hold two files
of one name.
"""

from __future__ import annotations

import errno
import fcntl
import os

from jobmake.model.errors import LockedError, StateError, state_error
from jobmake.tools.jsontext import dumps
from jobmake.tools.linux import flock_holders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class ProjectLock:
    """Holds the lock from `take` to `release`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.waited = False  # whether others had it when we wanted it
        self.was_cut_off = False  # whether the one who had it before us was killed

    @classmethod
    def held(cls, path: str, descriptor: int, who: str) -> ProjectLock:
        """Return the lock that is held by an open file already, after nobody who was cut off."""
        lock = cls(path)
        lock._descriptor = descriptor
        lock._say(descriptor, {"pid": os.getpid(), "what": who})
        return lock

    def take(self, who: str, *, wait: bool, on_wait: Callable[[str], None]) -> None:
        """Take the lock; ``on_wait`` is told whom we wait for.

        Raises LockedError with ``wait`` false, StateError where locks do not work.
        """
        while self._descriptor is None:
            descriptor = self._open()
            try:
                if not self._try(descriptor):
                    holder = self._holder(descriptor)
                    if not wait:
                        raise LockedError(f"this project is being built by {holder}")
                    self.waited = True
                    on_wait(holder)
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if self._is_still_the_file(descriptor):
                    self._descriptor, descriptor = descriptor, -1
            except OSError as error:
                raise state_error(error, "lock") from None
            finally:
                if descriptor >= 0:
                    os.close(descriptor)
        self.was_cut_off = os.fstat(self._descriptor).st_size > 0
        self._say(self._descriptor, {"pid": os.getpid(), "what": who})

    def check(self) -> None:
        """Raise StateError if somebody has removed the file: another build may hold the
        project by now, and not know of us."""
        if self._descriptor is not None and not self._is_still_the_file(self._descriptor):
            raise StateError(
                f"`{self._path}` was removed during the build, so another may have begun",
                "build again; what was built until now is kept",
            )

    def _say(self, descriptor: int, who: dict[str, object]) -> None:
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, dumps(who).encode(), 0)
        except OSError:
            pass  # a full disk: whoever waits learns no name

    def release(self) -> None:
        """Let others build."""
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, 0)
            except OSError:
                pass  # then the next one looks for what we might have left
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._path, flags, 0o600)
        except OSError as error:
            raise state_error(error, "open") from None

    def _try(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise StateError(
                f"the project's file system cannot lock files ({error.strerror})",
                "jobmake does not build without a lock: two builds at once would spoil each other",
            ) from None
        return True

    def _is_still_the_file(self, descriptor: int) -> bool:
        """Somebody may have replaced the file while we waited for it."""
        ours = os.fstat(descriptor)
        try:
            named = os.stat(self._path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)

    def _holder(self, descriptor: int) -> str:
        told = _told(descriptor)
        return "another process" if told is None else f"process {told[0]} (`{told[1]}`)"


def builder(path: str) -> int | None:
    """Return the process that holds the lock ``path`` now, or None. Reads only, and never gets
    in the way of one that wants the lock."""
    holders = flock_holders(path)
    if not holders:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        told = _told(descriptor)
    finally:
        os.close(descriptor)
    # another file system may have a locked file of the same inode
    return told[0] if told is not None and (told[0] in holders or 0 in holders) else None


def _told(descriptor: int) -> tuple[int, str] | None:
    """Return who wrote into the lock's file: its process, and what it does."""
    import json

    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        return int(told["pid"]), str(told["what"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
