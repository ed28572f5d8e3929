"""A restore that is killed leaves nothing beside the outputs, also of an instance that the next
build learns of only while it goes on."""

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
