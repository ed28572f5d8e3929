"""A reaper and the socket to it: how this process has runs started and learns of their ends.

    start ──▶ running ──▶ (the reaper reports) ──▶ Outcome

Knows the reaper's life and its packets. Does not know targets, nor where logs lie: it is
given open files. There is no thread: what runs is waited for by `fileno`.

Invariant: every run that was started gives one Outcome, also if the reaper is killed; only
`close` lets go of runs without one.
"""

from __future__ import annotations

import _socket  # `socket` is this, and 7 ms of names for its constants
import fcntl
import os
import select
import sys

from jobmake.model.errors import TargetError, state_error
from jobmake.model.run import Outcome
from jobmake.tools import linux, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from jobmake.model.run import Work
else:
    import _signal  # `signal` is this, and names for its constants

REAPER = os.path.join(os.path.dirname(os.path.abspath(linux.__file__)), "start_reaper.py")
LAST_WAIT = 10.0  # seconds; only a process that the kernel cannot end makes us wait so long

MARK = b"JOBMAKE_RUN_ID"

_ROUNDS = 3  # of looking for orphans; one that was just being born is found in the next
_NONE: Mapping[str, str] = {}
_THEIRS = 3  # the reaper's number of its end of the socket


class Link:
    """Starts runs through one reaper, which begins with the first of them.

    Runs on a ``terminal`` have the streams of this process, and are in its process group.
    ``program`` starts the reaper, in the environment ``environ``; with ``fork`` it is a copy
    of this process instead, in which Python runs are a call of that function.
    """

    def __init__(
        self,
        *,
        terminal: bool = False,
        program: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        fork: Callable[[list[str], bytes], object] | None = None,
    ) -> None:
        self._terminal = terminal
        self._program, self._environ, self._fork = program, environ, fork
        self.is_lost = False  # whether its reaper ended by itself
        self._socket: _socket.socket | None = None
        self._reaper = 0
        self._works: dict[str, Work] = {}  # that run
        self._mains: dict[str, int] = {}  # the main process of each, as soon as that is known
        self._unknown: dict[str, dict[str, str]] = {}  # the variables of the others
        self._failed = ""  # why the reaper ended, if it said so

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._works

    def start(
        self,
        work: Work,
        log: int,
        value: int | None = None,
        *,
        more: Mapping[str, str] = _NONE,
        text: str = "",
    ) -> None:
        """Start a run, with ``more`` variables, that writes to open files; one that is forked is
        handed a text. Raises StateError, TargetError."""
        streams = packets.LOG if value is None else packets.VALUE
        if self._terminal:
            streams = packets.TERMINAL
        variables = {**work.env, **more}
        try:
            request = packets.start_request(
                work.run_id,
                work.cwd,
                work.steps,
                variables,
                packets.Ways(streams, work.ok_codes, work.direct, text),
            )
        except ValueError as error:
            raise TargetError(f"it cannot be started: {error}") from None
        self.open()
        self._send_start(work.run_id, request, [log] if value is None else [log, value])
        self._works[work.run_id] = work
        self._unknown[work.run_id] = variables

    def open(self) -> None:
        """Start the reaper if there is none. Raises StateError."""
        if self._socket is None:
            self._start_reaper()

    @property
    def is_warm(self) -> bool:
        """Whether Python runs are forks of its reaper."""
        return bool(self._program or self._fork)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._works

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

    def signal(self, run_id: str, signum: int) -> None:
        """Send a signal to all that a run started, wherever it went."""
        if self._socket is not None and run_id in self._works:
            self._send(packets.signal_request(run_id, signum))

    def close(self) -> None:
        """Kill what still runs and end the reaper. May be called twice."""
        if self._socket is None:
            return
        try:
            self._socket.shutdown(_socket.SHUT_WR)
        except OSError:
            pass  # it is gone already
        self._let_go(0 if _read_to_end(self._socket) else os.WNOHANG)

    # -- the reaper's life ------------------------------------------------------------

    def _start_reaper(self) -> None:
        linux.require_linux()
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        try:
            self._reaper = self._start_at(theirs)
        except OSError as error:
            ours.close()
            raise state_error(error, "start the process that starts commands") from None
        finally:
            theirs.close()
        self._socket = ours

    def _start_at(self, socket: _socket.socket) -> int:
        """Start a reaper at one end of a socket; return its process id. Raises OSError."""
        if self._fork is not None:
            from jobmake.tools.forked import fork_reaper

            return fork_reaper(socket, self._fork)
        program = self._program or (sys.executable, "-I", "-S", REAPER)
        environ = os.environ if self._environ is None else self._environ
        return _spawn_reaper(socket, program, environ, self._terminal)

    def _bury_reaper(self) -> list[Outcome]:
        """Return the outcomes of the runs of a reaper that is gone; end what can be found."""
        from jobmake.tools import orphans

        self.is_lost = True
        for _ in range(_ROUNDS):
            found = {pid for main in self._mains.values() for pid in linux.session_members(main)}
            # the reaper may have gone before it could tell us whom it had started
            found.update(orphans.writers(work.log for work in self._works.values() if work.log))
            found.update(orphans.adopted([_encoded(one) for one in self._unknown.values()]))
            found.update(self._foreground())
            linux.kill_and_wait(linux.with_descendants(found), seconds=1.0)
        error = "the reaper process ended unexpectedly"
        if self._failed:
            error += f": {self._failed}"
        outcomes = [
            Outcome(run_id, 0, None, None, error, 0.0, 0.0, 0.0, 0) for run_id in self._works
        ]
        self._let_go(0)
        return outcomes

    def _foreground(self) -> set[int]:
        """Return the main processes that are in our session, where only their mark tells them."""
        return {
            main
            for run_id, main in self._mains.items()
            if linux.environment_value(main, MARK) == run_id.encode()
        }

    def _let_go(self, options: int) -> None:
        if self._socket is not None:
            self._socket.close()
        try:
            os.waitpid(self._reaper, options)
        except ChildProcessError:
            pass  # whoever ignores SIGCHLD has nobody to wait for
        self._socket, self._reaper, self._failed = None, 0, ""
        self._works.clear()
        self._mains.clear()
        self._unknown.clear()

    # -- packets ----------------------------------------------------------------------

    def _send_start(self, run_id: str, request: bytes, files: list[int]) -> None:
        if len(request) <= packets.LONGEST:
            self._send(request, *files)
            return
        try:
            large = linux.memory_file(request)
        except OSError as error:
            raise state_error(error, "hand over a command") from None
        try:
            self._send(packets.large_request(run_id), *files, large)
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
            self._unknown.pop(run_id, None)
            return None
        if kind == b"ended":
            self._mains.pop(run_id, None)
            self._unknown.pop(run_id, None)
            return _outcome(self._works.pop(run_id), fields[2:])
        trouble = fields[2].decode("utf-8", "replace")
        if kind == b"failed":
            self._failed = trouble
            return None
        raise RuntimeError(f"the reaper refused a request: {trouble}")


