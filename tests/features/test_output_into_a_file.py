"""Commands that need the shell only for `> FILE`: they are started without it, and mean the
same."""

from __future__ import annotations

import os

import pytest

from tests.support import Space


def test_no_shell_is_started_for_it(space: Space) -> None:
    space.write("show", "#!/bin/sh\ntr '\\0' ' ' < /proc/$PPID/cmdline\n").chmod(0o755)
    space.jobfile("[target.show]\nrun = './show > out'\noutputs = ['out']\n")
    space.build()
    assert "reaper.py" in space.read("out")


def test_the_file_holds_what_the_command_says_and_the_log_the_rest(space: Space) -> None:
    space.write("say", "#!/bin/sh\necho out\necho err >&2\n").chmod(0o755)
    space.jobfile("[target.say]\nrun = './say > said'\noutputs = ['said']\n")
    space.build()
    assert space.read("said") == "out\n"
    assert space.read(".jobmake/runs/1/log") == "err\n"


def test_it_is_seen_from_the_folder_of_the_command(space: Space) -> None:
    space.write("in/x", "1\n")
    space.jobfile("[target.x]\nrun = 'cat x > y'\ncwd = 'in'\noutputs = ['in/y']\n")
    space.build()
    assert space.read("in/y") == "1\n"


def test_the_umask_holds(space: Space) -> None:
    before = os.umask(0o077)
    try:
        space.write("x", "1\n")
        space.jobfile("[target.x]\nrun = 'cat x > y'\noutputs = ['y']\n")
        space.build()
    finally:
        os.umask(before)
    assert space.path("y").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cat x > nowhere/y", "nowhere/y"),
        ("no-such-program > y", "no-such-program"),
        ("cat no-such-file > y", "no-such-file"),
        ("cat x > folder", "folder"),
    ],
)
def test_what_goes_wrong_is_said_in_the_log(space: Space, command: str, said: str) -> None:
    space.write("x", "1\n")
    space.path("folder").mkdir()
    space.jobfile(f"[target.x]\nrun = '{command}'\noutputs = ['y']\n")
    result = space.build(code=1)
    assert result.failed == ["x"]
    assert said in space.read(".jobmake/runs/1/log")


def test_a_pipe_that_nobody_reads_holds_up_nobody_else(space: Space) -> None:
    os.mkfifo(space.path("pipe"))
    space.write("x", "1\n")
    space.jobfile(
        """
        [target.held]
        run = "cat x > pipe"
        [target.reader]
        run = "cat pipe > y"
        outputs = ["y"]
        """
    )
    space.build("-j2")
    assert space.read("y") == "1\n"


def test_the_exit_code_and_the_signal_are_the_commands(space: Space) -> None:
    space.write("end", "#!/bin/sh\nkill -TERM $$\n").chmod(0o755)
    space.jobfile("[target.end]\nrun = './end > y'\noutputs = ['y']\n")
    assert "SIGTERM" in space.build(code=1).err
