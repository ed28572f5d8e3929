"""The reaper by itself: what it says to requests that no executor of ours would send, and
when it ends. What it does for runs is tested through the executor."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from jobmake.tools import packets, start_reaper
from tests.support import DEADLINE, Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

COMMAND = [sys.executable, "-I", "-S", start_reaper.__file__]


class Reaper:
    """A reaper and the end of its socket at which an executor would sit."""

    def __init__(self, *options: str) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE)
        command = [*COMMAND[:3], *options, COMMAND[3], str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], start_new_session=True, stderr=subprocess.PIPE
            )

    def start(self, run_id: str, *steps: tuple[str, ...]) -> None:
        """Ask for a run with an empty environment; its log is thrown away."""
        self.send(packets.start_request(run_id, "/", steps, {}))

    def send(self, packet: bytes, *more: int, log: bool = True) -> None:
        with open(os.devnull, "wb") as null:
            descriptors = [null.fileno()] if log else []
            socket.send_fds(self.socket, [packet], [*descriptors, *more])

    def report(self) -> list[str]:
        """Wait for the next report but `started`."""
        while True:
            fields = self.socket.recv(packets.LONGEST).decode().split("\0")
            if fields[0] != "started":
                return fields

    def error(self) -> str:
        """Wait for the next run to end; return why it could not be started."""
        kind, _, *facts = self.report()
        assert kind == "ended"
        return facts[6]

    def end(self) -> str:
        """Close the socket and wait; return what the reaper wrote to its standard error."""
        self.socket.close()
        _, err = self.process.communicate(timeout=DEADLINE)
        return err.decode()


@pytest.fixture
def ours() -> Iterator[Reaper]:
    ours = Reaper()
    yield ours
    assert ours.end() == ""
    assert ours.process.returncode == 0


# -- damaged requests -----------------------------------------------------------------


@pytest.mark.parametrize(
    "packet",
    [
        b"?",
        b"\0",
        b"\0" * 1000,
        b"nonsense\0one\0two",
        b"signal",
        b"signal\0one",
        b"signal\0one\0not a number",
        b"start",
        b"start\0",
        bytes(range(256)) * 8,
    ],
)
def test_a_request_of_nobody_that_is_damaged_is_reported(ours: Reaper, packet: bytes) -> None:
    ours.send(packet)
    assert ours.report()[0] == "trouble"
    ours.start("next", ("/bin/true",))
    assert ours.error() == ""


@pytest.mark.parametrize(
    "rest",
    [
        [],
        ["/"],
        ["/", "one"],
        ["/", "log"],
        ["/", "log", "0"],
        ["/", "log", "zero", "", "1", "1", "/bin/true"],
        ["/", "nowhere", "0", "", "1", "1", "/bin/true"],
        ["/", "log", "0", "", "0"],
        ["/", "log", "0", "", "-1"],
        ["/", "log", "0", "", "1"],
        ["/", "log", "0", "", "1", "2", "/bin/true"],
        ["/", "log", "0", "", "1", "0"],
        ["/", "log", "0", "", "1", "-5", "/bin/true"],
        ["/", "log", "0", "", "99999999999", "1", "/bin/true"],
        ["/", "log", "0", "", "9" * 5000, "1", "/bin/true"],
        ["/", "log", "0", "", "1", "1", "/bin/true", "A NAME WITHOUT A VALUE"],
    ],
)
def test_a_damaged_start_ends_its_run(ours: Reaper, rest: list[str]) -> None:
    ours.send("\0".join(["start", "one", *rest]).encode())
    assert ours.error() == "the reaper refused it: a damaged request"
    ours.start("next", ("/bin/true",))
    assert ours.error() == ""


def test_a_packet_that_is_too_long_is_refused(ours: Reaper) -> None:
    ours.start("one", ("/bin/true", *["x" * 1000] * 70))
    assert ours.error() == "the reaper refused it: a request that is too long"


def test_a_memory_file_that_is_too_long_is_refused(ours: Reaper) -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(packets.LARGEST + 1)
        ours.send(packets.large_request("one"), file.fileno())
        assert ours.error() == "the reaper refused it: a request that is too long"


def test_a_memory_file_of_noise_is_refused(ours: Reaper) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(os.urandom(1_000_000))
        file.flush()
        ours.send(packets.large_request("one"), file.fileno())
        assert ours.error() == "the reaper refused it: a damaged request"


def test_a_start_without_a_log_is_refused(ours: Reaper) -> None:
    ours.send(packets.start_request("one", "/", [("/bin/true",)], {}), log=False)
    assert ours.error() == "the reaper refused it: too many open files"


def test_a_run_is_not_started_twice(ours: Reaper, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    ours.start("one", ("/bin/sh", "-c", gate.command))
    gate.reached()
    ours.start("one", ("/bin/true",))
    assert ours.report()[0] == "trouble"
    gate.open()
    assert ours.error() == ""


def test_descriptors_that_came_unasked_are_closed(ours: Reaper) -> None:
    ours.start("one", ("/bin/true",))
    ours.report()
    before = os.listdir(f"/proc/{ours.process.pid}/fd")
    reading, writing = os.pipe()
    for _ in range(50):
        ours.send(b"nonsense", writing, writing, writing, writing, writing)
        ours.report()
    os.close(writing)
    assert select.select([reading], [], [], DEADLINE)[0]  # no end of it is open any more
    os.close(reading)
    assert os.listdir(f"/proc/{ours.process.pid}/fd") == before


def test_it_goes_on_reading_while_its_reports_are_not_read(ours: Reaper) -> None:
    for number in range(3_000):
        ours.start(str(number), ("/no/such/program",))
    numbers = [int(ours.report()[1]) for _ in range(3_000)]
    assert numbers == list(range(3_000))


# -- its life -------------------------------------------------------------------------


def test_it_ends_all_when_its_socket_is_closed(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    ours = Reaper()
    ours.send(
        packets.start_request(
            "one", "/", [("/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; {gate.command}")], {}
        )
    )
    gate.reached()
    assert ours.end() == ""
    ends(int((tmp_path / "pid").read_text()))


def test_it_ends_with_its_parent_though_others_hold_the_socket(tmp_path: Path) -> None:
    script = (
        "import os, socket, subprocess, sys\n"
        "ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "command = [*sys.argv[1:], str(theirs.fileno())]\n"
        "reaper = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)\n"
        "holder = subprocess.Popen(['cat'], pass_fds=[ours.fileno()])\n"
        "theirs.close()\n"
        "ours.sendmsg([b'nonsense'])\n"
        "ours.recv(1000)\n"  # it has begun
        "print(reaper.pid, flush=True)\n"
        "reaper.wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait(DEADLINE)
    ends(pid)
    parent.stdin.close()  # and `cat` ends
    parent.stdout.close()


def test_it_keeps_no_descriptor_but_its_own(ours: Reaper) -> None:
    ours.start("one", ("/bin/true",))
    ours.report()
    held = {int(one) for one in os.listdir(f"/proc/{ours.process.pid}/fd")}
    # three streams, the socket, two ends of a pipe for signals, the list of children
    assert len(held) == 7


def test_it_is_deaf_to_the_keyboard(ours: Reaper) -> None:
    ours.start("one", ("/bin/true",))
    ours.report()  # it has begun
    for signum in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        ours.process.send_signal(signum)
    ours.start("two", ("/bin/true",))
    assert ours.error() == ""


def test_it_imports_next_to_nothing() -> None:
    err = Reaper("-X", "importtime").end()
    imported = {line.rpartition("|")[2].strip() for line in err.splitlines()}
    assert "jobmake.tools.family" in imported
    slow = {"typing", "enum", "signal", "socket", "subprocess", "collections", "dataclasses", "re"}
    assert not imported & (slow | {"jobmake", "asyncio", "multiprocessing", "threading"})
