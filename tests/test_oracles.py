"""The oracles notice what they are there to notice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.oracles import (
    Marker,
    RunLog,
    changes_nothing,
    heals,
    is_whole,
    leaves_nothing,
    measured,
    no_orphans,
    open_files,
    told_well,
    tree,
)
from tests.support import Result, Space

COPY = """
[target.copy]
run = "{ran}; cat {{inputs}} > {{outputs}}"
inputs = ["in"]
outputs = ["out"]
"""


@pytest.fixture
def log(tmp_path: Path) -> RunLog:
    return RunLog(tmp_path / "ran")


@pytest.fixture
def built(space: Space, log: RunLog) -> Space:
    """A copy that was built."""
    space.jobfile(COPY.format(ran=log.command("copy")))
    space.write("in", "text")
    space.build()
    return space


def test_a_tree_tells_types_bytes_and_the_executable_bit_and_not_time_stamps(space: Space) -> None:
    space.write("folder/file", "text")
    space.path("link").symlink_to("folder/file")
    before = tree(space.root)
    os.utime(space.path("folder/file"), (1, 1))
    assert tree(space.root) == before

    for change in (
        lambda: space.path("folder/file").chmod(0o755),
        lambda: space.write("folder/file", "TEXT"),
        lambda: space.path("folder/empty").mkdir(),
        lambda: os.replace(space.write("new", "text"), space.path("link")),
    ):
        change()
        assert tree(space.root) != before
        before = tree(space.root)


def test_what_ran_is_told_once_and_twice_is_an_error(built: Space, log: RunLog) -> None:
    assert log.once() == {"copy"}
    assert log.once() == set()

    built.build("-B")
    built.build("-B")
    with pytest.raises(AssertionError, match="twice"):
        log.once()


def test_what_is_left_of_a_build_is_found() -> None:
    marker = Marker()
    env = {**os.environ, **marker.env}
    with subprocess.Popen(["cat"], bufsize=0, stdin=PIPE, stdout=PIPE, env=env) as left:
        assert left.stdin
        assert left.stdout
        left.stdin.write(b"\n")
        assert left.stdout.read(1)  # its environment is there some time after it has begun

        assert marker.processes() == [left.pid]
        left.kill()
    no_orphans(marker)


def test_a_build_that_heals_has_the_right_outputs_and_leaves_nothing_to_do(built: Space) -> None:
    built.write("out", "damaged")
    heals(built, {"out": "text"})

    with pytest.raises(AssertionError, match="out is wrong"):
        heals(built, {"out": "other"})


def test_a_lockfile_that_is_cut_or_not_one_of_those_that_may_be_is_told(built: Space) -> None:
    lockfile = built.path("Jobfile.lock")
    whole = lockfile.read_bytes()

    assert is_whole(lockfile, among=[b"", whole])
    assert not is_whole(lockfile, among=[b""])
    lockfile.write_bytes(whole[:-20])
    assert not is_whole(lockfile)


def test_half_a_lockfile_beside_the_whole_one_is_told(built: Space) -> None:
    built.write(".Jobfile.lock.1.tmp", "")

    assert not is_whole(built.path("Jobfile.lock"))


@pytest.mark.parametrize(
    "result",
    [
        Result(70, "", "error: this is a bug in jobmake 1"),
        Result(4, "", ""),
        Result(-9, "", ""),
        Result(1, "Traceback (most recent call last):", ""),
    ],
)
def test_what_a_person_must_never_see_is_told(result: Result) -> None:
    told_well(Result(1, "", "error: target `a` failed"))
    with pytest.raises(AssertionError):
        told_well(result)


def test_who_writes_while_only_looking_is_noticed(built: Space) -> None:
    with changes_nothing(built.root):
        built.run("status")
        built.run("build", "-n")

    with pytest.raises(AssertionError, match="in"), changes_nothing(built.root):
        os.utime(built.path("in"))


def test_memory_and_time_of_a_process_are_measured(built: Space) -> None:
    taken = measured(built, "build")

    assert taken.code == 0
    assert "up to date" in taken.err
    assert 5 < taken.megabytes < 200
    assert taken.seconds > 0


@pytest.mark.parametrize("name", [".jobmake-1-part", "out.tmp", ".jobmake/tmp/1", ".jobmake/x.tmp"])
def test_what_lies_about_is_noticed(built: Space, name: str) -> None:
    leaves_nothing(built.root)

    built.write(name, "")
    with pytest.raises(AssertionError, match="left"):
        leaves_nothing(built.root)


def test_an_open_descriptor_is_seen(space: Space) -> None:
    before = open_files()
    with space.write("file", "").open():
        assert len(open_files()) == len(before) + 1
    assert open_files() == before
