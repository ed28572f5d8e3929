"""Runs and their processes at moments that cannot be hit from outside: each test is a small
process that holds a Family and decides itself when it looks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

PROLOGUE = """
import os, signal
from jobmake.tools import family, linux, packets

linux.set_child_subreaper()
reports = []
ours = family.Family(reports.append)

def start(run_id, *texts):
    steps = [("/bin/sh", "-c", text) for text in texts]
    request = packets.start_request(run_id, os.getcwd(), steps, {"JOBMAKE_RUN_ID": run_id})
    log = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    ours.start(family.Run(packets.Start(packets.fields_of(request)), log))

def until_one_ends():
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

def run_to_the_end():
    while not reports or not reports[-1].startswith(b"ended"):
        until_one_ends()
        ours.reap()
    return reports[-1].decode().split("\\0")
"""


def in_a_process(folder: Path, script: str) -> list[str]:
    """Run a script and return the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + script],
        cwd=folder,
        stdout=subprocess.PIPE,
        timeout=DEADLINE,
        check=True,
    )
    return done.stdout.decode().splitlines()


def test_what_ends_by_itself_in_time_is_neither_killed_nor_a_leftover(tmp_path: Path) -> None:
    script = """
family.GRACE = 1000.0
start("1", "mkfifo pipe; (cat pipe; echo last line) & exec 3> pipe; echo data >&3")
print(*run_to_the_end()[9:], "and no more")
"""
    assert in_a_process(tmp_path, script) == ["and no more"]
    assert (tmp_path / "log").read_text() == "data\nlast line\n"


def test_a_signal_between_two_commands_ends_the_run(tmp_path: Path) -> None:
    script = """
start("1", "true", "echo second")
until_one_ends()
ours.signal(b"1", signal.SIGTERM)
kind, run, step, status, *_ = run_to_the_end()
print(step, status)
"""
    assert in_a_process(tmp_path, script) == ["0 15"]
    assert (tmp_path / "log").read_text() == ""


def test_a_leftover_that_may_not_be_killed_holds_up_nothing(tmp_path: Path) -> None:
    script = """
family.GRACE = 0.0
kill = os.kill

def forbidden(pid, signum):
    raise PermissionError

os.kill = forbidden
start("1", "sleep 1000 & exit 3")
print(*run_to_the_end()[9:])
ours.end_all()
(left,) = linux.children_of(os.getpid())
kill(left, signal.SIGKILL)
until_one_ends()
ours.reap()
print(linux.children_of(os.getpid()))
"""
    told, left = in_a_process(tmp_path, script)
    assert told in {f"{name} (still running: not ours to end)" for name in ("sleep", "sh")}
    assert left == "[]"


def test_ending_all_follows_children_that_come_up(tmp_path: Path) -> None:
    script = """
start("1", "mkfifo here; setsid sh -c 'setsid sleep 1000 & echo > here; wait' & wait")
start("2", "read _line < here; sleep 1000")
ours.end_all()
print(linux.children_of(os.getpid()))
"""
    assert in_a_process(tmp_path, script) == ["[]"]


def test_the_memory_of_leftovers_counts(tmp_path: Path) -> None:
    # it does not end by itself: nobody could say then whose it was
    large = "x = b'x' * 150_000_000; open('here', 'w').close(); import signal; signal.pause()"
    script = f"""
family.GRACE = 0.0
start("1", "mkfifo here; {sys.executable} -c \\"{large}\\" & read _line < here; exit 0")
print(int(run_to_the_end()[6]) > 150_000_000)
"""
    assert in_a_process(tmp_path, script) == ["True"]
