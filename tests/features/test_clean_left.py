"""`jobmake clean` of what targets made that have left the Jobfile."""

from __future__ import annotations

import pytest

from jobmake.memory.left import MOST, Made, read_left, write_left
from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

ONE = '[target.one]\nrun = "echo 1 > {outputs}"\noutputs = ["build/one.txt"]\n'
TWO = '[target.two]\nrun = "mkdir {outputs}; echo 2 > {outputs}/x"\noutputs = ["build/two/"]\n'
EDITED = "edited since, or not made by jobmake (see --edited)"


@pytest.fixture
def gone(space: Space) -> Space:
    """A project that has built `one` and `two`, and from which `two` was taken."""
    space.jobfile(ONE + TWO)
    space.build()
    space.jobfile(ONE)
    space.build()
    return space


@pytest.mark.case("A18")
def test_what_left_is_removed_and_nothing_else(gone: Space) -> None:
    assert (
        gone.run("clean", "-n", "--left").out == "would remove build/two/\nwould remove 1 output\n"
    )
    assert gone.exists("build/two/x")

    assert gone.run("clean", "--left").out == "removed build/two/\nremoved 1 output\n"

    assert not gone.exists("build/two")
    assert gone.build().fresh == ["one"]
    assert gone.run("clean", "--left").out == "removed 0 outputs\n"


def test_clean_of_all_removes_it_too_and_clean_of_a_target_does_not(gone: Space) -> None:
    assert gone.run("clean", "one").out == "removed build/one.txt\nremoved 1 output\n"
    assert gone.run("clean").out == "removed build/two/\nremoved 1 output\n"
    assert not gone.exists("build")


def test_it_needs_no_build_that_saw_the_target_go(space: Space) -> None:
    space.jobfile(ONE + TWO)
    space.build()
    space.jobfile(ONE)

    assert space.run("clean", "--left").out == "removed build/two/\nremoved 1 output\n"
    assert space.build().fresh == ["one"]
    assert space.run("clean", "--left").out == "removed 0 outputs\n"


def test_what_was_edited_is_kept_until_told(gone: Space) -> None:
    gone.write("build/two/notes", "mine")

    assert gone.run("clean", "--left").out == f"kept build/two/: {EDITED}\nremoved 0 outputs\n"
    assert gone.read("build/two/notes") == "mine"
    assert gone.run("clean", "--left", "--edited").out == "removed build/two/\nremoved 1 output\n"


@pytest.mark.parametrize(
    "taker",
    [
        'run = "mkdir -p {outputs}; echo 2 > {outputs}/x"\noutputs = ["build/two/"]\n',
        'run = "echo 2 > {outputs}"\noutputs = ["build/two/x"]\n',
        'run = "mkdir -p build/two; echo 2 > build/two/x"\noutputs = ["build/two/*"]\n',
    ],
)
def test_what_a_target_makes_now_is_not_touched(gone: Space, taker: str) -> None:
    gone.jobfile(f"{ONE}[target.new]\n{taker}")
    gone.build()

    assert gone.run("clean", "--left").out == "removed 0 outputs\n"
    assert gone.read("build/two/x") == "2\n"


@pytest.mark.parametrize("used", ["build/two/x", "build/two/", "build/two/*"])
def test_what_a_target_reads_now_is_kept(gone: Space, used: str) -> None:
    gone.jobfile(ONE + f'[target.new]\nrun = "true"\ninputs = ["{used}"]\n')
    gone.build()

    assert gone.run("clean", "--left", "--edited").out == (
        "kept build/two/: a target reads it\nremoved 0 outputs\n"
    )
    assert gone.read("build/two/x") == "2\n"


def test_a_left_over_among_the_files_that_others_make_is_removed(space: Space) -> None:
    matrix = (
        "[target.a]\nrun = 'echo {matrix.n} > {outputs}'\noutputs = ['build/{matrix.n}.txt']\n"
        "matrix = { n = [1, 2, 3] }\n"
        "[target.b]\nrun = 'cat {inputs} > {outputs}'\ninputs = ['build/*.txt']\noutputs = ['b']\n"
    )
    space.jobfile(matrix)
    space.build()
    space.jobfile(matrix.replace("1, 2, 3", "1, 2"))
    space.build()

    assert space.run("clean", "--left").out == "removed build/3.txt\nremoved 1 output\n"
    assert space.build().fresh == ["a[n=1]", "a[n=2]", "b"]  # which has not seen it any more


@pytest.mark.case("A18")
def test_a_target_that_came_under_another_name_leaves_nothing(gone: Space) -> None:
    gone.jobfile(TWO.replace("two]", "zwei]"))
    gone.build()

    assert gone.run("clean", "--left").out == "removed build/one.txt\nremoved 1 output\n"
    assert gone.build().fresh == ["zwei"]


@pytest.mark.case("A18")
def test_the_old_place_of_an_output_is_left_too(space: Space) -> None:
    space.jobfile(ONE)
    space.build()
    space.replace("Jobfile.toml", "one.txt", "first.txt")
    space.build()

    assert space.run("clean", "--left").out == "removed build/one.txt\nremoved 1 output\n"


def test_nothing_is_removed_through_a_link_that_leads_out(gone: Space) -> None:
    outside = gone.root.parent / "outside"
    gone.path("build").rename(outside)
    gone.path("build").symlink_to(outside)

    result = gone.run("clean", "--left", code=1)

    assert result.err == "error: `build` leads out of the project's folder by a link\n"
    assert (outside / "two" / "x").exists()


def test_it_is_for_no_target_in_particular(gone: Space) -> None:
    assert gone.run("clean", "--left", "one", code=2).err.startswith("error: `--left` takes no ")


def test_damage_costs_only_knowing(gone: Space) -> None:
    gone.write(".jobmake/left", "torn")
    assert gone.run("clean", "--left").out == "removed 0 outputs\n"
    assert gone.exists("build/two/x")


def test_two_jobfiles_in_a_folder_do_not_mix(gone: Space) -> None:
    gone.write("other.toml", ONE.replace("one.txt", "other.txt"))
    assert gone.run("clean", "--left", "-f", "other.toml").out == "removed 0 outputs\n"
    assert gone.exists("build/two/x")


def test_what_is_kept_in_mind_is_bounded(space: Space) -> None:
    path = str(space.path("left"))
    write_left(path, {f"out/{number}": Made("a", "xxh3:1") for number in range(MOST + 5)})

    kept = list(read_left(path))

    assert (len(kept), kept[0], kept[-1]) == (MOST, "out/5", f"out/{MOST + 4}")
