"""Many builds of one project at once, of random targets, with random values, some of them killed:
none waits for ever, none spoils what another makes, and the last one is right.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.oracles import Marker, RunLog, is_whole, leaves_nothing, no_orphans
from tests.support import Space
from tests.walks.forked import Asked, Forge

BUILDERS = 4  # at a time
ROUNDS = amount(8, 200)  # of each

JOBFILE = """
[target.raw]
run = "{tells}; printf part > {{outputs}}; printf %s \\"$V\\" > {{outputs}}"
env_inputs = ["V"]
outputs = ["raw"]
[target.half]
matrix = {{ n = [1, 2, 3] }}
run = "{tells}; printf part > {{outputs}}; cat {{inputs}} > {{outputs}}; echo {{matrix.n}} >> {{outputs}}"
inputs = ["raw"]
outputs = ["half-{{matrix.n}}"]
[target.all]
run = "{tells}; printf part > {{outputs}}; cat {{inputs}} > {{outputs}}"
inputs = ["@half"]
outputs = ["all"]
"""  # noqa: E501


@pytest.mark.case("D02")
def test_builds_that_meet_and_die_leave_a_project_that_is_right(
    space: Space, tmp_path: Path
) -> None:
    log, marker = RunLog(tmp_path / "ran"), Marker()
    space.jobfile(JOBFILE.format(tells=log.command("$JOBMAKE_TARGET")))

    def asked(chance: random.Random, die_at: int = 0) -> Asked:
        return Asked(
            str(space.root),
            chance.sample(["raw", "half[n=2]", "half", "all"], chance.randint(0, 2)),
            jobs=chance.randint(1, 4),
            cache=chance.random() < 0.3,
            environ={**marker.env, "V": chance.choice("abc"), "XDG_STATE_HOME": str(tmp_path)},
            die_at=die_at,
        )

    def go(seed: int) -> list[str]:
        chance, ends = random.Random(seed), []
        with Forge() as forge:
            for _ in range(ROUNDS):
                dies = chance.random() < 0.4
                done = forge.build(asked(chance, chance.randint(1, 120) if dies else 0))
                assert done.end == "ended" or (dies and done.end == "killed"), done
                assert is_whole(space.path("Jobfile.lock"))
                ends.append(done.end)
        return ends

    with ThreadPoolExecutor(BUILDERS) as pool:
        ends = [end for one in pool.map(go, range(BUILDERS)) for end in one]

    assert len(ends) == BUILDERS * ROUNDS
    assert ends.count("killed") > ROUNDS / 4
    no_orphans(marker)
    log.take()
    last = space.build(env={"V": "last", "JOBMAKE_NO_CACHE": "1"})
    assert log.once() == {"raw", "half[n=1]", "half[n=2]", "half[n=3]", "all"} == {*last.built}
    assert space.read("all") == "last1\nlast2\nlast3\n"
    assert space.build(env={"V": "last"}).built == []
    leaves_nothing(space.root)
