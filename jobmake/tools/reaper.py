"""The reaper: a small process that starts the runs and ends them all, whatever happens.

At the other end of its socket sits an executor. When that end is closed, be it by SIGKILL
of its process, the reaper kills every descendant and exits: nothing outlives jobmake.

Knows requests, reports and the life of its parent. Does not know targets, or processes
(`family`). It is started in a session of its own, or, for runs that have the terminal, in a
process group of its own, so that neither Ctrl-C nor a kill of jobmake's process group
reaches it. Nothing that jobmake has open or locked is open here: it is started by spawn
(`start_reaper`), or lets go of all that a fork gave it (`forked`), where runs begin as forks of
their reaper.

Invariant: it waits in one place, and never to send, so the executor may block in a send
without a deadlock.
"""

from __future__ import annotations

import _socket  # `socket` is this, and 7 ms of names for its constants
import os
import select
import time

from jobmake.tools import linux, packets
from jobmake.tools.family import Family, Run

TYPE_CHECKING = False  # `typing` takes longer to import than all that the reaper needs
if TYPE_CHECKING:
    import signal as _signal

    from jobmake.tools.family import Spawn
else:
    import _signal  # likewise 5 ms

_ANCILLARY = _socket.CMSG_SPACE(4 * 4)  # bytes; more descriptors than any request has
_MOST_LATE = 0.05  # seconds until it is told that a run started
_NO_PLACE = "too many open files"  # then the kernel drops what came with a packet
_IGNORED = (_signal.SIGINT, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGPIPE)


