"""`jobmake watch` builds what an edit reaches, and nothing else."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.watch.rig import watching

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

THREE = """
[target.a]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out/a"]
[target.b]
run = "cat {inputs} > {outputs}"
inputs = ["b.txt"]
outputs = ["out/b"]
[target.both]
run = "cat {inputs} > {outputs}"
inputs = ["@a", "@b"]
outputs = ["out/both"]
"""


@pytest.fixture
def three(space: Space) -> Space:
    """Two chains that meet."""
    space.jobfile(THREE)
    space.write("a.txt", "a\n")
    space.write("b.txt", "b\n")
    return space


GLOB = """
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["src/**/*.txt"]
outputs = ["all"]
"""


@pytest.fixture
def globbed(space: Space) -> Space:
    """All files below a folder, put into one."""
    space.jobfile(GLOB)
    space.write("src/one.txt", "1\n")
    return space


# -- edits -----------------------------------------------------------------------------


def test_it_builds_at_first_and_then_what_an_edit_reaches(three: Space) -> None:
    with watching(three) as watch:
        first = watch.rests()
        assert set(first.built) == {"a", "b", "both"}
        assert first.changed == []
        assert first.rest["targets"] == 3
        assert first.rest["failed"] == first.rest["not_made"] == []

        three.write("a.txt", "new\n")
        then = watch.rests()

        assert then.changed == ["a.txt"]
        assert then.built == ["a", "both"]
        assert then.targets("target_fresh") == []
        assert three.read("out/both") == "new\nb\n"


def test_only_what_is_named_is_watched(three: Space) -> None:
    with watching(three, "b") as watch:
        assert watch.rests().built == ["b"]
        three.write("a.txt", "new\n")
        three.write("b.txt", "new\n")
        assert watch.rests().built == ["b"]
    assert not three.exists("out/a")


@pytest.mark.case("E01")
def test_edits_that_come_together_lead_to_one_build(three: Space) -> None:
    with watching(three) as watch:
        watch.rests()
        with watch.held():
            for number in range(200):
                three.write("a.txt", f"{number}\n")
                three.write("b.txt", f"{number}\n")
        told = watch.rests()

        assert (told.builds, told.changed) == (1, ["a.txt", "b.txt"])
        assert three.read("out/both") == "199\n199\n"


@pytest.mark.case("E04")
def test_a_file_that_an_editor_replaces_is_seen(three: Space) -> None:
    with watching(three) as watch:
        watch.rests()
        three.path("a.txt").rename(three.path("a.txt~"))
        three.write(".a.txt.swp", "new\n")
        three.path(".a.txt.swp").rename(three.path("a.txt"))

        while three.read("out/both") != "new\nb\n":
            told = watch.rests()
        assert told.rest["failed"] == []


def test_what_is_only_touched_leads_to_nothing(three: Space) -> None:
    with watching(three) as watch:
        watch.rests()
        os.utime(three.path("a.txt"))
        three.write("nobody-reads.txt", "x")
        three.write("b.txt", "b\n")  # as it was

        three.write("b.txt", "new\n")
        told = watch.rests()
        assert told.built == ["b", "both"]
        assert told.builds == 1


@pytest.mark.case("E07")
def test_what_a_build_writes_leads_to_no_other_build(three: Space) -> None:
    with watching(three) as watch:
        watch.rests()
        for text in ("1\n", "2\n"):
            three.write("a.txt", text)
            told = watch.rests()
            assert (told.changed, told.built, told.builds) == (["a.txt"], ["a", "both"], 1)


def test_an_output_that_somebody_edits_or_removes_is_made_again(three: Space) -> None:
    with watching(three, "--no-cache") as watch:
        watch.rests()
        three.write("out/a", "mine\n")
        assert watch.rests().built == ["a"]
        three.path("out/b").unlink()
        assert watch.rests().built == ["b"]
        shutil.rmtree(three.path("out"))
        while not all(three.exists(f"out/{one}") for one in ("a", "b", "both")):
            watch.rests()
    three.run("status", "--check")


def test_a_failed_target_is_tried_again_when_it_is_reached(three: Space) -> None:
    three.replace(
        "Jobfile.toml", '"cat {inputs} > {outputs}"', '"grep -v bad {inputs} > {outputs}"'
    )
    three.write("a.txt", "bad\n")
    with watching(three) as watch:
        first = watch.rests()
        assert first.rest["failed"] == ["a"]
        assert first.rest["not_made"] == ["both"]
        assert first.built == ["b"]

        three.write("b.txt", "new\n")
        then = watch.rests()
        assert then.targets("target_failed") == []
        assert then.built == ["b"]
        assert then.rest["failed"] == ["a"]
        assert then.rest["not_made"] == ["both"]

        three.write("a.txt", "good\n")
        last = watch.rests()
        assert last.built == ["a", "both"]
        assert last.rest["failed"] == last.rest["not_made"] == []


# -- files and folders that come and go ------------------------------------------------


def test_files_that_come_and_go_under_a_glob(globbed: Space) -> None:
    with watching(globbed) as watch:
        watch.rests()
        globbed.write("src/deep/er/two.txt", "2\n")
        while globbed.read("all") != "2\n1\n":
            watch.rests()
        globbed.write("src/deep/er/two.md", "no\n")
        globbed.path("src/one.txt").unlink()
        told = watch.rests()
        assert told.built == ["all"]
        assert globbed.read("all") == "2\n"


@pytest.mark.case("E05")
def test_a_folder_that_is_removed_and_made_again(globbed: Space) -> None:
    with watching(globbed) as watch:
        watch.rests()
        shutil.rmtree(globbed.path("src"))
        assert watch.rests().rest["failed"] or not globbed.exists("src")
        globbed.write("src/new.txt", "new\n")
        while not globbed.exists("all") or globbed.read("all") != "new\n":
            watch.rests()
        globbed.write("src/new.txt", "newer\n")
        assert watch.rests().built == ["all"]


@pytest.mark.case("E05")
def test_a_tree_that_is_moved_in_and_another_to_its_name(globbed: Space) -> None:
    globbed.write("elsewhere/x/two.txt", "2\n")
    globbed.write("other/two.txt", "two\n")
    with watching(globbed) as watch:
        watch.rests()
        globbed.path("elsewhere").rename(globbed.path("src/moved"))
        while globbed.read("all") != "2\n1\n":
            watch.rests()
        globbed.path("src/moved/x").rename(globbed.path("away"))
        globbed.path("other").rename(globbed.path("src/moved/x"))
        while globbed.read("all") != "two\n1\n":
            watch.rests()


@pytest.mark.case("E01")
def test_thousands_of_files_changed_at_once(globbed: Space) -> None:
    for number in range(2000):
        globbed.write(f"src/{number % 30}/{number}.txt", "old\n")
    with watching(globbed) as watch:
        watch.rests()
        for number in range(2000):
            globbed.write(f"src/{number % 30}/{number}.txt", "new\n")
        builds = 0
        while not holds(globbed.path("all"), "new\n" * 2000 + "1\n"):
            builds += watch.rests().builds
        assert builds < 30  # one every half second at most, while files go on changing


def holds(path: Path, text: str) -> bool:
    """Say whether a file holds a text; while it is built anew it may not be there."""
    try:
        return path.read_text() == text
    except FileNotFoundError:
        return False


@pytest.mark.case("E05")
def test_a_symbolic_link_that_leads_elsewhere(three: Space) -> None:
    three.write("v1/data", "1\n")
    three.write("v2/data", "2\n")
    three.path("current").symlink_to("v1")
    three.path("a.txt").unlink()
    three.path("a.txt").symlink_to("current/data")
    with watching(three) as watch:
        watch.rests()
        three.path("next").symlink_to("v2")
        three.path("next").rename(three.path("current"))
        assert watch.rests().built == ["a", "both"]
        three.write("v2/data", "3\n")
        assert watch.rests().built == ["a", "both"]
        assert three.read("out/both") == "3\nb\n"


def test_a_header_that_only_a_depfile_names(space: Space) -> None:
    space.jobfile(
        """
        [target.o]
        run = "cat main.h > {outputs}; echo '{outputs}: main.h' > o.d"
        inputs = ["main.c"]
        outputs = ["o"]
        depfile = "o.d"
        """
    )
    space.write("main.c", "c")
    space.write("main.h", "h")
    with watching(space) as watch:
        watch.rests()
        space.write("main.h", "new")
        assert watch.rests().built == ["o"]
        assert space.read("o") == "new"
