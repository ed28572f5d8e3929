"""Warm reapers and the process that owns them: what it loses to them, which is nothing; and
that none of them outlives it."""

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
from tests.executors.scripts import HOST
from tests.support import DEADLINE, Gate, ends, marked_processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

# A process that runs Python scripts in turn and prints how each ended.
OWNER = """
import json, os, select, sys
from jobmake.executors.local import LocalExecutor
from jobmake.model.run import Work
from tests.executors.scripts import run_script

told = json.loads(sys.argv[1])
folder = told["folder"]
exec(told["before"])
executor = LocalExecutor(run_script if told["copy"] else None)
for number, text in enumerate(["", *told["scripts"]]):
    with open(f"{folder}/{number}.py", "w") as file:
        file.write(text)
    env = {**os.environ, "JOBMAKE_RUN_ID": str(number)}
    step = (sys.executable, "-P", "-m", "jobmake.worker", f"{folder}/{number}.py")
    if number == 0:
        step = ("/bin/true",)  # the first of its kind starts cold
    log = f"{folder}/{number}.log"
    executor.submit(Work(str(number), (step,), folder, env, log, warm=tuple(told["warm"])))
    ended = []
    while not ended:
        select.select(executor.filenos(), [], [])
        ended = executor.poll()
exec(told["after"])
"""


class Owner:
    """Starts an owner whose descendants all carry a mark."""

    def __init__(self, folder: Path, *, copy: bool) -> None:
        self.folder, self.copy = folder, copy
        self.mark = f"JOBMAKE_TEST_MARK={uuid.uuid4()}"
        self.process: subprocess.Popen[str] | None = None

    def start(self, *scripts: str, before: str = "", after: str = "") -> subprocess.Popen[str]:
        warm = [sys.executable, "-P", "-c", HOST]
        told = {"scripts": scripts, "before": before, "after": after, "warm": warm}
        told |= {"folder": str(self.folder), "copy": self.copy}
        path = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, json.dumps(told)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **dict([self.mark.split("=")])},
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        return self.process

    def told(self, *scripts: str, before: str = "", after: str = "") -> str:
        """What the owner prints, if it ends well; its runs' logs follow."""
        process = self.start(*scripts, before=before, after=after)
        out, _ = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
        logs = (self.folder / f"{number}.log" for number in range(1, len(scripts) + 1))
        return out + "".join(log.read_text() for log in logs)

    def family(self) -> list[int]:
        assert self.process is not None
        return linux.with_descendants([self.process.pid])[1:]


@pytest.fixture(params=["program", "copy"])
def owner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Owner]:
    yield from owners(tmp_path, copy=request.param == "copy")


@pytest.fixture
def copier(tmp_path: Path) -> Iterator[Owner]:
    """One whose warm reaper is a copy of it."""
    yield from owners(tmp_path, copy=True)


def owners(folder: Path, *, copy: bool) -> Iterator[Owner]:
    owner = Owner(folder, copy=copy)
    yield owner
    if owner.process is not None:
        owner.process.kill()
        owner.process.wait(DEADLINE)
        assert owner.process.stdout is not None
        owner.process.stdout.close()


def at(gate: Gate) -> str:
    return (
        f"with open({str(gate._here)!r}, 'w') as file: file.write('x\\n')\n"
        f"with open({str(gate._go)!r}, 'rb', buffering=0) as file: file.read(2)\n"
    )


