"""Nothing outlives the process that owns a LocalExecutor, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest

from jobmake.tools import linux
from tests.executors.rig import Rig, reapers_of
from tests.support import DEADLINE, Gate, ends, marked_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

# A process that starts runs and waits for them; its argument says which.
OWNER = """
import fcntl, json, os, select, sys, threading
from jobmake.executors.local import LocalExecutor
from jobmake.model.run import Work

told = json.loads(sys.argv[1])
if "lock" in told:
    lock = os.open(told["lock"], os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)
    fcntl.flock(lock, fcntl.LOCK_EX)
executor = LocalExecutor()

def submit():
    for number, text in enumerate(told["runs"]):
        env = {**os.environ, "JOBMAKE_RUN_ID": str(number)}
        log = f"{told['folder']}/{number}.log"
        executor.submit(Work(str(number), (("/bin/sh", "-c", text),), told["folder"], env, log))

if told.get("thread"):
    thread = threading.Thread(target=submit)
    thread.start()
    thread.join()
else:
    submit()
left = len(told["runs"])
while left:
    select.select(executor.filenos(), [], [])
    left -= len(executor.poll())
if told.get("close", True):
    executor.close()
"""

ZOO = """
sleep 1000 &
setsid sleep 1000 &
(trap '' TERM INT HUP; exec sleep 1000) &
(setsid sh -c 'sleep 1000 & wait' &)
setsid env -i sleep 1000 &
"""


class Owner:
    """Starts an owner whose descendants all carry a mark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"JOBMAKE_TEST_MARK={uuid.uuid4()}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *runs: str, prefix: str = "", **more: object) -> subprocess.Popen[bytes]:
        told = json.dumps({"runs": runs, "folder": str(self.folder), **more})
        script = f'{prefix} exec "$@"'
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", sys.executable, "-c", OWNER, told],
            env={**os.environ, **dict([self.mark.split("=")])},
            start_new_session=True,
        )
        return self.process

    def family(self) -> list[int]:
        """The owner's descendants: its reaper and all processes of its runs."""
        assert self.process is not None
        found = linux.with_descendants([self.process.pid])[1:]
        assert set(marked_processes(self.mark)) <= {*found, self.process.pid}
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "outer")
    rig.folder.mkdir()
    yield rig
    rig.executor.close()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    owner = Owner(tmp_path)
    yield owner
    if owner.process is not None:
        owner.process.kill()
        owner.process.wait(DEADLINE)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.mark.case("B04")
@pytest.mark.parametrize("kill", [os.kill, os.killpg], ids=["the process", "its group"])
def test_killing_the_owner_leaves_no_process(
    owner: Owner, gate: Gate, kill: Callable[[int, int], None]
) -> None:
    process = owner.start(ZOO + gate.command, "trap '' TERM\n" + gate.command)
    gate.reached()
    gate.reached()
    family = owner.family()
    assert len(family) >= 8
    kill(process.pid, signal.SIGKILL)
    process.wait(DEADLINE)
    for pid in family:
        ends(pid)
    assert marked_processes(owner.mark) == []


def test_an_owner_that_ends_without_closing_leaves_no_process(owner: Owner, gate: Gate) -> None:
    process = owner.start(gate.command, close=False)
    gate.reached()
    family = owner.family()
    gate.open()
    assert process.wait(DEADLINE) == 0
    for pid in family:
        ends(pid)
    assert marked_processes(owner.mark) == []


def test_a_lock_of_the_owner_is_free_as_soon_as_it_is_killed(
    owner: Owner, gate: Gate, tmp_path: Path
) -> None:
    process = owner.start(gate.command, lock=str(tmp_path / "lock"))
    gate.reached()
    with (tmp_path / "lock").open() as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.kill()
        process.wait(DEADLINE)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_ctrl_c_does_not_reach_the_reaper_or_the_runs(owner: Owner, gate: Gate) -> None:
    process = owner.start(gate.command, prefix="trap '' INT;")
    gate.reached()
    os.killpg(process.pid, signal.SIGINT)
    (reaper,) = reapers_of(process.pid)
    os.kill(reaper, signal.SIGINT)
    os.kill(reaper, signal.SIGTERM)  # what a parent's death sends; ours lives
    gate.open()
    assert process.wait(DEADLINE) == 0


@pytest.mark.case("B06")
def test_signals_that_the_owner_ignores_have_their_default_in_a_run(
    owner: Owner, tmp_path: Path
) -> None:
    process = owner.start(
        "exec cat /proc/self/status", prefix="trap '' INT TERM HUP QUIT USR1 PIPE CHLD;"
    )
    assert process.wait(DEADLINE) == 0
    fields = dict(line.split(":", 1) for line in (tmp_path / "0.log").read_text().splitlines())
    # 32 and 33 are the C library's own, and its posix_spawn leaves them ignored
    assert int(fields["SigIgn"], 16) & ~(3 << 31) == 0
    assert int(fields["SigBlk"], 16) == 0


def test_the_end_of_the_thread_that_started_the_reaper_is_not_the_end(
    owner: Owner, gate: Gate
) -> None:
    process = owner.start(gate.command, thread=True)
    gate.reached()
    gate.open()
    assert process.wait(DEADLINE) == 0


@pytest.mark.case("B18")
def test_an_owner_without_standard_streams_can_start_runs(owner: Owner, tmp_path: Path) -> None:
    process = owner.start("echo out; echo err >&2", prefix="exec <&- >&- 2>&-;")
    assert process.wait(DEADLINE) == 0
    assert (tmp_path / "0.log").read_text() == "out\nerr\n"


@pytest.mark.case("B17")
def test_runs_for_which_no_descriptor_is_left_fail_and_say_so(owner: Owner, tmp_path: Path) -> None:
    process = owner.start(*["sleep 0.3; echo ran"] * 40, prefix="ulimit -n 16;")
    assert process.wait(DEADLINE) == 0  # each had an outcome
    ran = [log.read_text() for log in tmp_path.glob("*.log")]
    assert len(ran) == 40
    assert 0 < ran.count("ran\n") < 40


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_an_owner_inside_a_run_is_ended_with_all_it_started(
    rig: Rig, gate: Gate, tmp_path: Path, signum: int
) -> None:
    told = json.dumps({"runs": [ZOO + gate.command], "folder": str(tmp_path)})
    run = rig.submit((sys.executable, "-c", OWNER, told))
    gate.reached()
    family = linux.with_descendants(linux.children_of(rig.reaper()))
    assert len(family) >= 8
    rig.executor.cancel(run, signum)
    assert rig.wait(run).signal == signum
    for pid in family:
        ends(pid)
