"""Runs on this machine: how they are started, how they end, what they get and leave."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.executors.local import LocalExecutor
from jobmake.model.errors import StateError, TargetError
from jobmake.tools import linux
from tests.executors.rig import Rig
from tests.support import Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

PYTHON = (sys.executable, "-I", "-S", "-c")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.executor.close()


# -- how a run ends -------------------------------------------------------------------


def test_a_run_that_ends_well(rig: Rig) -> None:
    outcome = rig.run_shell("exit 0")
    assert outcome.ok
    assert (outcome.step, outcome.exit_code, outcome.signal, outcome.error) == (0, 0, None, None)
    assert outcome.leftovers == ()


def test_an_exit_code_is_kept(rig: Rig) -> None:
    outcome = rig.run_shell("exit 200")
    assert (outcome.exit_code, outcome.signal, outcome.ok) == (200, None, False)


def test_a_signal_is_kept(rig: Rig) -> None:
    outcome = rig.run_shell("kill -SEGV $$")
    assert (outcome.exit_code, outcome.signal, outcome.ok) == (None, signal.SIGSEGV, False)


def test_commands_run_in_turn_and_the_first_that_fails_ends_the_run(rig: Rig) -> None:
    outcome = rig.run_shell("echo one", "echo two; exit 4", "echo three")
    assert (outcome.step, outcome.exit_code) == (1, 4)
    assert rig.log().read_text() == "one\ntwo\n"


def test_time_and_memory_are_counted_over_all_commands(rig: Rig) -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    outcome = rig.run((*PYTHON, burn), (*PYTHON, "x = b'x' * 150_000_000"), (*PYTHON, burn))
    assert outcome.ok
    assert outcome.user + outcome.system >= 0.4
    assert outcome.wall >= 0.4
    assert 150e6 < outcome.peak_memory < 400e6


@pytest.mark.parametrize(
    ("argv", "error"),
    [
        (("/no/such/program",), "`/no/such/program`: No such file or directory"),
        (("/etc",), "`/etc`: Permission denied"),
        (("/bin/echo", "x" * 200_000), "`/bin/echo`: Argument list too long"),
        (("/bin/echo", *["x" * 100_000] * 70), "`/bin/echo`: Argument list too long"),
        (("./script",), "`./script`: the interpreter that its first line names does not exist"),
    ],
)
def test_a_command_that_cannot_be_started_says_why(
    rig: Rig, argv: tuple[str, ...], error: str
) -> None:
    script = rig.folder / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o700)
    outcome = rig.run(("/bin/true",), argv, ("/bin/true",))
    assert (outcome.step, outcome.exit_code, outcome.signal) == (1, None, None)
    assert outcome.error == error
    assert not outcome.ok


def test_a_missing_folder_says_so(rig: Rig) -> None:
    outcome = rig.wait(rig.submit(("/bin/true",), cwd=rig.folder / "gone"))
    assert outcome.error == f"`{rig.folder}/gone`: No such file or directory"


def test_a_variable_that_cannot_be_is_an_error(rig: Rig) -> None:
    outcome = rig.wait(rig.submit(("/bin/true",), env={"A=B": "c"}))
    assert outcome.error == "illegal environment variable name"


def test_a_nul_character_is_refused_before_anything_starts(rig: Rig) -> None:
    with pytest.raises(TargetError, match="NUL character"):
        rig.submit(("/bin/echo", "a\0b"))
    assert rig.executor.filenos() == []


# -- what a run gets ------------------------------------------------------------------


def test_a_run_starts_in_its_folder_with_its_environment_and_nothing_else(rig: Rig) -> None:
    folder = rig.folder / "elsewhere"
    folder.mkdir()
    rig.wait(rig.submit(("/bin/sh", "-c", "pwd; exec env"), env={"A": "b c"}, cwd=folder))
    lines = rig.log().read_text().splitlines()
    ours = {"A=b c", f"PATH={os.environ['PATH']}", "JOBMAKE_RUN_ID=1", f"PWD={folder}"}
    assert lines[0] == str(folder)
    assert {line for line in lines[1:] if not line.startswith(("_=", "OLDPWD="))} == ours


def test_bytes_that_are_no_text_pass_through(rig: Rig) -> None:
    odd = os.fsdecode(b"\xff\xfe \n")
    rig.wait(rig.submit(("/bin/sh", "-c", 'printf %s "$1" "$V"', "sh", odd), env={"V": odd}))
    assert rig.log().read_bytes() == b"\xff\xfe \n" * 2


def test_a_large_command_and_environment_pass_through(rig: Rig) -> None:
    words = [f"{index:099}" for index in range(10_000)]
    env = {f"V{index}": "v" * 100_000 for index in range(5)}
    script = "import os, sys; print(len(sys.argv), sys.argv[-1], len(''.join(os.environ.values())))"
    rig.wait(rig.submit((*PYTHON, script, *words), env=env))
    count, last, size = rig.log().read_text().split()
    assert (count, last) == ("10001", words[-1])
    assert int(size) >= 500_000


@pytest.mark.case("B10")
def test_standard_input_is_at_its_end(rig: Rig) -> None:
    assert rig.run_shell("read line; test $? = 1").ok


@pytest.mark.case("B10")
def test_there_is_no_terminal(rig: Rig) -> None:
    assert not rig.run_shell("exec 2> /dev/null; read line < /dev/tty").ok


@pytest.mark.case("B18")
def test_a_run_gets_no_descriptor_but_three(rig: Rig) -> None:
    leaky = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    try:
        for one in leaky:
            os.set_inheritable(one, True)
        rig.submit((*PYTHON, "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))"))
        rig.wait("1")
    finally:
        for one in leaky:
            os.close(one)
    assert rig.log().read_text() == "[0, 1, 2, 3]\n"  # 3 is the one that lists them


def test_the_second_run_gets_no_descriptor_of_the_first(rig: Rig, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    first = rig.shell(gate.command)
    gate.reached()
    second = rig.submit((*PYTHON, "import os; print(sorted(os.listdir('/proc/self/fd')))"))
    rig.wait(second)
    assert rig.log(second).read_text() == "['0', '1', '2', '3']\n"
    gate.open()
    assert rig.wait(first).ok


def test_a_run_is_the_leader_of_a_session_of_its_own(rig: Rig) -> None:
    script = "import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))"
    rig.run((*PYTHON, script))
    assert rig.log().read_text() == "True\n"


# -- the log --------------------------------------------------------------------------


@pytest.mark.case("B11", "B12")
def test_the_log_is_byte_exact_and_memory_stays_flat(rig: Rig) -> None:
    source = rig.folder / "source"
    with source.open("wb") as file:
        for _ in range(50):
            file.write(os.urandom(1_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert rig.run_shell("cat source").ok
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 5_000  # KiB
    highest = linux._text(f"/proc/{rig.reaper()}/status").partition(b"VmHWM:")[2].split()[0]
    assert int(highest) < 30_000  # KiB
    with source.open("rb") as one, rig.log().open("rb") as other:
        same = (
            hashlib.file_digest(one, "md5").digest() == hashlib.file_digest(other, "md5").digest()
        )
    assert same


def test_both_streams_are_appended_to_a_private_log(rig: Rig) -> None:
    rig.log().parent.mkdir(parents=True)
    rig.log().write_text("before\n")
    rig.log().chmod(0o600)
    rig.run_shell("echo out; echo err >&2; echo out")
    assert rig.log().read_text() == "before\nout\nerr\nout\n"
    rig.run_shell("true")
    assert stat.S_IMODE(rig.log("2").stat().st_mode) == 0o600


@pytest.mark.case("G21")
def test_a_log_is_never_written_through_a_symbolic_link(rig: Rig) -> None:
    victim = rig.folder / "victim"
    victim.write_text("mine")
    rig.log().parent.mkdir(parents=True)
    rig.log().symlink_to(victim)
    with pytest.raises(StateError, match="cannot open the log"):
        rig.shell("echo x")
    assert victim.read_text() == "mine"


# -- many -----------------------------------------------------------------------------


@pytest.mark.case("B08")
def test_two_thousand_runs_leave_no_zombie(rig: Rig) -> None:
    for _ in range(2_000):
        rig.submit(("/bin/true",))
        if rig._submitted > 64:
            rig.wait(str(rig._submitted - 64))
    for number in range(1, 2_001):
        assert rig.wait(str(number)).ok
    assert linux.children_of(rig.reaper()) == []


def test_neither_end_waits_for_the_other_when_nobody_reads(rig: Rig) -> None:
    for _ in range(3_000):  # far more than both queues of the socket hold
        rig.submit(("/bin/true",))
    assert all(rig.wait(str(number)).ok for number in range(1, 3_001))


def test_polling_never_waits_and_gives_each_outcome_once(rig: Rig, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    assert rig.executor.poll() == []
    run = rig.shell(gate.command)
    gate.reached()
    assert rig.executor.poll() == []
    gate.open()
    rig.wait(run)
    assert rig.executor.poll() == []


# -- the end --------------------------------------------------------------------------


def test_closing_kills_what_runs_and_waits_for_it(rig: Rig, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    rig.shell(f"setsid sleep 1000 & {gate.command}")
    gate.reached()
    reaper = rig.reaper()
    family = linux.with_descendants([reaper])
    assert len(family) >= 3
    rig.executor.close()
    for pid in family:
        ends(pid)
    assert reaper not in linux.children_of(os.getpid())
    assert rig.executor.filenos() == []
    rig.executor.close()


def test_an_executor_that_ran_nothing_starts_nothing() -> None:
    before = linux.children_of(os.getpid())
    with LocalExecutor() as executor:
        assert executor.filenos() == []
        executor.cancel("1", signal.SIGTERM)
        assert linux.children_of(os.getpid()) == before


def test_when_the_reaper_is_killed_its_runs_fail_and_the_next_gets_a_new_one(
    rig: Rig, tmp_path: Path
) -> None:
    gate = Gate(tmp_path / "gate")
    runs = [
        rig.shell(f"exec > /dev/null 2>&1; sleep 1000 & {gate.command}"),  # known by its session
        rig.shell(f"(setsid sleep 1000 &)\n{gate.command}"),  # known by its log
    ]
    gate.reached()
    gate.reached()
    reaper = rig.reaper()
    family = linux.with_descendants([reaper])
    assert len(family) >= 5
    os.kill(reaper, signal.SIGKILL)
    for run in runs:
        assert rig.wait(run).error == "the reaper process ended unexpectedly"
    for pid in family:
        ends(pid)
    assert rig.run_shell("exit 5").exit_code == 5
    assert rig.reaper() != reaper