def _spawn_reaper(
    socket: _socket.socket, program: Sequence[str], environ: Mapping[str, str], terminal: bool
) -> int:
    """Start a reaper at one end of a socket; return its process id. Raises OSError.

    One that is to hand on our terminal stays in our session.
    """
    if not program[0]:
        raise OSError("Python does not know its own program")
    # a number above all that are given out below, also if jobmake was started without 0 to 2
    ours = fcntl.fcntl(socket.fileno(), fcntl.F_DUPFD_CLOEXEC, _THEIRS + 1)
    apart: dict[str, Any] = {"setpgroup": 0} if terminal else {"setsid": True}
    closed = [one for one in (0, 1, 2) if not (terminal and _is_stream(one))]
    null = [(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_RDWR, 0) for one in closed]
    try:
        return os.posix_spawn(
            program[0],
            [*program, str(_THEIRS)],
            environ,
            file_actions=[*null, (os.POSIX_SPAWN_DUP2, ours, _THEIRS)],
            setsigmask=(),
            setsigdef=_signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP},
            **apart,
        )
    finally:
        os.close(ours)


def _encoded(variables: Mapping[str, str]) -> dict[bytes, bytes]:
    return {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}


def _is_stream(descriptor: int) -> bool:
    """Say whether a standard stream was given to us: a file of our own is not inherited."""
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False


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


def _outcome(work: Work, facts: Sequence[bytes]) -> Outcome:
    """Return the Outcome that a report tells."""
    step, status, user, system, peak, wall, error, *names = facts
    code = None if error else os.waitstatus_to_exitcode(int(status))
    return Outcome(
        run_id=work.run_id,
        step=int(step),
        exit_code=code if code is not None and code >= 0 else None,
        signal=-code if code is not None and code < 0 else None,
        error=error.decode("utf-8", "replace") or None,
        wall=float(wall),
        user=float(user),
        system=float(system),
        peak_memory=int(peak),
        leftovers=tuple(name.decode("utf-8", "replace") for name in names),
        ok_codes=work.ok_codes,
    )
