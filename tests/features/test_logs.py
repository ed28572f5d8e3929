"""What commands write, and what is shown of it: whole in the log, safe on a terminal, grouped
by target; and how jobmake itself talks to a person and to a pipe.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.features.terminal import Terminal
from tests.support import DEADLINE, JOBMAKE, Space

BYTES = b"caf\xc3\xa9 \xff\xfe\x00 50%\r100%\r\n\n\x1b[31mred\x1b[0m no newline at the end"
CAT = '[target.a]\nrun = "cat {inputs}"\ninputs = ["bytes"]\n'
CLIPBOARD, TITLE, MOVE = b"\x1b]52;c;cm0gLXJm\x07", b"\x1b]0;gotcha\x1b\\", b"\x1b[2J\x1b[H"


# -- the log ---------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["", "; exit 1"])
def test_a_log_is_what_the_command_wrote_byte_for_byte(space: Space, ends: str) -> None:
    space.jobfile(CAT.replace("cat {inputs}", "cat {inputs}" + ends))
    space.write("bytes", BYTES)

    space.start("build").communicate(timeout=DEADLINE)
    out, _ = space.start("log", "a").communicate(timeout=DEADLINE)

    assert space.path(".jobmake/runs/1/log").read_bytes() == BYTES
    assert out == BYTES


def test_a_pipe_gets_the_bytes_of_each_target_as_they_are(space: Space) -> None:
    space.jobfile(CAT)
    space.write("bytes", BYTES)

    out, _ = space.start("build").communicate(timeout=DEADLINE)

    assert out == BYTES


def test_standard_output_and_error_are_in_one_log_in_the_order_of_writing(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo 1; echo 2 >&2; echo 3"\n')

    assert space.build().out == "1\n2\n3\n"


def test_the_log_is_that_of_the_last_run(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "cat in"\ninputs = ["in"]\n')
    for text in ("first", "second"):
        space.write("in", text)
        space.build()

    assert space.run("log", "a").out == "second"


def test_a_target_that_wrote_nothing_has_no_log_and_that_is_said(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n')
    space.build()

    result = space.run("log", "a")

    assert (result.out, result.err) == ("", "note: run 1 of `a` wrote no output\n")
    assert not space.exists(".jobmake/runs/1")


def test_a_target_that_never_ran_has_no_log(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n')

    result = space.run("log", "a", code=2)

    assert result.err == "error: no run of `a` is known here\nhint: `jobmake build a` makes one\n"


def test_several_logs_are_told_apart(space: Space) -> None:
    space.jobfile('[target.a]\nmatrix = { n = [1, 2] }\nrun = "echo this is {matrix.n}"\n')
    space.build()

    result = space.run("log", "a")

    assert result.out == "this is 1\nthis is 2\n"
    assert result.err == "--- a[n=1]\n--- a[n=2]\n"


# -- very much output ------------------------------------------------------------------


def peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Wait for a jobmake; return the most that it, its reaper or a command took, in bytes."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


@pytest.mark.parametrize("ends", ["", "; exit 1"])
def test_memory_stays_flat_with_two_hundred_megabytes_of_output(space: Space, ends: str) -> None:
    space.jobfile(f'[target.a]\nrun = "head -c 200000000 /dev/zero{ends}"\n')

    build = subprocess.Popen(
        [*JOBMAKE, "build"], cwd=space.root, env=space.environ(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    assert peak_memory(build) < 80_000_000
    assert build.returncode == bool(ends)
    assert space.path(".jobmake/runs/1/log").stat().st_size == 200_000_000


@pytest.mark.parametrize("verb", ["build", "log"])
def test_memory_stays_flat_when_a_terminal_is_shown_one_endless_line(
    space: Space, verb: str
) -> None:
    space.jobfile("[target.a]\nrun = \"head -c 30000000 /dev/zero | tr '\\\\0' a\"\n")
    if verb == "log":
        space.run("build")

    terminal = Terminal(space, verb, "a", keep=100)
    terminal.end(wait=False)

    assert peak_memory(terminal.process) < 80_000_000
    assert terminal.read == 30_000_000
