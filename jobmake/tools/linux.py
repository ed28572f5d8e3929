"""What only Linux has: prctl, /proc, pidfds, memory files, the peer of a socket.

Knows the kernel's calls and the texts of /proc. Does not know runs, targets or why anybody
asks. Whoever brings jobmake to another system begins here.

Invariant: a process may be gone at any instant. Looking at one that is gone gives None or
nothing, never an exception.
"""

from __future__ import annotations

import _socket  # `socket` is this, and 7 ms of names for its constants
import os
import sys
import time

from jobmake.tools.atomic import write_all

TYPE_CHECKING = False  # `typing` takes longer to import than all that the reaper needs
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from ctypes import CDLL
    from typing import Any

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_SIGKILL = 9
_MAP_PRIVATE = 2
_CLOCK_MONOTONIC = 1
_LAST = (1 << 31) - 1
_MARK = "jobmake-run="
_OWN_CHILDREN = "/proc/thread-self/children"
_libraries: list[CDLL] = []


def require_linux() -> None:
    """Raise OSError, with one sentence for the user, where jobmake cannot work."""
    if sys.platform != "linux":
        raise OSError(f"jobmake runs commands on Linux only, and this is {sys.platform}")
    if not os.path.exists("/proc/self/stat"):
        raise OSError("jobmake needs /proc to run commands, and it is not mounted")


# -- locks ----------------------------------------------------------------------------


def flock_holders(path: str) -> list[int]:
    """Return the processes that hold an exclusive flock on a file; asking disturbs nobody.

    0 stands for one that cannot be seen from here. On some file systems (overlayfs, btrfs)
    the kernel names another device than stat does, so that only the inode is compared.
    """
    try:
        inode = str(os.stat(path, follow_symlinks=False).st_ino)
        with open("/proc/locks", encoding="ascii", errors="replace") as file:
            # of those that wait for a lock, the second word is an arrow
            words = [line.split() for line in file]
    except OSError:
        return []
    return [
        int(one[4])
        for one in words
        if one[1:4:2] == ["FLOCK", "WRITE"] and one[5].rpartition(":")[2] == inode
    ]


# -- this process ---------------------------------------------------------------------


