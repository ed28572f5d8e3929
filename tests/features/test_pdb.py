"""`jobmake build --pdb`: a debugger on the terminal of the build."""

from __future__ import annotations

import pytest

from tests.features.terminal import Terminal

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = '[target.f]\npython = "work:f"\n'


def test_a_job_that_raised_is_looked_at_where_it_did(space):
    space.write("work.py", "def f():\n    secret = 6 * 7\n    raise ValueError('bad')\n")
    space.jobfile(JOBFILE)
    terminal = Terminal(space, "build", "--pdb", "f")
    terminal.wait_for("(Pdb) ")
    terminal.press(b"p secret + 1\n")
    terminal.wait_for("43")
    terminal.press(b"q\n")
    assert terminal.end() == 1
    assert "ValueError: bad" in terminal.text()


def test_a_breakpoint_stops_and_goes_on(space):
    space.write("work.py", "def f():\n    secret = 6 * 7\n    breakpoint()\n    return secret\n")
    space.jobfile(JOBFILE)
    terminal = Terminal(space, "build", "--pdb", "f")
    terminal.wait_for("(Pdb) ")
    terminal.press(b"secret = 43\n")
    terminal.press(b"c\n")
    assert terminal.end() == 0
    assert space.run("show", "f", "--value").out.strip() == "43"
