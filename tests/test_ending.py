"""How the process of a command ends: at once, but with nothing lost that others have to do then."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.plugins.support import plug

if TYPE_CHECKING:
    from tests.support import Space

FAILS = '[target.a]\nrun = "exit 3"\noutputs = ["a"]\n'
AT_EXIT = "import atexit\natexit.register(print, 'the end')\n"
LEFT_OPEN = """
file = open("left", "w")
file.write("all of it")
def jobmake_targets(jobfile):
    return {}
"""
IN_A_THREAD = """
import threading, time
def wait():
    threading.main_thread().join()
    print('the end')
threading.Thread(target=wait).start()
"""


def program(space: Space, before: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run jobmake's program where somebody else was before it in the same process."""
    text = f"{before}\nimport sys\nfrom jobmake.cli import program\nsys.argv[1:] = {list(words)}\n"
    return subprocess.run(
        [sys.executable, "-c", f"{text}program()"],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("jobfile", "words", "code"),
    [(FAILS, ("build",), 1), ("", ("build",), 2), (FAILS, ("list",), 0), (FAILS, ("no",), 2)],
)
def test_the_exit_code_is_told(space: Space, jobfile: str, words: tuple[str], code: int) -> None:
    space.jobfile(jobfile or "[")
    assert space.run(*words, code=code).code == code


def test_all_that_was_printed_comes_out(space: Space) -> None:
    names = [f"target{one:04}" for one in range(3000)]
    space.jobfile("".join(f'[target.{one}]\nneeds = []\nrun = "true"\n' for one in names))
    assert space.run("list").out.split() == names


@pytest.mark.parametrize("before", [AT_EXIT, IN_A_THREAD])
def test_what_others_do_at_the_end_is_done(space: Space, before: str) -> None:
    space.jobfile(FAILS)
    done = program(space, before, "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a\nthe end\n", "")


def test_what_a_plugin_has_open_is_written(space: Space) -> None:
    plug(space, LEFT_OPEN)
    space.build()
    assert space.read("left") == "all of it"


def test_output_that_cannot_be_written_is_an_error(space: Space) -> None:
    space.jobfile(FAILS)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "jobmake", "list"],
            cwd=space.root, env=space.environ(), stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert b"error: " in done.stderr
