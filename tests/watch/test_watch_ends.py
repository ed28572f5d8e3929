"""How `jobmake watch` ends, what it leaves behind (nothing), and what is on the screen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from shutil import which
from typing import TYPE_CHECKING

import pytest

from tests.features.terminal import CTRL_C, Terminal
from tests.support import JOBMAKE, Space, ends, marked_processes
from tests.watch.rig import watching

if TYPE_CHECKING:
    from pathlib import Path

COPY = """
[target.copy]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out"]
"""
MARKER = "MARK_OF_THIS_TEST"


@pytest.fixture
def copy(space: Space) -> Space:
    """One target."""
    space.jobfile(COPY)
    space.write("a.txt", "a\n")
    return space


# -- ends ------------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_while_it_waits(copy: Space, signum: int) -> None:
    with watching(copy, "--exec", "sleep 300", env={MARKER: str(copy.root)}) as watch:
        watch.rests()
        assert watch.ends(signum) == -signum
    assert marked_processes(f"{MARKER}={copy.root}") == []
    assert copy.run("status", "--check")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_what_runs(space: Space, signum: int) -> None:
    gate = space.gate("half-way")
    space.write("a.txt", "a\n")
    space.jobfile(COPY.replace("cat {inputs} > {outputs}", f"sleep 300 & {gate.command}"))
    with watching(space, env={MARKER: str(space.root)}) as watch:
        gate.reached()
        watch.process.send_signal(signum)
        told = watch.until("build_ended")
        assert told.targets("target_stopped") == ["copy"]
        assert watch.ends() == -signum
    assert marked_processes(f"{MARKER}={space.root}") == []


def test_it_ends_when_nobody_reads_what_it_tells(copy: Space) -> None:
    with watching(copy) as watch:
        watch.rests()
        assert watch.process.stdout is not None
        watch.process.stdout.close()
        watch.process.stdout = None
        assert watch.ends() == -signal.SIGPIPE


def test_it_is_killed_and_leaves_nothing(copy: Space) -> None:
    with watching(copy, "--exec", "sleep 300", env={MARKER: str(copy.root)}) as watch:
        watch.rests()
        reapers = marked_processes(f"{MARKER}={copy.root}")
        watch.ends(signal.SIGKILL)
        for pid in reapers:
            if pid != watch.process.pid:
                ends(pid)


# -- the screen ------------------------------------------------------------------------


def piped(space: Space, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*JOBMAKE, "watch", *arguments],
        cwd=space.root,
        env=space.environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def lines_until(process: subprocess.Popen[str], end: str) -> list[str]:
    """The lines up to one that holds ``end``, without times."""
    assert process.stderr is not None
    found = []
    for line in process.stderr:
        found.append(re.sub(r"\d+ ms|\d\d:\d\d:\d\d|\d+\.\d s", "TIME", line.rstrip("\n")))
        if end in line:
            return found
    raise AssertionError(found)


def test_what_is_told_to_people(copy: Space) -> None:
    copy.replace("Jobfile.toml", "cat", "grep -v bad")
    with piped(copy) as process:
        assert lines_until(process, "watching") == [
            "running copy: it was never built",
            "built copy in TIME",
            "built 1 in TIME",
            "up to date: 1 target · watching 3 files · TIME",
        ]
        copy.write("a.txt", "bad\n")
        assert lines_until(process, "watching") == [
            "changed: a.txt",
            "running copy: input `a.txt` changed",
            "error: target `copy` failed: exit code 1",
            "  command: grep -v bad a.txt > out",
            "  it ran because: input `a.txt` changed",
            "  it wrote no output",
            "failed 1 in TIME",
            "1 target failed: copy · watching 3 files · TIME",
        ]
        copy.write("a.txt", "a\n")  # as it was at first
        assert lines_until(process, "watching") == [
            "changed: a.txt",
            "restored copy: it has no result: its last run failed: exit code 1, and 1 more",
            "restored 1 in TIME",
            "up to date: 1 target · watching 3 files · TIME",
        ]
        copy.replace("Jobfile.toml", "outputs =", "outptus =")
        assert lines_until(process, "watching") == [
            "changed: Jobfile.toml",
            "error: unknown key `outptus` of target `copy`",
            "  --> Jobfile.toml:5",
            '5 | outptus = ["out"]',
            "  | ^^^^^^^",
            "hint: did you mean `outputs`?",
            "`Jobfile.toml` is wrong, and the last good one stays · up to date: 1 target"
            " · watching 3 files · TIME",
        ]
        copy.replace("Jobfile.toml", "outptus =", "outputs =")
        assert lines_until(process, "watching") == [
            "changed: Jobfile.toml",
            "`Jobfile.toml` read again",
            "up to date: 1 target · watching 3 files · TIME",
        ]
        process.terminate()


def test_with_verbose_it_tells_of_edits_from_which_nothing_follows(copy: Space) -> None:
    with piped(copy, "-v") as process:
        lines_until(process, "watching")
        os.utime(copy.path("a.txt"))
        assert lines_until(process, "a.txt") == ["note: nothing follows from a change of `a.txt`"]
        process.terminate()


def test_ctrl_c_on_a_terminal_ends_it_at_once(copy: Space) -> None:
    terminal = Terminal(copy, "watch", "--clear")
    terminal.wait_for("watching 3 files")
    copy.write("a.txt", "new\n")
    terminal.wait_for("changed: a.txt")
    terminal.wait_for("up to date: 1 target")
    assert terminal.written.count(b"\x1b[2J") == 2
    terminal.press(CTRL_C)
    assert terminal.end() == -signal.SIGINT
    assert "Traceback" not in terminal.text()


def test_it_goes_on_after_ctrl_z(copy: Space) -> None:
    with watching(copy) as watch:
        watch.rests()
        with watch.held():
            pass
        copy.write("a.txt", "new\n")
        assert watch.rests().built == ["copy"]


# -- after builds ----------------------------------------------------------------------


def test_exec_runs_after_each_good_build_in_which_something_was_made(copy: Space) -> None:
    copy.replace("Jobfile.toml", "cat", "grep -v bad")
    ran = copy.gate("ran")
    command = f"cat out >> ran; {ran.command}"
    with watching(copy, "--exec", command) as watch:
        watch.rests()
        ran.reached()
        ran.open()

        copy.write("a.txt", "bad\n")
        assert watch.rests().rest["failed"] == ["copy"]
        copy.write("Jobfile.toml", copy.read("Jobfile.toml") + "# no other targets\n")
        watch.rests()
        copy.write("a.txt", "good\n")
        watch.rests()
        ran.reached()
        ran.open()
        assert copy.read("ran") == "a\ngood\n"


def test_exec_ends_what_still_runs_from_before(copy: Space) -> None:
    ran = copy.gate("ran")
    command = f"(trap '' TERM; exec sleep 300) & {ran.command}; sleep 300"
    with watching(copy, "--exec", command, env={MARKER: str(copy.root)}) as watch:
        watch.rests()
        ran.reached()
        before = marked_processes(f"{MARKER}={copy.root}")
        copy.write("a.txt", "new\n")
        told = watch.rests()
        assert told.notices == []
        ran.reached()
        after = marked_processes(f"{MARKER}={copy.root}")
        assert len(after) == len(before)
        assert watch.ends(signal.SIGINT) == -signal.SIGINT
    assert marked_processes(f"{MARKER}={copy.root}") == []


def test_exec_that_fails_is_told(copy: Space) -> None:
    with watching(copy, "--exec", "exit 3") as watch:
        watch.rests()
        assert watch.until("notice").notices == ["`exit 3` ended with exit code 3"]
        copy.write("a.txt", "new\n")
        assert watch.rests().built == ["copy"]
        assert watch.until("notice").notices == ["`exit 3` ended with exit code 3"]


def test_notify_tells_the_desktop_when_good_and_bad_change(copy: Space, tmp_path: Path) -> None:
    copy.replace("Jobfile.toml", "cat", "grep -v bad")
    notified = copy.gate("notified")
    program = tmp_path / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {copy.path("told")}\n{notified.command}\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    with watching(copy, "--notify", env={"PATH": path}) as watch:
        watch.rests()
        copy.write("a.txt", "bad\n")
        watch.rests()
        notified.reached()
        notified.open()
        copy.write("a.txt", "good\n")
        watch.rests()
        notified.reached()
        notified.open()
    assert copy.read("told") == (
        "--app-name=jobmake jobmake project: targets fail\n"
        "--app-name=jobmake jobmake project: all is up to date again\n"
    )


def test_notify_without_a_notifier_rings_the_bell_of_the_terminal(
    copy: Space, tmp_path: Path
) -> None:
    copy.replace("Jobfile.toml", "cat", "grep -v bad")
    for name in ("cat", "grep", "sh"):
        (tmp_path / name).symlink_to(str(which(name)))
    terminal = Terminal(copy, "watch", "--notify", env={"PATH": str(tmp_path)})
    terminal.wait_for("watching 3 files")
    assert b"\x07" not in terminal.written
    copy.write("a.txt", "bad\n")
    terminal.wait_for("1 target failed: copy")
    assert b"\x1b]9;project: targets fail\x07\x07" in terminal.written
    terminal.press(CTRL_C)
    assert terminal.end() == -signal.SIGINT
