"""What only Linux has: processes as /proc shows them."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.tools import linux
from tests.support import DEADLINE, Gate, ends

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)


def gone() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen(["true"])
    process.wait(DEADLINE)
    return process.pid


def test_another_system_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    linux.require_linux()
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(OSError, match="on Linux only, and this is darwin"):
        linux.require_linux()


def test_a_process_is_seen_whatever_its_name(tmp_path: Path) -> None:
    program = tmp_path / "a) Z (1 2"
    shutil.copy(shutil.which("cat") or "", program)
    process = subprocess.Popen([program], stdin=subprocess.PIPE, start_new_session=True)
    seen = linux.look(process.pid)
    assert seen is not None
    assert (seen.name, seen.parent) == ("a) Z (1 2", os.getpid())
    assert (seen.group, seen.session) == (process.pid, process.pid)
    assert process.pid in linux.session_members(process.pid)
    process.communicate(timeout=DEADLINE)


def test_a_process_that_is_gone_is_nothing() -> None:
    pid = gone()
    assert linux.look(pid) is None
    assert linux.children_of(pid) == []
    assert linux.with_descendants([pid]) == [pid]
    assert linux.environment_value(pid, b"PATH") is None
    linux.kill_and_wait([pid], 1.0)


def test_a_variable_of_another_process_is_found() -> None:
    process = subprocess.Popen(
        ["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"XA": "1", "A": "b=c", "B": ""}
    )
    assert process.stdin is not None
    assert process.stdout is not None
    os.write(process.stdin.fileno(), b"x")
    process.stdout.read(1)  # its start is over
    assert not linux.is_between_programs(process.pid)
    assert linux.environment_value(process.pid, b"A") == b"b=c"
    assert linux.environment_value(process.pid, b"B") == b""
    assert linux.environment_value(process.pid, b"X") is None
    process.communicate(timeout=DEADLINE)


def test_more_children_than_one_read_holds_are_all_found() -> None:
    reading, writing = os.pipe()
    cats = [
        os.posix_spawn("/bin/cat", ["cat"], {}, file_actions=_from(reading)) for _ in range(900)
    ]
    os.close(reading)
    try:
        assert set(cats) <= set(linux.Children().read())
        assert set(cats) <= set(linux.children_of(os.getpid()))
    finally:
        os.close(writing)
        for cat in cats:
            os.waitpid(cat, 0)


def test_children_are_found_on_a_kernel_without_lists_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    monkeypatch.setattr(linux, "_OWN_CHILDREN", "/proc/no/such/file")
    assert process.pid in linux.Children().read()
    assert process.pid in linux.children_of(os.getpid())
    process.communicate(timeout=DEADLINE)


def test_descendants_come_after_their_parents(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    process = subprocess.Popen(["sh", "-c", f"sh -c '{gate.command}; true'; true"])
    gate.reached()
    found = linux.with_descendants([process.pid])
    assert found[0] == process.pid
    assert len(found) == 2
    gate.open()
    process.wait(DEADLINE)


def test_processes_that_are_not_our_children_are_killed_and_waited_for(tmp_path: Path) -> None:
    script = "import os; print(os.posix_spawn('/bin/sleep', ['sleep', '1000'], {}), flush=True)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.stdout.close()
    process.wait(DEADLINE)
    linux.kill_and_wait([pid], DEADLINE)
    ends(pid)


def test_what_the_kernel_refuses_is_told() -> None:
    with pytest.raises(OSError, match="prctl") as error:
        linux.set_parent_death_signal(9999)
    assert error.value.errno == errno.EINVAL


def test_a_memory_file_holds_what_it_was_given() -> None:
    data = os.urandom(3_000_000)
    file = linux.memory_file(data)
    assert os.pread(file, len(data) + 1, 0) == data
    assert not os.get_inheritable(file)
    os.close(file)


def _from(reading: int) -> list[tuple[int, int, int]]:
    return [(os.POSIX_SPAWN_DUP2, reading, 0)]
