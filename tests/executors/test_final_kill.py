"""SIGKILL to a run is final: nothing that it started goes on, wherever it went and whatever
it does with signals."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.executors.rig import Rig
from tests.support import Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

# Each writes its process id to the file `pids` when it is as it is to be, and never ends.
STUBBORN = """
import os, signal, sys, time
def be(*deeds):
    if os.fork():
        return
    for deed in deeds:
        deed()
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    with open("pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
    os.write(there, b"x")
    while True:
        signal.pause()
def fork_again():
    if os.fork():
        os._exit(0)
def stop():
    with open("pids", "a") as file:
        file.write(f"{os.getpid()}\\n")
    os.write(there, b"x")
    os.kill(os.getpid(), signal.SIGSTOP)
def forget():
    os.execve(sys.executable, [sys.executable, "-c", FORGETFUL, str(there)], {})
FORGETFUL = '''
import os, signal, sys
with open("pids", "a") as file:
    file.write(f"{os.getpid()}\\\\n")
os.write(int(sys.argv[1]), b"x")
while True:
    signal.pause()
'''
ready, there = os.pipe()
os.set_inheritable(there, True)
"""

KINDS = {
    "a grandchild": "be(os.fork)",
    "a session of its own": "be(os.setsid)",
    "a double fork": "be(os.setsid, fork_again)",
    "stopped": "be(stop)",
    "stopped elsewhere": "be(os.setsid, fork_again, stop)",
    "without environment": "be(os.setsid, forget)",
    "without environment, double fork": "be(os.setsid, fork_again, forget)",
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.executor.close()


@pytest.mark.case("B02", "B03")
@pytest.mark.parametrize("end", ["waits", "stops"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_after_sigkill(rig: Rig, tmp_path: Path, kind: str, end: str) -> None:
    gate = Gate(tmp_path / "gate")
    count = 2 if kind == "a grandchild" else 1
    last = "os.kill(os.getpid(), signal.SIGSTOP)" if end == "stops" else "time.sleep(1000)"
    script = f"{STUBBORN}\n{KINDS[kind]}\nfor _ in range({count}): os.read(ready, 1)\n"
    script += f"open({str(tmp_path / 'gate' / 'here')!r}, 'w').write('x\\n')\n{last}\n"
    run = rig.submit((sys.executable, "-c", script))
    gate.reached()
    rig.executor.cancel(run, signal.SIGTERM)
    rig.executor.cancel(run, signal.SIGKILL)
    outcome = rig.wait(run)
    assert outcome.signal in (signal.SIGTERM, signal.SIGKILL)
    pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
    assert len(pids) == count
    for pid in pids:
        ends(pid)


def test_one_that_forks_without_end_is_ended(rig: Rig, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    script = (
        "import os, signal\n"
        f"open({str(tmp_path / 'gate' / 'here')!r}, 'w').write('x\\n')\n"
        "while True:\n"
        "    if os.fork():\n"
        "        os._exit(0)\n"
        "    os.setsid()\n"
    )
    run = rig.submit((sys.executable, "-c", script))
    gate.reached()
    rig.executor.cancel(run, signal.SIGKILL)
    rig.wait(run)
