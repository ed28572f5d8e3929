"""`build --pdb`: a Python job on the terminal, and Python's debugger where it raises."""

from __future__ import annotations

import pytest

from tests.features.terminal import Terminal

pytestmark = pytest.mark.usefixtures("no_cache")


def test_where_a_job_raises_the_debugger_opens(space):
    space.write("work.py", "def f(of: int = 3):\n    half = of / 2\n    return 1 / (half - 1.5)\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    terminal = Terminal(space, "build", "--pdb", "f")
    terminal.wait_for("(Pdb)")
    terminal.press(b"p 'half', half * 100\n")
    terminal.wait_for("('half', 150.0)")
    terminal.press(b"q\n")
    assert terminal.end() == 1
    assert "failed: raised `ZeroDivisionError: float division by zero` at work.py:3" in (
        " ".join(terminal.text().split())
    )


def test_breakpoints_of_the_code_are_kept_and_a_good_end_is_one(space):
    space.write("work.py", "def f():\n    one = 1\n    breakpoint()\n    return one\n")
    space.jobfile('[target.f]\npython = "work:f"\n')
    terminal = Terminal(space, "build", "--pdb", "f")
    terminal.wait_for("(Pdb)")
    terminal.press(b"one = 41 + 1\n")
    terminal.wait_for("(Pdb)")
    terminal.press(b"c\n")
    assert terminal.end() == 0
    assert space.run("show", "f", "--value").out == "42\n"
