"""Runs that have the terminal: what they see of it, and how they end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import pytest

from tests.features.terminal import CTRL_C, Terminal
from tests.support import DEADLINE, JOBMAKE, Space, ends

pytestmark = pytest.mark.timeout(120)

CTRL_Z = b"\x1a"


@pytest.fixture
def space(tmp_path) -> Space:
    return Space(tmp_path / "project")


def python(space: Space, script: str, **keys: object) -> None:
    """Make a project with one interactive target that runs a Python script."""
    space.write("ask.py", script)
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    space.jobfile(
        f'[target.ask]\ninteractive = true\nargv = ["{sys.executable}", "ask.py"]\n{more}'
    )


def test_it_reads_what_is_typed_and_writes_to_the_screen(space: Space) -> None:
    space.jobfile(
        """
[target.ask]
interactive = true
run = "tty && printf 'your name? ' && read name && echo \\"hello $name\\" && echo $name > {outputs}"
outputs = ["name"]
"""
    )
    terminal = Terminal(space, "build")
    terminal.wait_for("your name? ")
    terminal.press(b"Ada\n")
    assert terminal.end() == 0
    assert "hello Ada" in terminal.text()
    assert "/dev/pts/" in terminal.text()
    assert space.read("name") == "Ada\n"
    assert "built ask in" in terminal.text()


def test_it_is_in_the_foreground_of_jobmakes_group(space: Space) -> None:
    python(
        space,
        "import os\n"
        "print('fg', os.tcgetpgrp(0) == os.getpgrp(), os.isatty(1), os.isatty(2))\n"
        "open('group', 'w').write(str(os.getpgrp()))\n",
    )
    terminal = Terminal(space, "build")
    assert terminal.end() == 0
    assert "fg True True True" in terminal.text()
    assert space.read("group") == str(terminal.process.pid)


def test_ctrl_c_reaches_it_once_and_the_build_stops_after_it(space: Space) -> None:
    python(
        space,
        "import signal, sys\n"
        "got = []\n"
        "signal.signal(signal.SIGINT, lambda *_: got.append(1))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print('got', len(got), flush=True)\n",
        outputs='["never"]',
    )
    space.write("Jobfile.toml", space.read("Jobfile.toml") + '[target.next]\nrun = "touch next"\n'
                'needs = ["ask"]\n')  # fmt: skip
    terminal = Terminal(space, "build")
    terminal.wait_for("ready")
    terminal.press(CTRL_C)
    terminal.press(b"\n")
    terminal.wait_for("got 1")
    assert terminal.end() == -signal.SIGINT
    assert not space.exists("next")


def test_a_command_that_dies_of_ctrl_c_is_stopped(space: Space) -> None:
    space.jobfile('[target.ask]\ninteractive = true\nrun = "echo ready; exec sleep 1000"')
    terminal = Terminal(space, "build")
    terminal.wait_for("ready")
    terminal.press(CTRL_C)
    assert terminal.end() == -signal.SIGINT
    assert "stopped ask" in terminal.text()


def test_the_screen_is_left_alone_meanwhile(space: Space) -> None:
    gate, other = space.gate("ask"), space.gate("other")
    space.jobfile(
        f"""
