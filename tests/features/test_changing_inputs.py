"""Inputs that change while a target runs: never a record of what was not so.

A `Gate` in the command holds it, so that each edit falls where it is meant to.
"""

from __future__ import annotations

import pytest

from tests.support import DEADLINE, Space


@pytest.mark.case("A09")
def test_an_input_edited_after_it_was_read_makes_the_target_run_once_more(space: Space) -> None:
    gate = space.gate("read")
    space.jobfile(
        f"""
        [target.copy]
        run = "cp {{inputs}} {{outputs}}; {gate.command}"
        inputs = ["in.txt"]
        outputs = ["out.txt"]
        """
    )
    space.write("in.txt", "old")
    build = space.start("build")

    gate.reached()
    space.write("in.txt", "new")
    gate.open()
    gate.reached()
    gate.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 0
    assert "note: `copy` runs once more: `in.txt` changed while it ran\n" in err.decode()
    assert space.read("out.txt") == "new"
    assert space.build().fresh == ["copy"]
    # what the first run made of the old text is in no cache either: a third one makes it
    space.write("in.txt", "old")
    gate.open()
    assert space.build().built == ["copy"]
    assert space.read("out.txt") == "old"


@pytest.mark.case("A10")
def test_an_input_edited_before_it_was_read_and_put_back_makes_it_run_once_more(
    space: Space,
) -> None:
    before, after = space.gate("before"), space.gate("after")
    space.jobfile(
        f"""
        [target.copy]
        run = "{before.command}; cp {{inputs}} {{outputs}}; {after.command}"
        inputs = ["in.txt"]
        outputs = ["out.txt"]
        """
    )
    space.write("in.txt", "right")
    build = space.start("build")

    before.reached()
    space.write("in.txt", "wrong")
    before.open()
    after.reached()
    space.write("in.txt", "right")
    after.open()
    before.open()
    after.open()
    build.communicate(timeout=DEADLINE)

    assert build.returncode == 0
    assert space.read("out.txt") == "right"
    # nor does a cache hold what the first run made, for either of the two texts
    space.path("out.txt").unlink()
    assert space.build().restored == ["copy"]
    assert space.read("out.txt") == "right"
    space.write("in.txt", "wrong")
    before.open()
    after.open()
    assert space.build().built == ["copy"]
    assert space.read("out.txt") == "wrong"


@pytest.mark.case("A09")
def test_an_input_that_changes_in_both_runs_fails_its_target(space: Space) -> None:
    gate = space.gate("read")
    space.jobfile(
        f"""
        [target.copy]
        run = "cp {{inputs}} {{outputs}}; {gate.command}"
        inputs = ["in.txt"]
        outputs = ["out.txt"]
        """
    )
    space.write("in.txt", "0")
    build = space.start("build")

    for text in "12":
        gate.reached()
        space.write("in.txt", text)
        gate.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 1
    assert "target `copy` failed: `in.txt` changed while `copy` ran, twice\n" in err.decode()
    assert "hint: is something else writing it?\n" in err.decode()
    assert not space.exists("out.txt")
    assert not space.exists("Jobfile.lock")


def test_a_command_that_writes_its_input_as_it_was_runs_twice_and_is_recorded(
    space: Space,
) -> None:
    space.jobfile('[target.tidy]\nrun = "cp in.txt new && mv new in.txt"\ninputs = ["in.txt"]\n')
    space.write("in.txt", "tidy")

    result = space.build()

    assert "note: `tidy` runs once more: `in.txt` was written while it ran\n" in result.err
    assert result.built == ["tidy"]
    assert space.build().fresh == ["tidy"]


def test_a_new_link_to_an_input_is_no_change_of_it(space: Space) -> None:
    space.jobfile(
        '[target.link]\nrun = "ln {inputs} {outputs}"\ninputs = ["in"]\noutputs = ["out"]\n'
    )
    space.write("in", "x")

    result = space.build()

    assert "once more" not in result.err
    assert result.built == ["link"]


def test_a_file_that_joins_an_input_folder_makes_its_user_run_once_more(space: Space) -> None:
    gate = space.gate("listed")
    space.jobfile(
        f"""
        [target.names]
        run = "ls data > {{outputs}}; {gate.command}"
        inputs = ["data/"]
        outputs = ["names.txt"]
        """
    )
    space.write("data/a", "")
    build = space.start("build")

    gate.reached()
    space.write("data/b", "")
    gate.open()
    gate.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 0
    assert "note: `names` runs once more: `data/` changed while it ran\n" in err.decode()
    assert space.read("names.txt") == "a\nb\n"
