"""Runs and their processes: starts them, waits for them, ends what they leave behind.

    start ──▶ running ──▶ (next command) ──▶ ending ──▶ reported
                │                              │ what it left behind is ended
                └── could not be started ──────┘

Knows which process belongs to which run. Does not know sockets or who reads its reports.
The process that holds a Family must be a child subreaper, so that whatever loses its parent
comes up here, and must have one thread, since it changes its working directory.

Invariant: a run is reported once, when none of its processes is left. Nothing here waits,
except for `end_all`.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from resource import struct_rusage  # `os.wait4` would import it, when no descriptor may be free

from jobmake.tools import linux, packets

TYPE_CHECKING = False  # `typing` takes longer to import than all that the reaper needs
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Spawn = Callable[[Sequence[bytes], "Run"], int]
else:
    import _signal  # `signal` is this, and 5 ms of names for its constants

# Seconds for what is just about to end: a pipe's reader, as in `command > >(tee log)`,
# which has the last lines still to write, is not to be killed and is not a leftover.
GRACE = 0.2

_SHELL = b"/bin/sh"
_WRITTEN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
MARK = b"JOBMAKE_RUN_ID"
_ENDING = {_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGKILL}
_RESET = _signal.valid_signals() - {_signal.SIGKILL, _signal.SIGSTOP}


class Run:
    """One run: what is to be done, and what is known of its processes.

    ``main`` is the process of the command that runs, 0 if none does; ``asked`` the last
    signal that asked the run to end, 0 if none did. ``log`` and ``value`` are descriptors,
    which are closed when it is over.
    """

    def __init__(self, order: packets.Start, log: int, value: int = -1) -> None:
        self.id, self.log, self.value = order.run_id, log, value
        self.streams, self.ok_codes = order.streams, order.ok_codes
        self.steps, self.cwd, self.environment = order.steps, order.cwd, order.environment
        self.direct, self.text = order.direct, order.text
        self.step = self.main = self.status = self.asked = 0
        self.error = ""
        self.sessions: list[int] = []
        self.leftovers: dict[int, str] = {}
        self.patient = True  # its leftovers may still end by themselves
        self.begun = time.monotonic()
        self.ended = 0.0
        self.user = self.system = 0.0
        self.peak = self.shared = 0  # bytes; ``shared``: what its main process began with

    def count(self, usage: struct_rusage, shared: int = 0) -> None:
        """Add what one of its processes used up; memory that it only ``shared`` is not its own.

        The peak is never below our own, ca. 10 MB: the kernel begins to count before exec.
        """
        self.user += usage.ru_utime
        self.system += usage.ru_stime
        self.peak = max(self.peak, usage.ru_maxrss * 1024 - shared)

    def patience_ends(self) -> float:
        """Return when what the run left behind is to be killed."""
        return self.ended if self.asked == _signal.SIGKILL else self.ended + GRACE


class Family:
    """All runs and all their processes. ``report`` takes a packet and must not wait.

    ``spawn`` starts a command in the working directory and may do so by fork; what it starts
    leads a session, or will in a moment.
    """

    def __init__(self, report: Callable[[bytes], None], spawn: Spawn | None = None) -> None:
        self._report = report
        self._start_process = spawn or posix_spawned
        self._forks = spawn is not None
        self._children = linux.Children()
        self._runs: dict[bytes, Run] = {}
        self._mains: dict[int, Run] = {}
        self._sessions: dict[int, Run] = {}
        self._ending: list[Run] = []
        # strays: children that we did not start. Their ids are ours until we wait for
        # them, so what was found out about one stays true
        self._owners: dict[int, Run | None] = {}  # None: nobody can say
        self._untouchable: set[int] = set()  # those of another user: they hold up nothing

    def __contains__(self, run_id: bytes) -> bool:
        return run_id in self._runs

    def start(self, run: Run) -> None:
        """Start the first command of a run."""
        self._runs[run.id] = run
        self._spawn(run)
        self._settle()

    def signal(self, run_id: bytes, signum: int) -> None:
        """Send a signal to every process of a run, wherever it went."""
        run = self._runs.get(run_id)
        if run is None:
            return  # it ended while the request was on its way
        if signum in _ENDING:
            run.asked = signum
        strays = [pid for pid, owner in self._strays().items() if owner is run]
        # found before the first is told: a child of one that ends at once would be lost
        family = linux.with_descendants([run.main, *strays] if run.main else strays)
        leads = run.main and run.streams != packets.TERMINAL  # there the group is jobmake's
        apart = [pid for pid in family if not (leads and _is_in_group(pid, run.main))]
        if leads:
            _send(os.killpg, run.main, signum)
        for pid in apart:
            _send(os.kill, pid, signum)
        self._settle()

    def reap(self) -> None:
        """Wait for all that ended, start what comes next, report the runs that are over."""
        while ended := _next_ended(os.WNOHANG):
            pid, status, usage = ended
            run = self._mains.pop(pid, None)
            owner = run or self._owners.pop(pid, None)
            self._untouchable.discard(pid)
            if owner is not None:
                owner.count(usage, owner.shared if run else 0)
            if run is not None:
                self._end_step(run, status)
        self._settle()

    def patience(self) -> float | None:
        """Return the seconds after which `reap` has something to do, None if never."""
        now = time.monotonic()
        waits = [run.patience_ends() - now for run in self._ending if run.patient]
        return max(0.0, min(waits)) if waits else None

    def end_all(self) -> None:
        """Kill every descendant and wait until none is left."""
        killed: set[int] = set()
        while children := set(self._children.read()) - self._untouchable:
            self._kill(children - killed)
            killed |= children
            ended = None if children <= self._untouchable else _next_ended(0)
            while ended:
                killed.discard(ended[0])
                self._untouchable.discard(ended[0])
                ended = _next_ended(os.WNOHANG)

    # -- one run ----------------------------------------------------------------------

    def _spawn(self, run: Run) -> None:
        """Start the next command of a run."""
        argv = run.steps[run.step]
        place = run.cwd
        try:
            os.chdir(place)  # each time: the folder of this name may be another by now
            place = argv[0]
            pid = _direct(run) or self._start_process(argv, run)
        except (OSError, ValueError) as error:
            run.error = _why(error, place)
            self._end(run)
            return
        run.main = pid
        run.sessions.append(pid)
        self._mains[pid] = self._sessions[pid] = run
        self._report(packets.report("started", run.id, pid))

    def _end_step(self, run: Run, status: int) -> None:
        run.main, run.status = 0, status
        ok = os.WIFEXITED(status) and os.WEXITSTATUS(status) in run.ok_codes
        if not ok or run.step + 1 == len(run.steps):
            self._end(run)
        elif run.asked:
            # the signal came between two commands and met nobody: the run is not to go on
            run.status = run.asked
            self._end(run)
        else:
            run.step += 1
            self._spawn(run)

    def _end(self, run: Run) -> None:
        run.ended = time.monotonic()
        self._ending.append(run)

    def _settle(self) -> None:
        """Report the ending runs of which nothing is left; kill what has had its time."""
        if not self._ending:
            return
        strays = self._strays()
        for run in tuple(self._ending):
            alone = len(self._runs) == 1  # then the strays of nobody are its own
            left = {pid for pid, own in strays.items() if own is run or (own is None and alone)}
            if time.monotonic() < run.patience_ends():
                left |= strays.keys() - self._owners.keys()  # theirs may show in a moment
            elif left:
                run.patient = False
                run.leftovers |= self._kill(left)
                left -= self._untouchable
            if not left:
                self._finish(run)

    def _finish(self, run: Run) -> None:
        os.close(run.log)
        if run.value >= 0:
            os.close(run.value)
        self._ending.remove(run)
        del self._runs[run.id]
        for session in run.sessions:
            if self._sessions.get(session) is run:
                del self._sessions[session]
        facts = (run.step, run.status, run.user, run.system, run.peak, run.ended - run.begun)
        names = _few(list(run.leftovers.values()))
        self._report(packets.report("ended", run.id, *facts, run.error, *names))

    # -- strays -----------------------------------------------------------------------

    def _strays(self) -> dict[int, Run | None]:
        """Return the children that we did not start, each with its run if that is known."""
        strays = {}
        for pid in self._children.read():
            if pid not in self._mains and pid not in self._untouchable:
                if pid not in self._owners:
                    self._find_owner(pid)
                strays[pid] = self._owners.get(pid)
        return strays

    def _find_owner(self, pid: int) -> None:
        """Find out which run brought a stray into the world."""
        process = linux.look(pid)
        if process is not None and process.session in self._sessions:
            self._owners[pid] = self._sessions[process.session]
            return
        mark = self._mark(pid)
        if mark is not None or not linux.is_between_programs(pid):
            self._owners[pid] = self._runs.get(mark or b"")

    def _mark(self, pid: int) -> bytes | None:
        """Return the id of the run that a stray says it belongs to."""
        if self._forks:  # what only forked still shows the environment of this process
            own = b"%d:" % os.getpid()
            for mark in linux.marks_of(pid):
                if mark.startswith(own):
                    return mark[len(own) :]
        return linux.environment_value(pid, MARK)

    def _kill(self, pids: Iterable[int]) -> dict[int, str]:
        """Kill processes with all their descendants; return the names of those killed.

        Below the first rank an id may in theory be another's by the time of the kill; it
        would have to be given out anew within microseconds.
        """
        names = {}
        for pid in linux.with_descendants(pids):
            process = linux.look(pid)
            if process is not None and process.state != "Z":
                names[pid] = process.name
            # also one that ended: its other threads may live on
            if not _send(os.kill, pid, _signal.SIGKILL):
                names[pid] = f"{names.get(pid, pid)} (still running: not ours to end)"
                self._untouchable.add(pid)
        return names


def _direct(run: Run) -> int:
    """Start what does the same as the step that is next, but its shell; return its process id,
    0 where that cannot be: then the shell says best what is wrong."""
    file, argv = run.direct.get(run.step, (b"", ()))
    run.shared = 0
    if not argv or run.streams == packets.TERMINAL:
        return 0
    try:
        # never does this process wait for the reader of a pipe
        stdout = os.open(file, _WRITTEN, 0o666)
    except (OSError, ValueError):
        return 0
    try:
        if not stat.S_ISREG(os.fstat(stdout).st_mode):
            return 0
        os.set_blocking(stdout, True)
        return posix_spawned(argv[1:], run, stdout, argv[0])
    except (OSError, ValueError):
        return 0
    finally:
        os.close(stdout)


def posix_spawned(argv: Sequence[bytes], run: Run, stdout: int = -1, program: bytes = b"") -> int:
    """Start a command, perhaps with a ``stdout`` of its own, and with a ``program`` that is not
    called as it is found; return its process id. Raises OSError, ValueError."""
    program = program or argv[0]
    try:
        return os.posix_spawn(
            program,
            list(argv),
            run.environment,
            setsigmask=(),
            setsigdef=_RESET,
            **_surroundings(run, stdout),
        )
    except OSError as error:
        if error.errno != errno.ENOEXEC or program == _SHELL:
            raise
        # a script without a first line that names its interpreter: as the shell does
        return posix_spawned((_SHELL, program, *argv[1:]), run, stdout)


def _surroundings(run: Run, stdout: int) -> dict[str, Any]:
    """Return the streams of a command, and the session or process group that it is put into."""
    if run.streams == packets.TERMINAL:
        # in the foreground, so that it may read, and that the keyboard's signals reach it
        return {"setpgroup": os.getpgid(os.getppid())}
    if stdout < 0:
        stdout = run.log if run.value < 0 else run.value
    streams = (
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, stdout, 1),
        (os.POSIX_SPAWN_DUP2, run.log, 2),
    )
    return {"file_actions": streams, "setsid": True}


def _next_ended(options: int) -> tuple[int, int, struct_rusage] | None:
    """Wait for a child that ended; None if there is none."""
    try:
        ended = os.wait4(-1, options)
    except ChildProcessError:
        return None
    return ended if ended[0] else None


def _send(kill: Callable[[int, int], None], pid: int, signum: int) -> bool:
    """Send a signal; return whether we may."""
    try:
        kill(pid, signum)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


def _is_in_group(pid: int, group: int) -> bool:
    process = linux.look(pid)
    return process is None or process.group == group


def _few(names: list[str]) -> list[str]:
    more = len(names) - packets.MOST_NAMES
    return names if more <= 0 else [*names[: packets.MOST_NAMES], f"{more} more"]


def _why(error: OSError | ValueError, place: bytes) -> str:
    """Return why a command could not be started, as a person reads it."""
    if not isinstance(error, OSError):
        return str(error)
    name = place[:200].decode("utf-8", "replace")
    if error.errno == errno.ENOENT and os.path.isfile(place):
        return f"`{name}`: the interpreter that its first line names does not exist"
    return f"`{name}`: {error.strerror}"