[target.ask]
interactive = true
run = "echo mine; {gate.command}; echo still mine"
[target.other]
run = "{other.command}"
[target.third]
needs = ["other"]
run = "true"
"""
    )
    terminal = Terminal(space, "build", "-j2")
    gate.reached()
    other.reached()
    terminal.wait_for("mine")
    other.open()
    before = len(terminal.text())
    gate.open()
    terminal.wait_for("still mine")
    assert terminal.text()[before:].lstrip().startswith("still mine")
    assert terminal.end() == 0
    assert "built 3" in terminal.text()


def test_ctrl_z_stops_both_and_both_go_on(space: Space) -> None:
    """A shell with job control above, as people have it."""
    python(
        space,
        "import os\nprint('pid', os.getpid(), flush=True)\nprint('line', input(), flush=True)\n",
    )
    command = " ".join(map(shlex.quote, [*JOBMAKE, "build"]))
    space.write("outer", f"set -m\n{command}\necho suspended $?\nfg\necho ended $?\n")
    terminal = _in_terminal(space, ["bash", "--norc", "outer"])
    terminal.wait_for("pid ")
    terminal.press(CTRL_Z)
    terminal.wait_for("suspended 148")
    terminal.press(b"typed\n")
    terminal.wait_for("line typed")
    terminal.wait_for("ended 0")
    terminal.end()


@pytest.mark.parametrize("whole_group", [False, True])
def test_it_ends_with_jobmake_even_if_that_is_killed(space: Space, whole_group: bool) -> None:
    python(
        space,
        "import os, signal, subprocess\n"
        "for one in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(one, signal.SIG_IGN)\n"
        "more = [subprocess.Popen(['sleep', '1000'], start_new_session=one) for one in (0, 1)]\n"
        "print('pids', os.getpid(), *(one.pid for one in more), 'end', flush=True)\n"
        "signal.pause()\n",
    )
    terminal = Terminal(space, "build")
    terminal.wait_for("end")
    pids = [int(word) for word in terminal.text().partition("pids")[2].split()[:3]]
    kill = os.killpg if whole_group else os.kill
    kill(terminal.process.pid, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    for pid in pids:
        ends(pid)


def test_a_second_ctrl_c_ends_it(space: Space) -> None:
    python(
        space,
        "import signal\n"
        "signal.signal(signal.SIGINT, lambda *_: print('got it', flush=True))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n",
    )
    terminal = Terminal(space, "build")
    terminal.wait_for("ready")
    terminal.press_to_the_end(CTRL_C)
    assert terminal.end() == -signal.SIGINT


def test_the_terminal_is_as_before_after_a_program_that_was_killed(space: Space) -> None:
    python(
        space,
        "import os, signal, tty\n"
        "os.setpgid(0, 0)\n"
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)\n"
        "os.tcsetpgrp(0, os.getpgrp())\n"
        "tty.setraw(0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
    )
    jobmake = " ".join(map(shlex.quote, [*JOBMAKE, "build"]))
    space.write("outer", f"stty -a > before\n{jobmake}\nstty -a > after\nread x\necho read $x\n")
    terminal = _in_terminal(space, ["sh", "outer"])
    terminal.wait_for("was ended by SIGKILL")
    terminal.press(b"typed\n")
    terminal.wait_for("read typed")
    terminal.end()
    assert space.read("after") == space.read("before")


def test_without_a_terminal_it_gets_the_streams_of_jobmake(space: Space) -> None:
    space.jobfile(
        '[target.ask]\ninteractive = true\nrun = "read x; echo out $x; echo err $x >&2; exit 3"'
    )
    done = subprocess.run(
        [*JOBMAKE, "build"],
        cwd=space.root,
        env=space.environ(),
        input=b"given\n",
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.stdout == b"out given\n"
    assert b"err given\n" in done.stderr
    assert b"exit code 3" in done.stderr
    assert done.returncode == 1


def test_it_may_be_started_without_any_stream(space: Space) -> None:
    space.jobfile('[target.ask]\ninteractive = true\nrun = "read x || echo none > {outputs}"\n'
                  'outputs = ["a"]')  # fmt: skip
    command = " ".join(map(shlex.quote, [*JOBMAKE, "build"]))
    subprocess.run(
        ["/bin/sh", "-c", f"exec {command} <&- >&- 2>&-"],
        cwd=space.root,
        env=space.environ(),
        timeout=DEADLINE,
        check=False,
    )
    assert space.read("a") == "none\n"


def test_interactive_does_not_count(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    space.replace("Jobfile.toml", "[target.a]", "[target.a]\ninteractive = true")
    assert space.build().fresh == ["a"]


def test_what_it_leaves_running_is_ended(space: Space) -> None:
    space.jobfile(
        "[target.ask]\ninteractive = true\n"
        'run = "sleep 1000 & echo pid $! end; setsid sleep 1000 &"'
    )
    terminal = Terminal(space, "build")
    assert terminal.end() == 0
    ends(int(terminal.text().partition("pid ")[2].split()[0]))
    assert "it left `sleep`, `sleep` running: ended" in terminal.text()


def _in_terminal(space: Space, command: list[str]) -> Terminal:
    """Start any command on a terminal of its own."""
    return Terminal(space, command=command)
