"""Runs on this machine: the engine's half of the reaper.

    submit ──▶ running ──▶ (the reaper reports) ──▶ Outcome

Knows the reaper's socket and its life. Does not know targets, nor how processes are started
and ended (`tools/family.py`). There is no thread: what runs is waited for by `fileno`.

Invariant: every run that was submitted gives one Outcome, also if the reaper is killed;
only `close` lets go of runs without one.
"""

from __future__ import annotations

import _socket  # `socket` is this, and 7 ms of names for its constants
import fcntl
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from jobmake.model.errors import TargetError, state_error
from jobmake.model.run import Outcome
from jobmake.tools import linux, packets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from jobmake.model.run import Work

REAPER = os.path.join(os.path.dirname(os.path.abspath(linux.__file__)), "reaper.py")
LAST_WAIT = 10.0  # seconds; only a process that the kernel cannot end makes us wait so long

_ROUNDS = 3  # of looking for orphans; one that was just being born is found in the next
_THEIRS = 3  # the reaper's number of its end of the socket


class LocalExecutor:
    """Starts runs through one reaper, which begins with the first of them."""

    name = "local"

    def __init__(self) -> None:
        self._socket: _socket.socket | None = None
        self._reaper = 0
        self._logs: dict[str, str] = {}  # of each running run
        self._mains: dict[str, int] = {}  # its main process, as soon as that is known
        self._failed = ""  # why the reaper ended, if it said so

    def submit(self, work: Work) -> str:
        """Start a run; its handle is its id. Raises StateError, TargetError."""
        try:
            request = packets.start_request(work.run_id, work.cwd, work.steps, work.env)
        except ValueError as error:
            raise TargetError(f"it cannot be started: {error}") from None
        log = _open_log(work.log)
        try:
            if self._socket is None:
                self._start_reaper()
            self._send_start(work.run_id, request, log)
            self._logs[work.run_id] = work.log
        finally:
            os.close(log)
        return work.run_id

    def fileno(self) -> int | None:
        """Return a descriptor that is readable when `poll` has something, None before a run."""
        return None if self._socket is None else self._socket.fileno()

    def poll(self) -> list[Outcome]:
        """Return the runs that ended since the last call; never waits."""
        outcomes: list[Outcome] = []
        while self._socket is not None:
            try:
                packet = self._socket.recv(packets.LONGEST, _socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except ConnectionResetError:
                continue  # said once; what the reaper had sent before can still be read
            if not packet:
                return outcomes + self._bury_reaper()
            outcome = self._read(packets.fields_of(packet))
            if outcome is not None:
                outcomes.append(outcome)
        return outcomes

    def cancel(self, handle: str, signum: int) -> None:
        """Send a signal to all that a run started, wherever it went."""
        if self._socket is not None and handle in self._logs:
            self._send(packets.signal_request(handle, signum))

    def close(self) -> None:
        """Kill what still runs and end the reaper. May be called twice."""
        if self._socket is None:
            return
        try:
            self._socket.shutdown(_socket.SHUT_WR)
        except OSError:
            pass  # it is gone already
        self._let_go(0 if _read_to_end(self._socket) else os.WNOHANG)

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- the reaper's life ------------------------------------------------------------

    def _start_reaper(self) -> None:
        linux.require_linux()
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        try:
            self._reaper = _spawn_reaper(theirs)
        except OSError as error:
            ours.close()
            raise state_error(error, "start the process that starts commands") from None
        finally:
            theirs.close()
        self._socket = ours

    def _bury_reaper(self) -> list[Outcome]:
        """Return the outcomes of the runs of a reaper that is gone; end what can be found."""
        for _ in range(_ROUNDS):
            orphans = {pid for main in self._mains.values() for pid in linux.session_members(main)}
            # the reaper may have gone before it could tell us whom it had started
            orphans.update(linux.writers(self._logs.values()))
            linux.kill_and_wait(linux.with_descendants(orphans), seconds=1.0)
        error = "the reaper process ended unexpectedly"
        if self._failed:
            error += f": {self._failed}"
        outcomes = [
            Outcome(run_id, 0, None, None, error, 0.0, 0.0, 0.0, 0) for run_id in self._logs
        ]
        self._let_go(0)
        return outcomes

    def _let_go(self, options: int) -> None:
        if self._socket is not None:
            self._socket.close()
        try:
            os.waitpid(self._reaper, options)
        except ChildProcessError:
            pass  # whoever ignores SIGCHLD has nobody to wait for
        self._socket, self._reaper, self._failed = None, 0, ""
        self._logs.clear()
        self._mains.clear()

    # -- packets ----------------------------------------------------------------------

    def _send_start(self, run_id: str, request: bytes, log: int) -> None:
        if len(request) <= packets.LONGEST:
            self._send(request, log)
            return
        try:
            large = linux.memory_file(request)
        except OSError as error:
            raise state_error(error, "hand over a command") from None
        try:
            self._send(packets.large_request(run_id), log, large)
        finally:
            os.close(large)

    def _send(self, packet: bytes, *descriptors: int) -> None:
        """Send a packet. May wait, but not for long: the reaper always reads."""
        assert self._socket is not None
        ancillary = packets.to_ancillary(descriptors)
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, ancillary)] if ancillary else []
        try:
            self._socket.sendmsg([packet], rights)
        except ConnectionError:
            pass  # the reaper is gone; `poll` will find that out for all runs
        except OSError as error:
            raise state_error(error, "hand over a command") from None

    def _read(self, fields: Sequence[bytes]) -> Outcome | None:
        kind, run_id = fields[0], os.fsdecode(fields[1])
        if kind == b"started":
            self._mains[run_id] = int(fields[2])
            return None
        if kind == b"ended":
            self._logs.pop(run_id, None)
            self._mains.pop(run_id, None)
            return _outcome(run_id, fields[2:])
        trouble = fields[2].decode("utf-8", "replace")
        if kind == b"failed":
            self._failed = trouble
            return None
        raise RuntimeError(f"the reaper refused a request: {trouble}")


