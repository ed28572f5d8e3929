"""`jobmake watch` and edits that come while something is built; other builds; lost events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support import JOBMAKE, Gate, Space
from tests.watch.rig import watching

if TYPE_CHECKING:
    pass


def held(space: Space) -> Gate:
    """A target that is held while it runs, and one that is not."""
    gate = space.gate("half-way")
    space.jobfile(
        f"""
        [target.held]
        run = "cat {{inputs}} > {{outputs}}; {gate.command}"
        inputs = ["a.txt"]
        outputs = ["out/held"]
        [target.free]
        run = "cat {{inputs}} > {{outputs}}"
        inputs = ["b.txt"]
        outputs = ["out/free"]
        """
    )
    space.write("a.txt", "a\n")
    space.write("b.txt", "b\n")
    return gate


@pytest.mark.case("E06")
def test_an_edit_during_a_build_is_built_after_it(space: Space) -> None:
    gate = held(space)
    with watching(space, "-j2") as watch:
        gate.reached()
        watch.until("target_built", target="free")
        space.write("b.txt", "new\n")
        gate.open()
        told = watch.rests()
        assert told.built == ["held", "free"]
        assert told.of("build_ended")[0]["summary"]["built"] == ["free", "held"]
        assert told.changed == ["b.txt"]
        assert space.read("out/free") == "new\n"


@pytest.mark.case("E06")
def test_an_input_that_changes_while_it_is_read_is_not_taken_for_built(space: Space) -> None:
    gate = held(space)
    with watching(space, "held") as watch:
        gate.reached()
        space.write("a.txt", "new\n")
        gate.open()
        watch.until("target_again", target="held")
        gate.reached()
        gate.open()
        assert watch.rests().built == ["held"]
        assert space.read("out/held") == "new\n"


def test_with_restart_an_edit_ends_what_runs(space: Space) -> None:
    gate = held(space)
    with watching(space, "--restart", "held") as watch:
        gate.reached()
        space.write("a.txt", "new\n")
        told = watch.until("target_stopped", target="held")
        [stopping] = told.of("stopping")
        assert (stopping["anew"], stopping["running"]) == (True, ["held"])
        gate.reached()
        gate.open()
        told = watch.rests()
        assert told.built == ["held"]
        assert space.read("out/held") == "new\n"


def test_with_restart_what_the_build_writes_ends_nothing(space: Space) -> None:
    gate = held(space)
    with watching(space, "--restart", "-j2") as watch:
        gate.reached()
        first = watch.until("target_built", target="free")
        space.write("nobody-reads.txt", "x")
        gate.open()
        told = watch.rests()
        assert first.of("stopping") == []
        assert told.targets("target_stopped") == []
        assert told.built == ["held"]


def test_with_restart_the_jobfile_counts_too(space: Space) -> None:
    gate = held(space)
    with watching(space, "--restart", "held") as watch:
        gate.reached()
        space.replace("Jobfile.toml", '"cat {inputs} > {outputs}; ', '"tac {inputs} > {outputs}; ')
        watch.until("target_stopped", target="held")
        watch.until("reloaded")
        gate.reached()
        gate.open()
        assert watch.rests().built == ["held"]


# -- others who build ------------------------------------------------------------------


def test_another_build_in_the_project_is_taken_over(space: Space) -> None:
    gate = held(space)
    with watching(space, "free") as watch:
        watch.rests()
        other = space.start("build", "held")
        gate.reached()
        space.write("b.txt", "new\n")
        told = watch.until("notice")
        [notice] = told.notices
        assert (
            notice
            == f"waiting for process {other.pid} (`jobmake build held`), which builds this project"
        )
        gate.open()
        assert other.communicate()[1]
        assert other.returncode == 0
        assert watch.rests().built == ["free"]
    space.run("status", "--check")


def test_what_another_build_made_is_not_made_again(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "cat {inputs} > {outputs}"\ninputs = ["i"]\noutputs = ["o"]\n')
    space.write("i", "1")
    with watching(space) as watch:
        watch.rests()
        with watch.held():
            space.write("i", "2")
            assert space.run("build", "-f", "Jobfile.toml").built == ["a"]
        space.write("i", "3")
        assert watch.rests().built == ["a"]
        assert [one["target"] for one in _runs(space)] == ["a", "a", "a"]


def test_a_lockfile_that_git_changes_or_that_is_removed_leads_to_a_full_look(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "cat {inputs} > {outputs}"\ninputs = ["i"]\noutputs = ["o"]\n')
    space.write("i", "1")
    with watching(space, "--no-cache") as watch:
        watch.rests()
        old = space.path("Jobfile.lock").read_bytes()
        space.write("i", "2")
        told = watch.rests()
        assert (told.builds, told.built) == (1, ["a"])
        with watch.held():
            temporary = space.write("new.lock", old)
            temporary.rename(space.path("Jobfile.lock"))
        told = watch.rests()
        assert (told.changed, told.built) == (["Jobfile.lock"], ["a"])
        space.path("Jobfile.lock").unlink()
        assert watch.rests().built == ["a"]
        space.write("i", "3")  # nothing else came of what the builds wrote
        assert watch.rests().changed == ["i"]
    space.run("status", "--check")


def _runs(space: Space) -> list[dict[str, str]]:
    import json

    found: list[dict[str, str]] = json.loads(space.run("runs", "--json").out)["runs"]
    return found


# -- what the system does not tell -----------------------------------------------------


def three_folders(space: Space) -> None:
    space.jobfile(
        '[target.all]\nrun = "cat {inputs} > {outputs}"\n'
        'inputs = ["a/**/*.txt", "b/**/*.txt"]\noutputs = ["all"]\n'
    )
    for number in range(8):
        space.write(f"a/{number}/in.txt", f"{number}\n")
    space.write("b/in.txt", "b\n")


@pytest.mark.case("E02")
def test_lost_events_lead_to_a_full_look(space: Space) -> None:
    three_folders(space)
    most = 17_000  # one more than the kernel keeps for a process
    with watching(space) as watch:
        watch.rests()
        with watch.held():
            one, two = (os.open(space.path(f"a/{n}/in.txt"), os.O_WRONLY) for n in (0, 1))
            for number in range(most // 2):
                os.pwrite(one, b"%d" % (number % 10), 0)
                os.pwrite(two, b"%d" % (number % 10), 0)
            os.close(one)
            os.close(two)
            space.write("b/in.txt", "new\n")
        told = watch.rests()
        assert [one["everything"] for one in told.of("changed")] == [True]
        assert told.built == ["all"]
        assert space.read("all").endswith("new\n")


LIMITS = "/proc/sys/user/"


def without_watches(count: int) -> list[str]:
    """A command that starts another with so many watches at most."""
    return [
        "unshare",
        "-Ur",
        "sh",
        "-c",
        f'echo {count} > {LIMITS}max_inotify_watches; exec "$0" "$@"',
    ]


@pytest.mark.case("E03")
def test_where_no_watches_are_left_the_files_are_looked_at(space: Space) -> None:
    three_folders(space)
    with watching(space, command=[*without_watches(3), *JOBMAKE]) as watch:
        told = watch.rests()
        [notice] = told.notices
        assert notice == (
            "no more inotify watches are left (`user.max_inotify_watches` is 3): files are looked"
            " at every second or so instead"
        )
        space.write("b/in.txt", "new\n")
        assert watch.rests().built == ["all"]
        space.write("a/7/in.txt", "new\n")
        told = watch.rests()
        assert told.built == ["all"]
        assert told.notices == []


def test_poll_looks_at_the_files(space: Space) -> None:
    three_folders(space)
    with watching(space, "--poll=0.05") as watch:
        assert watch.rests().notices == []
        space.write("a/7/in.txt", "new\n")
        assert watch.rests().built == ["all"]
        space.write("b/more/in.txt", "new\n")
        while not space.read("all").endswith("b\nnew\n"):
            watch.rests()