STRAY = """
import os, signal, subprocess
subprocess.Popen(["sleep", "1000"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            signal.pause()
    os._exit(0)
os.wait()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""


@pytest.mark.parametrize("whole_group", [False, True], ids=["the process", "its group"])
def test_killing_the_owner_leaves_no_process(
    owner: Owner, tmp_path: Path, whole_group: bool
) -> None:
    gate = Gate(tmp_path / "gate")
    process = owner.start(STRAY + at(gate))
    gate.reached()
    family = owner.family()
    assert len(family) >= 4
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    process.wait(DEADLINE)
    for pid in family:
        ends(pid)
    assert marked_processes(owner.mark) == []


def test_an_owner_that_ends_without_closing_leaves_no_process(owner: Owner) -> None:
    assert owner.told("print('ran')", after="print(len(executor._warm.links()))") == "1\nran\n"
    for pid in marked_processes(owner.mark):  # the reaper has seen it, and is about to end
        ends(pid)
    assert marked_processes(owner.mark) == []


def test_ctrl_c_does_not_reach_the_reaper_or_the_runs(owner: Owner, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    before = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    process = owner.start(at(gate) + "print('ran')", before=before)
    gate.reached()
    os.killpg(process.pid, signal.SIGINT)
    gate.open()
    assert process.wait(DEADLINE) == 0
    assert (tmp_path / "1.log").read_text() == "ran\n"


def test_a_lock_of_the_owner_is_free_as_soon_as_it_is_killed(owner: Owner, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    before = (
        "import fcntl\n"
        "lock = os.open(f'{folder}/lock', os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
    )
    process = owner.start(at(gate), before=before)
    gate.reached()
    with (tmp_path / "lock").open() as file:
        process.kill()
        process.wait(DEADLINE)
        fcntl.flock(file, fcntl.LOCK_EX)


# -- copies ---------------------------------------------------------------------------


def test_a_copy_has_what_its_owner_has_in_memory(copier: Owner) -> None:
    before = "import __main__\nclass Mine: word = 'mine'\n"
    assert copier.told("import __main__; print(__main__.Mine.word)", before=before) == "mine\n"


def test_nothing_that_the_owner_had_begun_is_done_twice(copier: Owner, tmp_path: Path) -> None:
    before = (
        "import atexit, ctypes, logging, tempfile\n"
        "atexit.register(print, 'at exit')\n"
        "kept = tempfile.TemporaryDirectory(dir=folder)\n"
        "mine = open(f'{folder}/file', 'w')\n"
        "mine.write('once\\n')\n"
        "print('in the buffer', end=' ')\n"
        "ctypes.CDLL(None).printf(b'from c\\n')\n"
        "logging.basicConfig(filename=f'{folder}/mine.log', level='INFO')\n"
    )
    script = (
        "import __main__, logging\n"
        "file = open('theirs', 'w')\n"
        "logging.info('of the run')\n"  # its handler's descriptor leads to nothing
        "__main__.mine.write('by the run')\n"
        "del __main__.mine, __main__.kept\n"
        "file.write('theirs')\n"
        "print('run')\n"
    )
    after = "print(os.path.isdir(kept.name)); mine.close(); kept.cleanup()"
    told = copier.told(script, script, before=before, after=after)
    assert sorted(told.split("\n")) == sorted(
        ["in the buffer True", "at exit", "from c", "run", "run", ""]
    )
    assert (tmp_path / "file").read_text() == "once\n"
    assert (tmp_path / "theirs").read_text() == "theirs"
    assert (tmp_path / "mine.log").read_text() == ""


def test_a_pipe_of_the_owner_ends_with_it(copier: Owner) -> None:
    """What reads from the owner is not to wait for its copy."""
    process = copier.start("pass", after="import signal; os.close(1); signal.pause()")
    assert process.stdout is not None
    assert process.stdout.read() == ""


def test_an_owner_with_threads_and_handlers_can_be_copied(copier: Owner) -> None:
    before = (
        "import asyncio, signal, threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('handled'))\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\n"
    )
    script = (
        "import asyncio, signal, threading\n"
        "print(threading.active_count(), signal.getsignal(signal.SIGTERM).name)\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))\n"
        "asyncio.run(asyncio.sleep(0))\n"
    )
    assert copier.told(script, before=before) == "1 SIG_DFL\nset()\n"


def test_an_owner_can_be_copied_from_a_thread_and_without_streams(copier: Owner) -> None:
    before = (
        "import threading\n"
        "os.closerange(0, 3)\n"
        "class InThread(LocalExecutor):\n"
        "    def submit(self, work):\n"
        "        thread = threading.Thread(target=super().submit, args=(work,))\n"
        "        thread.start()\n"
        "        thread.join()\n"
        "LocalExecutor = InThread\n"
    )
    assert copier.told("print('one')", "print('two')", before=before) == "one\ntwo\n"