class Reaper:
    """Obeys requests until the socket or its parent ends."""

    def __init__(self, socket: _socket.socket, spawn: Spawn | None = None) -> None:
        self._socket = socket
        self._parent = linux.peer_process(socket)
        self._wakes = _wake_by_signals()
        self._unsent: list[bytes] = []
        self._late: dict[bytes, tuple[float, bytes]] = {}  # by run, with when each is to be sent
        self._family = Family(self._report, spawn)

    def serve(self) -> None:
        """Obey until the end; the end of the parent counts even if its socket lives on."""
        poll = select.poll()
        poll.register(self._wakes, select.POLLIN)
        while os.getppid() == self._parent:
            full = select.POLLOUT if self._unsent else 0
            poll.register(self._socket, select.POLLIN | full)
            waits = (self._family.patience(), self._lateness())
            patience = min((one for one in waits if one is not None), default=None)
            ready = dict(poll.poll(None if patience is None else patience * 1000))
            if self._wakes in ready:
                os.read(self._wakes, 4096)
            if self._wakes in ready or not ready:
                self._family.reap()
            if ready.get(self._socket.fileno(), 0) & ~select.POLLOUT and not self._take_request():
                return
            self._send()

    def close(self) -> None:
        """Kill every descendant."""
        self._family.end_all()

    def tell(self, kind: str, trouble: str) -> None:
        """Report what no run is to blame for."""
        self._unsent.append(packets.report(kind, b"", trouble[:2000]))
        self._send()

    # -- requests ---------------------------------------------------------------------

    def _take_request(self) -> bool:
        """Obey the next request; return False at the end of the socket."""
        flags = _socket.MSG_DONTWAIT | _socket.MSG_CMSG_CLOEXEC
        try:
            packet, ancillary, got, _ = self._socket.recvmsg(packets.LONGEST, _ANCILLARY, flags)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        descriptors = [
            one
            for level, kind, data in ancillary
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)
            for one in packets.from_ancillary(data)
        ]
        if packet:
            self._obey(packet, bool(got & _socket.MSG_TRUNC), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return bool(packet)

    def _obey(self, packet: bytes, cut: bool, descriptors: list[int]) -> None:
        """Do what a packet asks for. A descriptor that is used is taken off the list."""
        kind, _, rest = packet.partition(b"\0")
        run_id = rest.partition(b"\0")[0]
        try:
            if cut:
                raise packets.Damaged("a request that is too long")
            if kind == b"signal":
                self._family.signal(run_id, int(packets.fields_of(packet)[2]))
            elif kind in (b"start", b"large"):
                self._start(packet, kind == b"large", descriptors)
            else:
                raise packets.Damaged("a damaged request")
        except (ValueError, IndexError, OverflowError, OSError) as error:
            if kind in (b"start", b"large") and run_id and run_id not in self._family:
                facts = (0, 0, 0.0, 0.0, 0, 0.0, f"the reaper refused it: {error}")
                self._unsent.append(packets.report("ended", run_id, *facts))
            else:
                self.tell("trouble", str(error))

    def _start(self, packet: bytes, large: bool, descriptors: list[int]) -> None:
        if len(descriptors) < 1 + large:
            raise OSError(_NO_PLACE)
        if large:
            packet = _content(descriptors[-1])
        order = packets.Start(packets.fields_of(packet))
        files = 2 if order.streams == packets.VALUE else 1
        if len(descriptors) < files + large:
            raise OSError(_NO_PLACE)
        if order.run_id in self._family:
            raise packets.Damaged("a request to start what is running")
        ours = [descriptors.pop(0) for _ in range(files)]
        self._family.start(Run(order, *ours))

    # -- reports ----------------------------------------------------------------------

    def _report(self, packet: bytes) -> None:
        """Have a report sent. That a run started is of use only if we are killed: it is told a
        little later, and not at all where the run has ended by then."""
        kind, _, rest = packet.partition(b"\0")
        run_id = rest.partition(b"\0")[0]
        self._late.pop(run_id, None)
        if kind == b"started":
            self._late[run_id] = time.monotonic() + _MOST_LATE, packet
        else:
            self._unsent.append(packet)

    def _lateness(self) -> float | None:
        """Return the seconds until a report is to be sent that can wait, None if there is none."""
        first = next(iter(self._late.values()), None)
        return None if first is None else max(0.0, first[0] - time.monotonic())

    def _send(self) -> None:
        """Send what can be sent now."""
        now = time.monotonic()
        due = [run_id for run_id, (when, _) in self._late.items() if when <= now]
        self._unsent += [self._late.pop(run_id)[1] for run_id in due]
        sent = 0
        try:
            for packet in self._unsent:
                self._socket.send(packet, _socket.MSG_DONTWAIT)
                sent += 1
        except BlockingIOError:
            pass
        except OSError:
            sent = len(self._unsent)  # nobody is there; the end of the socket follows
        del self._unsent[:sent]


def _wake_by_signals() -> int:
    """Return a descriptor that is readable when a child ended or our parent may have."""
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    _signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for signum in (_signal.SIGCHLD, _signal.SIGTERM):
        _signal.signal(signum, lambda _signum, _frame: None)
    for signum in _IGNORED:
        _signal.signal(signum, _signal.SIG_IGN)
    return reading


def _content(memory_file: int) -> bytes:
    size = os.fstat(memory_file).st_size
    if size > packets.LARGEST:
        raise packets.Damaged("a request that is too long")
    return os.pread(memory_file, size, 0)


def main(descriptor: int) -> None:
    """Be the reaper at one end of a socket pair."""
    linux.close_descriptors_but({0, 1, 2, descriptor})
    obey(descriptor)


def obey(descriptor: int, spawn: Spawn | None = None) -> None:
    """Obey what comes through a socket until its end, in a process that has no other work."""
    os.set_inheritable(descriptor, False)
    reaper = Reaper(_socket.socket(fileno=descriptor), spawn)
    try:
        linux.require_linux()
        linux.set_child_subreaper()
        # a descriptor that another child of jobmake inherited would keep the socket open
        linux.set_parent_death_signal(_signal.SIGTERM)
        reaper.serve()
    except BaseException as error:
        reaper.tell("failed", f"{type(error).__name__}: {error}")
        raise
    finally:
        reaper.close()
