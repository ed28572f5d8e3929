"""`jobmake log -f`: what a run writes, while another process builds; and what is told of a run
that goes on."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from pathlib import Path

from tests.features.terminal import CTRL_C, Terminal
from tests.support import DEADLINE, Gate, Space, ends


def held(space: Space) -> tuple[subprocess.Popen[bytes], Gate]:
    """A build whose run has written a line and waits at a gate."""
    gate = space.gate("g")
    space.jobfile(f'[target.a]\nrun = "echo one; {gate.command}; echo two; printf end"\n')
    build = space.start("build")
    gate.reached()
    return build, gate


def read_until(process: subprocess.Popen[bytes], end: bytes) -> bytes:
    """What a process writes to its standard output until that ends in ``end``."""
    assert process.stdout is not None
    data = b""
    while not data.endswith(end):
        ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
        assert ready, data
        more = os.read(process.stdout.fileno(), 4096)
        assert more, data
        data += more
    return data


def follows(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Say whether a process has a file open."""
    return any(one.resolve() == path for one in Path(f"/proc/{process.pid}/fd").iterdir())


def test_a_log_is_followed_to_the_end_of_the_run(space: Space) -> None:
    build, gate = held(space)
    log = space.start("log", "-f", "a")
    assert read_until(log, b"one\n") == b"one\n"

    gate.open()
    out, err = log.communicate(timeout=DEADLINE)
    build.communicate(timeout=DEADLINE)

    assert (log.returncode, out) == (0, b"two\nend")
    assert err.startswith(b"note: run 1 of `a` ")


def test_the_next_run_is_waited_for(space: Space) -> None:
    gate = space.gate("g")
    space.jobfile(f'[target.a]\nrun = "{gate.command}; echo here"\n')
    log = space.start("log", "--follow", "a")
    assert log.stderr is not None
    assert log.stderr.readline() == (b"note: no run of `a` goes on: waiting for the next one\n")

    build = space.start("build")
    gate.reached()
    while not follows(log, space.path(".jobmake/runs/1/log").resolve()):
        assert log.poll() is None
    gate.open()

    out, _ = log.communicate(timeout=DEADLINE)
    build.communicate(timeout=DEADLINE)
    assert (log.returncode, out) == (0, b"here\n")


def test_a_build_that_is_killed_ends_the_following(space: Space) -> None:
    build, _ = held(space)
    log = space.start("log", "-f", "a")
    read_until(log, b"one\n")

    os.kill(build.pid, signal.SIGKILL)
    build.communicate(timeout=DEADLINE)
    log.communicate(timeout=DEADLINE)

    assert log.returncode == 0


def test_an_interrupt_ends_the_following_alone(space: Space) -> None:
    build, gate = held(space)
    log = space.start("log", "-f", "a")
    read_until(log, b"one\n")

    os.kill(log.pid, signal.SIGINT)
    _, err = log.communicate(timeout=DEADLINE)

    assert log.returncode == -signal.SIGINT
    assert b"Traceback" not in err
    gate.open()
    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_a_run_that_goes_on_is_told_as_running(space: Space) -> None:
    build, gate = held(space)

    assert space.run("status").out == "running a: run 1\nup to date: 0 targets\n"
    assert space.run("build", "-n").out == "running a: run 1\nrunning 1\n"
    assert space.run("log", "#1").out == "one\n"
    gate.open()
    build.communicate(timeout=DEADLINE)

    assert space.run("status").out == "up to date: 1 target\n"


def test_a_run_that_was_cut_off_is_not_told_as_running_in_the_next_build(space: Space) -> None:
    build, _ = held(space)
    os.kill(build.pid, signal.SIGKILL)
    build.communicate(timeout=DEADLINE)
    ends(build.pid)
    other = space.gate("other")
    space.write("Jobfile.toml", space.read("Jobfile.toml")
                + f'[target.b]\nrun = "{other.command}"\n')  # fmt: skip

    again = space.start("build", "b")
    other.reached()
    told = space.run("status").out

    assert "stale a: it has no result: its last run did not finish\n" in told
    assert "running b: run 2\n" in told
    other.open()
    again.communicate(timeout=DEADLINE)


def test_only_a_target_that_runs_can_be_followed_and_one_at_a_time(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n[target.g]\nneeds = ["a"]\n')

    assert "only one target at a time" in space.run("log", "-f", "a", "g", code=2).err
    assert "`g` is a group" in space.run("log", "-f", "g", code=2).err


def test_the_short_option_before_the_verb_is_that_of_all_verbs(space: Space) -> None:
    space.write("other.toml", '[target.a]\nrun = "echo other"\n')
    space.run("-f", "other.toml", "build")

    assert space.run("-f", "other.toml", "log", "a").out == "other\n"
    assert space.run("-fother.toml", "log", "a").out == "other\n"
    assert json.loads(space.run("runs", "-f", "other.toml", "--json").out)["runs"][0]["id"] == 1


def test_a_terminal_gets_lines_without_controls_and_ctrl_c_ends_it(space: Space) -> None:
    gate = space.gate("g")
    space.jobfile(f"""[target.a]\nrun = '''printf 'o\\033[2Jne\\nhalf'; {gate.command}'''\n""")
    build = space.start("build")
    gate.reached()
    terminal = Terminal(space, "log", "-f", "a")

    terminal.wait_for("one")
    terminal.press(CTRL_C)

    assert terminal.end() == -signal.SIGINT
    assert b"\x1b[2J" not in terminal.written
    gate.open()
    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0