def set_child_subreaper() -> None:
    """Let every descendant whose parent ends become a child of this process."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_parent_death_signal(signum: int) -> None:
    """Ask for a signal when the *thread* that started this process ends.

    The caller must look afterwards whether its parent is still the one it had.
    """
    _prctl(_PR_SET_PDEATHSIG, signum)


def mark_process(mark: str) -> None:
    """Mark this process and all that it forks; for others to see, until they run a program.

    The mark is the name of a file that has no place, mapped and never looked into.
    """
    try:
        file = os.memfd_create(_MARK + mark, os.MFD_CLOEXEC)
    except OSError:
        return  # then what it forks is known by its session, mostly
    _c_library().mmap(None, 4096, 0, _MAP_PRIVATE, file, 0)
    os.close(file)


def flush_c_files() -> None:
    """Write what C code has printed and still holds."""
    _c_library().fflush(None)


def exit_with_libraries(status: int) -> None:
    """End this process; C code does first what it has for the end."""
    _c_library(locked=True).exit(status)


def _prctl(option: int, value: int) -> None:
    """Tell the kernel about this process. Each reaper does so at its start, and to load `ctypes`
    takes a quarter as long as Python itself: what it is made of does for the call."""
    import _ctypes

    this_program: Any = None
    function = _ctypes.dlsym(_ctypes.dlopen(this_program, os.RTLD_NOW), "prctl")
    if _ctypes.call_cdeclfunction(function, (option, value, 0, 0, 0)) < 0:
        _require(_c_library().prctl(option, value, 0, 0, 0), "prctl")  # which says why


def _require(result: int, name: str) -> None:
    """Raise OSError if a call of the C library says that it failed."""
    if result < 0:
        from ctypes import get_errno

        code = get_errno()
        raise OSError(code, os.strerror(code), name)


def _c_library(locked: bool = False) -> CDLL:
    """Return the C library; its functions are made with the first call, which takes a while.

    While one of a ``locked`` one is called, no other thread of this Python goes on.
    """
    if not _libraries:
        from ctypes import CDLL, PyDLL, c_int, c_long, c_size_t, c_uint, c_ulong, c_void_p

        library = CDLL(None, use_errno=True)
        library.prctl.argtypes = (c_int, c_ulong, c_ulong, c_ulong, c_ulong)
        library.mmap.argtypes = (c_void_p, c_size_t, c_int, c_int, c_int, c_long)
        library.fflush.argtypes = (c_void_p,)
        library.timerfd_settime.argtypes = (c_int, c_int, c_void_p, c_void_p)
        if hasattr(library, "close_range"):  # it is made by being asked for
            library.close_range.argtypes = (c_uint, c_uint, c_uint)
        also_locked = PyDLL(None)
        also_locked.exit.argtypes = (c_int,)
        _libraries.extend((library, also_locked))
    return _libraries[locked]


class Timer:
    """A descriptor that becomes readable after a time, once."""

    def __init__(self) -> None:
        self._descriptor: int = _c_library().timerfd_create(_CLOCK_MONOTONIC, os.O_CLOEXEC)
        _require(self._descriptor, "timerfd_create")
        os.set_blocking(self._descriptor, False)

    def set(self, seconds: float) -> None:
        """Let the time begin anew; it is more than none."""
        from ctypes import c_long

        whole, part = divmod(max(int(seconds * 1e9), 1), 10**9)
        times = (c_long * 4)(0, 0, whole, part)  # first between the times, then until the first
        _require(_c_library().timerfd_settime(self._descriptor, 0, times, None), "timerfd_settime")

    def is_over(self) -> bool:
        """Say whether the time is over, and was not asked for since."""
        try:
            return bool(os.read(self._descriptor, 8))
        except BlockingIOError:
            return False

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        if self._descriptor != -1:
            os.close(self._descriptor)
            self._descriptor = -1


def close_all_from(first: int) -> None:
    """Close every descriptor of this process from a number on."""
    library = _c_library()
    try:
        done = library.close_range(first, _LAST, 0) == 0
    except AttributeError:
        done = False  # a C library without it, or an older kernel
    if not done:
        close_descriptors_but(set(range(first)))


def close_descriptors_but(kept: set[int]) -> None:
    """Close every descriptor of this process that is not in ``kept``."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                pass  # the one by which they were listed


def memory_file(data: bytes) -> int:
    """Return a descriptor of a file that holds ``data`` and has no name."""
    descriptor = os.memfd_create("jobmake", os.MFD_CLOEXEC)
    try:
        write_all(descriptor, data)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def peer_process(socket: _socket.socket) -> int:
    """Return the id of the process that made the pair to which a socket belongs."""
    credentials = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], sys.byteorder)


class Children:
    """The children of this process, which has one thread; kept open to be read quickly.

    The list is exact: the kernel may skip a process while others leave the list, and ours
    leave it only when we wait for them.
    """

    def __init__(self) -> None:
        try:
            self._file = os.open(_OWN_CHILDREN, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            self._file = -1

    def read(self) -> list[int]:
        """Return the ids of all children, also of those that ended and wait to be reaped."""
        if self._file < 0:
            return children_of(os.getpid())
        text = b""
        while part := os.pread(self._file, 65536, len(text)):
            text += part
        return [int(pid) for pid in text.split()]


# -- other processes ------------------------------------------------------------------


class Process:
    """One process as it was when somebody looked. ``state`` is ps's letter (Z: ended)."""

    __slots__ = ("group", "name", "parent", "pid", "session", "state")

    def __init__(self, pid: int, text: bytes) -> None:
        name, _, rest = text.partition(b"(")[2].rpartition(b")")  # a name may hold both
        fields = rest.split(None, 4)
        self.pid = pid
        self.name = name.decode("utf-8", "replace")
        self.state = fields[0].decode()
        self.parent, self.group, self.session = map(int, fields[1:4])


def look(pid: int) -> Process | None:
    """Return what /proc says of a process, None if it is gone."""
    text = _text(f"/proc/{pid}/stat")
    return Process(pid, text) if text else None


def seconds_since_start() -> float:
    """Return how long this process has been there, to a hundredth or so; 0 if nobody knows."""
    fields = _text("/proc/self/stat").rpartition(b")")[2].split()
    if len(fields) < 20:
        return 0.0
    began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - began)


