"""How a build is ended: by Ctrl-C on a terminal, by signals, by a reader that goes away; and
that none of its processes outlives it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from jobmake.engine.stopping import GRACE
from tests.features.terminal import CTRL_BACKSLASH, CTRL_C, Terminal
from tests.oracles import Marker, is_whole, no_orphans
from tests.support import DEADLINE, JOBMAKE, Gate, Space, ends, marked_processes

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def three_targets(space: Space, before: str = ":") -> Gate:
    """Write a target that is done at once, one that is held half-way, one that needs it."""
    gate = space.gate("half-way")
    space.jobfile(
        f"""
        [target.done]
        run = "touch {{outputs}}"
        outputs = ["done"]
        [target.held]
        run = "{before}; echo half > held; {gate.command}; echo whole > held"
        outputs = ["held"]
        [target.next]
        run = "true"
        needs = ["held"]
        """
    )
    return gate


# -- Ctrl-C ----------------------------------------------------------------------------


@pytest.mark.case("B01")
def test_ctrl_c_passes_the_signal_on_and_keeps_what_is_done(space: Space) -> None:
    gate = three_targets(space, "trap 'echo told > seen; exit 1' INT")
    terminal = Terminal(space, "build", "-j2")
    gate.reached()
    terminal.wait_for("built done")

    terminal.press(CTRL_C)

    assert terminal.end() == -signal.SIGINT
    assert "stopping (SIGINT): waiting for `held`; once more ends it at once" in terminal.text()
    assert "stopped held" in terminal.screen()
    assert terminal.screen()[-2].startswith("stopped 1, not started 1, built 1 in ")
    assert space.read("seen") == "told\n"
    assert not space.exists("held")
    assert space.read(".jobmake/runs/1/outputs/held") == "half\n"
    assert "[target.done]" in space.read("Jobfile.lock")


@pytest.mark.case("B01")
def test_after_ctrl_c_the_next_build_goes_on(space: Space) -> None:
    gate = three_targets(space)
    build = space.start("build", "-j2")
    gate.reached()
    build.send_signal(signal.SIGINT)
    build.communicate(timeout=DEADLINE)

    gate.open()
    result = space.build("next")

    assert result.built == ["held", "next"]
    assert result.reason("held") == "it has no result: its last run was stopped"
    assert space.read("held") == "whole\n"


def test_a_command_that_ends_well_after_ctrl_c_is_recorded_and_nothing_else_starts(
    space: Space,
) -> None:
    gate = three_targets(space, "trap '' INT")
    terminal = Terminal(space, "build", "-j2")
    gate.reached()
    terminal.wait_for("built done")

    terminal.press(CTRL_C)
    terminal.wait_for("stopping (SIGINT)")
    gate.open()

    assert terminal.end() == -signal.SIGINT
    assert "not started 1, built 2 in " in terminal.screen()[-2]
    assert space.build("held").fresh == ["held"]


@pytest.mark.case("B02")
def test_a_second_ctrl_c_kills_what_ignores_the_first(space: Space) -> None:
    gate = three_targets(space, "trap '' INT TERM")
    terminal = Terminal(space, "build", env={"MARKER": str(space.root)})
    gate.reached()

    terminal.press(CTRL_C)
    terminal.wait_for("stopping (SIGINT)")
    terminal.press(CTRL_C)

    assert terminal.end() == -signal.SIGINT
    assert "stopping at once: ending all runs" in terminal.text()
    assert marked_processes(f"MARKER={space.root}") == []
    assert not space.exists("held")


@pytest.mark.case("B01")
def test_ctrl_c_ends_what_sleeps_at_once_and_tells_what_was_done(space: Space) -> None:
    gate = space.gate("sleeps")
    began = f"echo x > {space.path('.gates/sleeps/here')}"
    space.jobfile(
        f"""
        [target.done]
        run = "touch {{outputs}}"
        outputs = ["done"]
        priority = 1
        [target.sleeps]
        matrix = {{ n = [1, 2] }}
        run = "{began}; exec sleep 100"
        needs = ["done"]
        """
    )
    marker = Marker()
    terminal = Terminal(space, "build", "-j2", env=marker.env)
    gate.reached()
    gate.reached()
    pressed = time.monotonic()

    terminal.press(CTRL_C)

    assert terminal.end() == -signal.SIGINT
    assert time.monotonic() - pressed < GRACE  # nothing had to be killed
    no_orphans(marker)
    assert terminal.screen()[-2].startswith("stopped 2, built 1 in ")
    assert is_whole(space.path("Jobfile.lock"))
    assert space.build("done").fresh == ["done"]


@pytest.mark.case("B06")
def test_started_with_sigint_ignored_it_stays_ignored_but_not_for_commands(space: Space) -> None:
    gate = space.gate("held")
    space.jobfile(
        f"""
        [target.a]
        run = "{gate.command}; grep SigIgn: /proc/self/status | cut -f2"
        """
    )
    build = subprocess.Popen(
        ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *JOBMAKE, "build"],
        cwd=space.root, env=space.environ(), stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    gate.reached()

    build.send_signal(signal.SIGINT)
    gate.open()
    out, _ = build.communicate(timeout=DEADLINE)

    assert build.returncode == 0
    assert int(out, 16) & 1 << (signal.SIGINT - 1) == 0


# -- other signals: the whole tree ends -------------------------------------------------


class Tree:
    """A target whose processes leave its group, its session and their parent, all held."""

    def __init__(self, space: Space, before: str = ":") -> None:
        self.marker = f"MARKER={space.root}"
        self.env = {"MARKER": str(space.root)}
        self._gate = space.gate("tree")
        held = self._gate.command
        space.jobfile(
            f"""
            [target.tree]
            run = '''
            {before}
            setsid sh -c '{held}' &
            ( ({held}) & )
            sh -c '({held}) & setsid sh -c "{held}" & wait' &
            echo half > tree; {held}
            '''
            outputs = ["tree"]
            """
        )

    def has_grown(self) -> None:
        """Wait until all its processes are there."""
        for _ in range(5):
            self._gate.reached()


@pytest.mark.case("B03", "B05")
@pytest.mark.parametrize("signum", ENDING)
def test_a_signal_ends_the_whole_tree_and_jobmake_ends_by_it(space: Space, signum: int) -> None:
    tree = Tree(space)
    build = space.start("build", env=tree.env)
    tree.has_grown()

    build.send_signal(signum)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == -signum
    assert f"stopping ({signal.Signals(signum).name}): waiting for `tree`" in err.decode()
    assert marked_processes(tree.marker) == []
    assert not space.exists("tree")


@pytest.mark.case("B02", "B03")
def test_what_ignores_sigterm_is_killed_after_a_grace_of_five_seconds(space: Space) -> None:
    tree = Tree(space, "trap '' TERM")
    build = space.start("build", env=tree.env)
    tree.has_grown()

    build.send_signal(signal.SIGTERM)
    build.communicate(timeout=DEADLINE)

    assert build.returncode == -signal.SIGTERM
    assert marked_processes(tree.marker) == []


@pytest.mark.case("B04")
def test_a_jobmake_that_is_killed_leaves_no_process(space: Space) -> None:
    tree = Tree(space, "trap '' TERM INT HUP")
    build = space.start("build", env=tree.env)
    tree.has_grown()
    family = marked_processes(tree.marker)
    assert len(family) >= 7, "jobmake, its reaper, and the tree"

    build.kill()
    build.communicate(timeout=DEADLINE)

    for pid in family:
        ends(pid)
    assert marked_processes(tree.marker) == []
    assert space.run("why", "tree").out == (
        "tree is stale:\n  it has no result: its last run did not finish\n"
    )


@pytest.mark.case("B04")
def test_a_reaper_that_is_killed_fails_what_ran_and_leaves_no_process(space: Space) -> None:
    tree = Tree(space)
    build = space.start("build", env=tree.env)
    tree.has_grown()
    family = marked_processes(tree.marker)
    reaper = int(Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text())

    os.kill(reaper, signal.SIGKILL)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 1
    assert "the reaper process ended unexpectedly\n" in err.decode()
    for pid in family:
        ends(pid)
    assert not space.exists("tree")


@pytest.mark.case("B05")
def test_a_terminal_that_goes_away_ends_the_build(space: Space) -> None:
    tree = Tree(space)
    terminal = Terminal(space, "build", env=tree.env)
    tree.has_grown()

    terminal.hang_up()

    assert terminal.process.wait(DEADLINE) == -signal.SIGHUP
    assert marked_processes(tree.marker) == []
    assert not space.exists("tree")


@pytest.mark.case("B05")
def test_ctrl_backslash_ends_jobmake_at_once_and_leaves_no_process(space: Space) -> None:
    tree = Tree(space, "trap '' TERM INT HUP QUIT")
    terminal = Terminal(space, "build", env=tree.env)
    tree.has_grown()
    family = marked_processes(tree.marker)

    terminal.press(CTRL_BACKSLASH)

    assert terminal.end() == -signal.SIGQUIT
    for pid in family:
        ends(pid)
    assert marked_processes(tree.marker) == []


@pytest.mark.case("B05")
def test_after_sigquit_the_next_build_goes_on_from_what_was_done(space: Space) -> None:
    """The signal asks for no farewell: it is as after a kill."""
    gate = three_targets(space)
    marker = Marker()
    build = space.start("build", "-j2", env=marker.env)
    gate.reached()
    assert build.stderr is not None
    while not build.stderr.readline().startswith(b"built done"):
        pass

    build.send_signal(signal.SIGQUIT)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == -signal.SIGQUIT
    assert b"Traceback" not in err
    no_orphans(marker)
    assert is_whole(space.path("Jobfile.lock")) or not space.exists("Jobfile.lock")
    gate.open()
    again = space.build()
    assert (again.fresh, again.built) == (["done"], ["held", "next"])
    assert again.reason("held") == "it has no result: its last run did not finish"
    assert space.read("held") == "whole\n"


@pytest.mark.case("B05")
def test_what_was_started_not_to_notice_the_end_of_the_terminal_goes_on(space: Space) -> None:
    gate = space.gate("held")
    space.jobfile(f'[target.a]\nrun = "{gate.command}; echo x > {{outputs}}"\noutputs = ["o"]\n')
    terminal = Terminal(space, "build", command=["nohup", *JOBMAKE])
    gate.reached()

    terminal.hang_up()
    gate.open()

    assert terminal.process.wait(DEADLINE) == 0
    assert space.read("o") == "x\n"
    assert "built 1 in " in space.read("nohup.out")


# -- a reader that goes away ------------------------------------------------------------


@pytest.mark.case("B18")
def test_a_list_whose_reader_goes_away_ends_by_sigpipe(space: Space) -> None:
    space.jobfile(f'[target.a]\nmatrix = {{ n = {list(range(8_000))} }}\nrun = "true"\n')
    process = space.start("list", "-a")
    assert process.stdout is not None

    assert process.stdout.readline() == b"a[n=0]\n"
    process.stdout.close()
    _, err = process.communicate(timeout=DEADLINE)

    assert err == b""
    assert process.returncode == -signal.SIGPIPE


@pytest.mark.case("B18")
def test_a_build_whose_reader_goes_away_ends_by_sigpipe_and_keeps_what_is_done(
    space: Space,
) -> None:
    space.jobfile('[target.chatty]\nrun = "yes | head -c 1000000; touch out"\noutputs = ["out"]\n')
    build = space.start("build")
    assert build.stdout is not None

    assert build.stdout.readline() == b"y\n"
    build.stdout.close()
    _, err = build.communicate(timeout=DEADLINE)

    assert b"Traceback" not in err
    assert build.returncode == -signal.SIGPIPE
    assert space.build().fresh == ["chatty"]


# -- what a command may do with its surroundings ------------------------------------------


@pytest.mark.case("B09")
def test_what_a_command_leaves_running_is_ended_and_named_and_holds_nothing_up(
    space: Space,
) -> None:
    space.jobfile('[target.a]\nrun = "sleep 1000 & echo $!"\n')

    result = space.build()

    assert result.built == ["a"]
    assert "note: it left `sleep` running: ended\n" in result.err
    assert not Path(f"/proc/{int(result.out)}").exists()


@pytest.mark.case("B09")
@pytest.mark.parametrize("how", ["sleep 1000 & echo $!", "setsid sleep 1000 & echo $!"])
def test_what_keeps_all_streams_and_goes_into_the_background_holds_no_terminal_up(
    space: Space, how: str
) -> None:
    space.jobfile(f"[target.a]\nrun = '{how}'\n[target.b]\nrun = 'true'\nneeds = ['a']\n")
    began = time.monotonic()

    terminal = Terminal(space, "build", "-j1")

    assert terminal.end() == 0
    assert "it left `sleep` running: ended" in terminal.text()
    pid = next(line for line in terminal.screen() if line.isdecimal())
    assert not Path(f"/proc/{pid}").exists()
    assert time.monotonic() - began < 60


@pytest.mark.case("B10")
def test_the_standard_input_of_commands_is_empty(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "cat; echo end"\n')

    process = subprocess.run(
        [*JOBMAKE, "build"], cwd=space.root, env=space.environ(), check=True,
        input=b"for jobmake", capture_output=True, timeout=DEADLINE,
    )  # fmt: skip

    assert process.stdout == b"end\n"


@pytest.mark.case("B10")
def test_a_command_that_asks_the_terminal_gets_none(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "read answer < /dev/tty"\n')

    terminal = Terminal(space, "build")

    assert terminal.end() == 1
    assert "cannot open /dev/tty" in terminal.text()
