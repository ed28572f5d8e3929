"""What commands write, and what is shown of it: whole in the log, safe on a terminal, grouped
by target; and how jobmake itself talks to a person and to a pipe.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.features.terminal import Terminal
from tests.support import DEADLINE, JOBMAKE, Gate, Space

BYTES = b"caf\xc3\xa9 \xff\xfe\x00 50%\r100%\r\n\n\x1b[31mred\x1b[0m no newline at the end"
CAT = '[target.a]\nrun = "cat {inputs}"\ninputs = ["bytes"]\n'
CLIPBOARD, TITLE, MOVE = b"\x1b]52;c;cm0gLXJm\x07", b"\x1b]0;gotcha\x1b\\", b"\x1b[2J\x1b[H"


# -- the log ---------------------------------------------------------------------------


@pytest.mark.case("B12")
@pytest.mark.parametrize("ends", ["", "; exit 1"])
def test_a_log_is_what_the_command_wrote_byte_for_byte(space: Space, ends: str) -> None:
    space.jobfile(CAT.replace("cat {inputs}", "cat {inputs}" + ends))
    space.write("bytes", BYTES)

    space.start("build").communicate(timeout=DEADLINE)
    out, _ = space.start("log", "a").communicate(timeout=DEADLINE)

    assert space.path(".jobmake/runs/1/log").read_bytes() == BYTES
    assert out == BYTES


@pytest.mark.case("B12")
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


def peak_memory(pid: int) -> int:
    """Return the most memory that a process has taken so far, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


