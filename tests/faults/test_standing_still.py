"""A build that stands still for a while: stopped by a signal, or frozen with all that it started.
Nothing of what ended meanwhile is lost, and nobody is said to have taken too long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.faults.groups import group
from tests.support import DEADLINE, JOBMAKE, Space, ends

TIMED = """
[target.timed]
run = "{before}; echo x > {{outputs}}"
outputs = ["timed"]
timeout = "{timeout}"
[target.after]
run = "echo y > {{outputs}}"
outputs = ["after"]
needs = ["timed"]
"""


def start(space: Space, *before: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*before, *JOBMAKE, "build", "-v"], cwd=space.root, env=space.environ(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip


def let_pass(seconds: float) -> None:
    """Wait until a process that sleeps has ended: what is tried here is that time goes by."""
    subprocess.run(["sleep", str(seconds)], check=True, timeout=DEADLINE)


@pytest.mark.case("B07")
def test_a_run_that_ends_while_jobmake_is_stopped_has_not_taken_too_long(space: Space) -> None:
    gate = space.gate("begun")
    space.jobfile(TIMED.format(before=f"echo $$ > pid; {gate.command}", timeout="2s"))
    build = start(space)
    gate.reached()
    run = int(space.read("pid"))

    os.kill(build.pid, signal.SIGSTOP)
    gate.open()
    ends(run)
    let_pass(2.5)
    os.kill(build.pid, signal.SIGCONT)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 0, err
    assert b"built timed" in err
    assert b"took longer" not in err
    assert space.read("after") == "y\n"


@pytest.mark.case("B07")
def test_time_in_which_all_is_frozen_is_not_held_against_a_run(space: Space) -> None:
    gate = space.gate("begun")
    space.jobfile(TIMED.format(before=gate.command, timeout="3s"))
    with group("freezer") as one:
        build = start(space, *one.words)
        gate.reached()
        began = time.monotonic()

        one.freeze()
        let_pass(4)
        one.thaw()
        gate.open()
        _, err = build.communicate(timeout=DEADLINE)

    assert time.monotonic() - began > 4
    assert build.returncode == 0, err
    assert b"took longer" not in err
    assert space.read("after") == "y\n"


@pytest.mark.case("B07", "B15")
def test_a_run_that_was_frozen_takes_too_long_all_the_same_in_the_end(space: Space) -> None:
    gate = space.gate("begun")
    space.jobfile(TIMED.format(before=gate.command, timeout="1500ms"))
    with group("freezer") as one:
        build = start(space, *one.words)
        gate.reached()

        one.freeze()
        let_pass(2)
        one.thaw()
        _, err = build.communicate(timeout=DEADLINE)
        left = one.processes()

    assert build.returncode == 1
    assert b"error: target `timed` failed: took longer than 1.5 s\n" in err
    assert left == []
    assert not space.exists("timed")
