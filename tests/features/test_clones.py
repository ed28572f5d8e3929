"""A clone: lockfile and outputs are there, what is known of this machine is not."""

from __future__ import annotations

import shutil

import pytest

from jobmake.memory.files import MANY_AHEAD
from tests.support import Space

TARGETS = MANY_AHEAD  # each with a source and an output: the files are read ahead, in two processes


@pytest.fixture
def clone(space: Space) -> Space:
    space.jobfile(
        "".join(
            f'[target.t{one}]\nargv = ["cp", "src/{one}", "out/{one}"]\n'
            f'inputs = ["src/{one}"]\noutputs = ["out/{one}"]\n'
            for one in range(TARGETS)
        )
        + '[target.all]\nrun = "cat out/* > all"\ninputs = ["out/*"]\noutputs = ["all"]\n'
    )
    for one in range(TARGETS):
        space.write(f"src/{one}", f"{one:05}\n")
        space.write(f"out/{one}", f"{one:05}\n")
    space.write("all", "".join(sorted(f"{one:05}\n" for one in range(TARGETS))))
    names = [*(f"t{one}" for one in range(TARGETS)), "all"]
    assert space.run("accept", "--reason", "made by hand", *names).code == 0
    shutil.rmtree(space.path(".jobmake"))
    return space


def test_a_clone_is_up_to_date(clone: Space) -> None:
    before = clone.read("Jobfile.lock")

    assert clone.build().built == []
    assert clone.read("Jobfile.lock") == before
    assert clone.build().built == []


def test_what_differs_from_the_lockfile_is_built(clone: Space) -> None:
    clone.write("src/7", "other\n")
    clone.write("out/8", "edited\n")
    clone.path("out/9").unlink()

    assert sorted(clone.build().built) == ["all", "t7", "t8", "t9"]
    assert clone.read("out/7") == "other\n"
    assert clone.build().built == []