def children_of(pid: int) -> list[int]:
    """Return the ids of the children of all threads of a process."""
    if not os.path.exists(_OWN_CHILDREN):  # a kernel built without CONFIG_PROC_CHILDREN
        return [one.pid for one in all_processes() if one.parent == pid]
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [
        int(child)
        for thread in threads
        for child in _text(f"/proc/{pid}/task/{thread}/children").split()
    ]


def with_descendants(pids: Iterable[int]) -> list[int]:
    """Return processes and all their descendants, parents before children."""
    found = dict.fromkeys(pids)
    todo = list(found)
    for pid in todo:  # grows as it goes
        for child in children_of(pid):
            if child not in found:
                found[child] = None
                todo.append(child)
    return todo


def environment_of(pid: int) -> dict[bytes, bytes]:
    """Return the environment with which a process was started."""
    pairs = (one.partition(b"=") for one in _text(f"/proc/{pid}/environ").split(b"\0"))
    return {name: value for name, equals, value in pairs if equals}


def environment_value(pid: int, name: bytes) -> bytes | None:
    """Return a variable of the environment with which a process was started."""
    for variable in _text(f"/proc/{pid}/environ").split(b"\0"):
        if variable.startswith(name + b"="):
            return variable[len(name) + 1 :]
    return None


def marks_of(pid: int) -> list[bytes]:
    """Return the marks of a process, see `mark_process`."""
    rest = _text(f"/proc/{pid}/maps").split(f"/memfd:{_MARK}".encode())[1:]
    return [line.partition(b" (deleted)\n")[0] for line in rest]


def memory_of_its_own() -> int:
    """Return the bytes of memory that this process has and that are not a file's."""
    _, _, rest = _text("/proc/self/status").partition(b"\nRssAnon:")
    return int(rest.split(None, 1)[0]) * 1024 if rest else 0


def is_between_programs(pid: int) -> bool:
    """Return whether a process has left its program and not yet begun the next.

    For that while /proc shows an empty environment. An ended process looks the same.
    """
    return not _text(f"/proc/{pid}/cmdline")


def session_members(session: int) -> list[int]:
    """Return the processes of a session. Reads all of /proc: for emergencies."""
    return [one.pid for one in all_processes() if one.session == session and one.state != "Z"]


def kill_and_wait(pids: Iterable[int], seconds: float) -> None:
    """Send SIGKILL to processes, not only to children; wait until they have ended."""
    from select import POLLIN, poll
    from time import monotonic

    deadline = monotonic() + seconds
    handles = [handle for pid in pids if (handle := _kill(pid)) is not None]
    for handle in handles:
        ended = poll()
        ended.register(handle, POLLIN)
        ended.poll(max(0, (deadline - monotonic()) * 1000))
        os.close(handle)


def _kill(pid: int) -> int | None:
    """Send SIGKILL; return a pidfd by which the end can be waited for, if there is one."""
    handle = None
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        pass  # gone already, or a kernel before 5.3: then nobody waits
    try:
        os.kill(pid, _SIGKILL)
    except OSError:
        pass
    return handle


def all_processes() -> Iterator[Process]:
    """Yield all processes. For emergencies."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (process := look(int(name))) is not None:
            yield process


def _text(path: str) -> bytes:
    """Return what a file of /proc holds, nothing if its process is gone or not ours."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    parts = []
    try:
        while part := os.read(file, 65536):
            parts.append(part)
    except OSError:
        pass
    finally:
        os.close(file)
    return b"".join(parts)