@pytest.mark.case("B11")
def test_memory_stays_flat_with_two_hundred_megabytes_of_output(space: Space) -> None:
    gate = space.gate("after")
    space.jobfile(
        f"""
        [target.chatty]
        run = "head -c 200000000 /dev/zero"
        [target.after]
        run = "{gate.command}"
        needs = ["chatty"]
        """
    )
    build = subprocess.Popen(
        [*JOBMAKE, "build"], cwd=space.root, env=space.environ(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    gate.reached()
    reaper = int(Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text())

    assert space.path(".jobmake/runs/1/log").stat().st_size == 200_000_000
    assert peak_memory(build.pid) < 60_000_000
    assert peak_memory(reaper) < 30_000_000
    gate.open()
    assert build.wait(DEADLINE) == 0


@pytest.mark.case("B11")
def test_memory_stays_flat_when_a_terminal_is_shown_one_endless_line(space: Space) -> None:
    space.jobfile("[target.a]\nrun = \"head -c 30000000 /dev/zero | tr '\\\\0' a\"\n")

    for verb in ("build", "log"):
        terminal = Terminal(space, verb, "a")
        terminal.read(29_000_000)
        assert peak_memory(terminal.process.pid) < 60_000_000
        assert terminal.end() == 0


# -- on the screen ---------------------------------------------------------------------

FOUR = {name: f"{name}1\n{name}2\n" for name in "abcd"}


def four_at_once(space: Space) -> list[Gate]:
    """Write four targets, each held between its first and its second line."""
    gates = [space.gate(name) for name in FOUR]
    space.jobfile(
        "".join(
            f'[target.{name}]\nrun = "echo {name}1; {gate.command}; echo {name}2"\n'
            for name, gate in zip(FOUR, gates, strict=True)
        )
    )
    return gates


@pytest.mark.case("B12")
def test_outputs_of_targets_that_run_at_once_are_not_mixed(space: Space) -> None:
    gates = four_at_once(space)
    build = space.start("build", "-j4")

    for gate in gates:
        gate.reached()
    for gate in gates:
        gate.open()
    out, _ = build.communicate(timeout=DEADLINE)

    assert sorted(out.decode().split("\n")[1::2]) == ["a2", "b2", "c2", "d2"]
    assert all(text in out.decode() for text in FOUR.values())


def test_a_terminal_shows_what_runs_and_a_bar_and_at_the_end_neither(space: Space) -> None:
    gates = four_at_once(space)
    terminal = Terminal(space, "build", "-j4", env={"NO_COLOR": ""})

    for gate in gates:
        gate.reached()
    terminal.wait_for("━ 0 of 4")
    running = [line.split()[0] for line in terminal.screen() if line.startswith("  ")]
    for gate in gates:
        gate.open()

    assert terminal.end() == 0
    assert running == list(FOUR)
    shown = "\n".join(terminal.screen())
    assert all(text in shown for text in FOUR.values())
    assert "━" not in shown
    assert [line for line in terminal.screen() if line.startswith("  ")] == []
    assert re.fullmatch(r"built 4 in .*", terminal.screen()[-2])
    assert terminal.written.count(b"\x1b[?25h") == terminal.written.count(b"\x1b[?25l")


def test_the_bar_tells_the_time_left_by_what_runs_took_in_the_past(space: Space) -> None:
    gate = space.gate("held")
    space.jobfile(f'[target.a]\nrun = "{gate.command}"\n')
    gate.open()
    space.build()
    with closing(sqlite3.connect(space.path(".jobmake/runs.db"))) as history, history:
        history.execute("update runs set seconds = 1000")

    terminal = Terminal(space, "build", "-B", "-j1")
    terminal.wait_for("0 of 1, about 16 m ")
    gate.open()

    assert terminal.end() == 0


@pytest.mark.case("G12")
@pytest.mark.parametrize("ends", ["", "; exit 1"])
def test_a_terminal_gets_no_control_sequence_of_a_command(space: Space, ends: str) -> None:
    data = b"before " + CLIPBOARD + TITLE + MOVE + b"after\n"
    space.jobfile(CAT.replace("cat {inputs}", "cat {inputs}" + ends))
    space.write("bytes", data)

    for verb in ("build", "log"):
        terminal = Terminal(space, verb, "a")
        terminal.end()
        assert "before after" in terminal.text()
        for sequence in (CLIPBOARD, TITLE, MOVE):
            assert sequence not in terminal.written
    assert space.path(".jobmake/runs/1/log").read_bytes() == data


def test_a_last_line_without_its_end_is_not_wiped_off_the_screen(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "printf half"\n[target.b]\nrun = "true"\nneeds = ["a"]\n')

    terminal = Terminal(space, "build")

    assert terminal.end() == 0
    assert terminal.screen()[1] == "half"


# -- for a pipe, for a person, or for nobody ---------------------------------------------


def test_a_pipe_gets_plain_lines(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\n[target.b]\nneeds = ["a"]\nrun = "exit 1"\n')

    result = space.run("build", env={"NO_COLOR": "", "TERM": "xterm-256color"}, code=1)

    assert "\x1b" not in result.err
    lines = result.err.splitlines()
    assert lines[0] == "running a: it was never built"
    assert lines[1] == "  true"
    assert lines[2].startswith("built a in ")
    assert lines[3] == "running b: it was never built"


@pytest.mark.parametrize(
    ("options", "environ", "colored"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals_unless_told_otherwise(
    space: Space, options: tuple[str, ...], environ: Mapping[str, str], colored: bool
) -> None:
    space.jobfile('[target.a]\nrun = "exit 1"\n')

    result = space.run("build", *options, env={"NO_COLOR": "", **environ}, code=1)

    assert ("\x1b[31;1merror:\x1b[0m" in result.err) == colored
    assert ("\x1b" in result.err) == colored


@pytest.mark.parametrize(
    ("environ", "colored"),
    [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_on_a_terminal_there_are_colours_but_where_they_are_not_wanted(
    space: Space, environ: Mapping[str, str], colored: bool
) -> None:
    space.jobfile('[target.a]\nrun = "true"\n')

    terminal = Terminal(space, "build", env={"NO_COLOR": "", **environ})

    assert terminal.end() == 0
    assert (b"\x1b[32m" in terminal.written) == colored


def test_quiet_says_nothing_but_errors(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo a"\n[target.b]\nrun = "echo b; exit 1"\n')

    result = space.run("build", "-q", "-j1", code=1)

    assert result.out == ""
    assert result.err.splitlines()[0] == "error: target `b` failed: exit code 1"
    assert "running" not in result.err
    assert "failed 1" not in result.err


def test_verbose_shows_commands_and_what_is_up_to_date(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true {params.x}"\n[params]\nx = "it\'s"\n')

    assert "running a: it was never built\n  true 'it'\"'\"'s'\nbuilt a" in space.build("-v").err
    assert space.build("-v").err.startswith("up to date a\nup to date: 1 target checked in ")
    assert space.run("--color=never", "build").err.startswith("up to date: 1 target checked in ")