def _spawn_reaper(socket: _socket.socket) -> int:
    """Start a reaper at one end of a socket; return its process id. Raises OSError."""
    if not sys.executable:
        raise OSError("Python does not know its own program")
    # a number above all that are given out below, also if jobmake was started without 0 to 2
    ours = fcntl.fcntl(socket.fileno(), fcntl.F_DUPFD_CLOEXEC, _THEIRS + 1)
    null = [(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_RDWR, 0) for one in (0, 1, 2)]
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", REAPER, str(_THEIRS)],
            os.environ,
            file_actions=[*null, (os.POSIX_SPAWN_DUP2, ours, _THEIRS)],
            setsid=True,
            setsigmask=(),
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
        )
    finally:
        os.close(ours)


def _open_log(path: str) -> int:
    """Open a log to append to, never through a symbolic link; its folder is made."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return os.open(path, flags, 0o600)
    except OSError as error:
        raise state_error(error, "open the log") from None


def _read_to_end(socket: _socket.socket) -> bool:
    """Read until the other end is closed; return False if that takes too long."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    while poll.poll(LAST_WAIT * 1000):
        try:
            if not socket.recv(packets.LONGEST, _socket.MSG_DONTWAIT):
                return True
        except (BlockingIOError, ConnectionResetError):
            continue
    return False


def _outcome(run_id: str, facts: Sequence[bytes]) -> Outcome:
    """Return the Outcome that a report tells."""
    step, status, user, system, peak, wall, error, *names = facts
    code = None if error else os.waitstatus_to_exitcode(int(status))
    return Outcome(
        run_id=run_id,
        step=int(step),
        exit_code=code if code is not None and code >= 0 else None,
        signal=-code if code is not None and code < 0 else None,
        error=error.decode("utf-8", "replace") or None,
        wall=float(wall),
        user=float(user),
        system=float(system),
        peak_memory=int(peak),
        leftovers=tuple(name.decode("utf-8", "replace") for name in names),
    )
