"""A restore that is killed leaves nothing beside the outputs, also of an instance that the next
build learns of only while it goes on, or that is no more, and in a folder that nobody declares."""

from __future__ import annotations

import os

import pytest

from tests import oracles
from tests.faults.faulty import Faulty
from tests.faults.sweeping import Sweep
from tests.support import Space

JOBFILE = """
[target.split]
run = "mkdir -p {outputs}; for word in $(cat {inputs}); do echo $word > {outputs}/$word; done"
inputs = ["words"]
outputs = ["parts/"]

[target.one]
run = "cat {inputs} > {outputs}"
inputs = ["{each.part}"]
outputs = ["ones/{each.part.name}"]
each = { part = "@split" }
"""


def a_word_came_back(space: Space) -> None:
    """What was made of a word is in the cache, and the word is there again."""
    space.jobfile(JOBFILE)
    for words in ("a b", "a"):
        space.write("words", words)
        space.build()
    space.path("ones/b").unlink()
    space.write("words", "a b")


@pytest.mark.case("C01")
def test_a_killed_restore_of_an_instance_leaves_nothing(faulty: Faulty) -> None:
    sweep = Sweep(faulty, a_word_came_back)
    [call] = [one for one in sweep.calls if (one.name, one.path) == ("rename", "ones/b")]
    assert sweep.run(call).code == -9
    assert len(os.listdir(sweep.space.path("ones"))) == 2

    oracles.heals(sweep.space, {"ones/a": "a\n", "ones/b": "b\n"})

    assert sorted(os.listdir(sweep.space.path("ones"))) == ["a", "b"]


@pytest.mark.case("C01")
def test_nor_where_the_instance_is_no_more_by_the_next_build(faulty: Faulty) -> None:
    sweep = Sweep(faulty, a_word_came_back)
    [call] = [one for one in sweep.calls if (one.name, one.path) == ("rename", "ones/b")]
    assert sweep.run(call).code == -9
    sweep.space.write("words", "a")

    oracles.heals(sweep.space, {"ones/a": "a\n"})

    assert os.listdir(sweep.space.path("ones")) == ["a"]


def deep_files_are_gone(space: Space) -> None:
    """What a glob without an end named is in the cache only."""
    space.jobfile(
        """
        [target.deep]
        run = "mkdir -p out/x/y; cat {inputs} > out/x/y/f; cat {inputs} > out/f"
        inputs = ["words"]
        outputs = ["out/**/f"]
        """
    )
    space.write("words", "a")
    space.build()
    space.path("out/x/y/f").unlink()
    space.path("Jobfile.lock").unlink()


@pytest.mark.case("C01")
def test_nor_deep_in_a_folder(faulty: Faulty) -> None:
    sweep = Sweep(faulty, deep_files_are_gone)
    [call] = [one for one in sweep.calls if (one.name, one.path) == ("rename", "out/x/y/f")]
    assert sweep.run(call).code == -9
    assert sweep.space.path("out/x/y").exists()

    oracles.heals(sweep.space, {"out/f": "a", "out/x/y/f": "a"})
