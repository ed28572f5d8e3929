"""Runs that begin as a fork of their reaper, and a reaper that begins as a fork itself.

    a warm reaper (a Python that has imported what its runs need)
        ├── fork ──▶ a run: a call in place of `python -P -m jobmake.worker ...`
        └── spawn ─▶ a run: any other command

Knows how a fork comes to have nothing of the process that it was. Does not know what the
function does, nor targets.

Invariant: to everybody else a forked run is like one that was started: its session, signals,
descriptors, environment and streams, and how it ends. Nothing of the forked process is
closed, flushed or run a second time.
"""

from __future__ import annotations

import fcntl
import gc
import os
import sys
import warnings
from typing import TYPE_CHECKING, NoReturn

from jobmake.tools import interpreter, linux, packets, reaper
from jobmake.tools.family import posix_spawned

if TYPE_CHECKING:
    import _socket
    import signal as _signal
    from collections.abc import Callable, Sequence

    from jobmake.tools.family import Run

    Function = Callable[[list[str], bytes], object]
else:
    import _signal

WORKER = (b"-P", b"-m", b"jobmake.worker")  # behind the Python: what is forked
_MAIN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "worker", "__main__.py")

_EVERY_SIGNAL = _signal.valid_signals()
_AFTER_STREAMS = 3


class Forked:
    """Starts what ``python -P -m jobmake.worker`` would start by fork and a call of
    ``function``, other commands by spawn. It is given the arguments, and the text that the run
    was sent with.

    In a process that was itself forked, ``held`` are the descriptors that it had: they are
    kept from being given out again, since Python objects still hold their numbers.
    """

    def __init__(self, function: Function, python: str, held: frozenset[int] | None = None) -> None:
        self._function = function
        self._argv = (os.fsencode(python), *WORKER)
        self._held = held or frozenset()
        self._is_copy = held is not None
        self._shared = linux.memory_of_its_own() if self._is_copy else 0
        self._handled: list[int] | None = None

    def __call__(self, argv: Sequence[bytes], run: Run) -> int:
        """Start a command of a run; return its process id. Raises OSError, ValueError."""
        run.shared = 0
        if tuple(argv[: len(self._argv)]) != self._argv or run.streams == packets.TERMINAL:
            return posix_spawned(argv, run)
        if any(not name or b"=" in name for name in run.environment):
            raise ValueError("illegal environment variable name")
        run.shared = self._shared
        if self._handled is None and not self._is_copy:  # a copy has hooks that may change them
            self._handled = interpreter.handled_signals()
        # a signal that comes early is to meet the run, not a handler of ours
        pid = _fork_deaf()
        return pid or self._be(argv, run)

    def _be(self, argv: Sequence[bytes], run: Run) -> NoReturn:
        """Be the run, from here to its end."""
        try:
            self._begin(run)
            arguments = [os.fsdecode(word) for word in argv]
            words = arguments[len(self._argv) :]
            if not self._is_copy:  # there a class may look at the arguments of its script
                sys.orig_argv, sys.argv = arguments, [_MAIN, *words]
            status = interpreter.status_of(self._function, words, run.text)
            interpreter.end(status, self._leave)
        finally:
            os._exit(1)

    def _leave(self, status: int) -> None:
        if self._is_copy:
            # the ends of its libraries are for the process that it is a copy of
            linux.flush_c_files()
            os._exit(status)
        linux.exit_with_libraries(status)

    def _begin(self, run: Run) -> None:
        os.setsid()
        os.dup2(run.log if run.value < 0 else run.value, 1)
        os.dup2(run.log, 2)  # stdin is at its end as it is
        if self._held:
            linux.close_descriptors_but({0, 1, 2} | self._held)
        else:
            linux.close_all_from(_AFTER_STREAMS)
        linux.mark_process(os.fsdecode(b"%d:%b" % (os.getppid(), run.id)))
        interpreter.set_environment(run.environment)
        handled = self._handled
        interpreter.reset_signals(interpreter.handled_signals() if handled is None else handled)
        if self._is_copy:
            interpreter.reseed()
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())


def fork_reaper(socket: _socket.socket, function: Function) -> int:
    """Fork a reaper that sits at one end of a socket; return its process id. Raises OSError.

    Its runs call ``function``, with all that this process has in memory now.
    """
    with warnings.catch_warnings():
        # other threads do not come along; what they hold, only they can let go of
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = _fork_deaf()
    return pid or _be_reaper(socket, function)


def _be_reaper(socket: _socket.socket, function: Function) -> NoReturn:
    try:
        os.setsid()
        descriptor = fcntl.fcntl(socket.fileno(), fcntl.F_DUPFD_CLOEXEC, _AFTER_STREAMS)
        held = _let_go(descriptor)
        linux.flush_c_files()
        interpreter.fresh_streams()
        interpreter.forget_past()
        interpreter.reset_signals()
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        gc.freeze()
        reaper.obey(descriptor, Forked(function, sys.executable, held))
    finally:
        os._exit(0)


def _fork_deaf() -> int:
    """Fork with all signals blocked; they stay so in the child."""
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _EVERY_SIGNAL)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
    return pid


def _let_go(kept: int) -> frozenset[int]:
    """Let every descriptor but one lead to nothing; return them.

    A closed number would be given out again, and an object that still holds it would write
    into a file of the run.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    held = {int(name) for name in os.listdir("/proc/self/fd")} - {kept, null}
    for number in held | {0, 1, 2}:
        os.dup2(null, number, inheritable=number < _AFTER_STREAMS)
    return frozenset(held | {null}) - {0, 1, 2}
