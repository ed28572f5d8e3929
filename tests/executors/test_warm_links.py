"""Which runs get a warm reaper, and which start cold."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.executors.warm import MOST
from jobmake.tools import linux
from tests.executors.rig import WarmRig
from tests.support import Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[WarmRig]:
    rig = WarmRig(tmp_path)
    yield rig
    rig.executor.close()


def kinds(rig: WarmRig) -> int:
    return len(rig.executor._warm.links())


def test_the_first_run_of_its_kind_starts_cold(rig: WarmRig) -> None:
    assert kinds(rig) == 0
    assert rig.run_python("pass").ok
    assert kinds(rig) == 1


def test_what_differs_from_run_to_run_makes_no_other_kind(rig: WarmRig) -> None:
    for number in range(3):
        assert rig.told("pass", env={"JOBMAKE_TARGET": str(number)}) == ""
    assert kinds(rig) == 1


def test_other_variables_get_a_reaper_that_was_started_with_them(rig: WarmRig) -> None:
    script = "import sys; print(sys.flags.optimize, sys.flags.dont_write_bytecode)"
    other = {"PYTHONOPTIMIZE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    rig.wait(rig.submit(("/bin/true",), env=other))
    assert rig.told(script) == "0 0\n"
    assert rig.told(script, env=other) == "1 1\n"
    assert kinds(rig) == 2


def test_an_interactive_run_is_never_forked(rig: WarmRig) -> None:
    rig.more["interactive"] = True
    assert rig.run(("/bin/true",)).ok
    assert kinds(rig) == 0


def twice(rig: WarmRig, kind: int) -> None:
    for _ in range(2):
        rig.wait(rig.submit(("/bin/true",), env={"KIND": str(kind)}))


def test_the_one_that_was_used_longest_ago_makes_room(rig: WarmRig) -> None:
    for kind in range(MOST):
        twice(rig, kind)
    oldest, second = rig.executor._warm.links()[:2]
    pid = second._reaper
    twice(rig, 0)  # which is the oldest no more
    twice(rig, MOST)
    ends(pid)
    assert kinds(rig) == MOST
    assert oldest in rig.executor._warm.links()


def test_with_all_at_work_one_more_kind_starts_cold(rig: WarmRig, tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate")
    held = ("/bin/sh", "-c", gate.command)
    runs = []
    for kind in range(MOST):
        rig.wait(rig.submit(("/bin/true",), env={"KIND": str(kind)}))
        runs.append(rig.submit(held, env={"KIND": str(kind)}))
        gate.reached()
    before = rig.executor._warm.links()
    twice(rig, MOST)
    assert rig.executor._warm.links() == before
    for _ in runs:
        gate.open()
    assert all(rig.wait(run).ok for run in runs)


def test_a_program_that_is_not_there_leaves_its_runs_cold(rig: WarmRig) -> None:
    rig.warm = ("/no/such/python",)
    for _ in range(3):
        assert rig.run(("/bin/true",)).ok
    assert kinds(rig) == 0


def test_a_program_that_ends_at_once_fails_its_runs_and_is_not_tried_again(rig: WarmRig) -> None:
    rig.warm = (sys.executable, "-c", "import no_such_module")
    assert rig.run(("/bin/true",)).ok
    assert rig.run(("/bin/true",)).error == "the reaper process ended unexpectedly"
    assert rig.run(("/bin/true",)).ok
    assert kinds(rig) == 0


def test_the_program_that_ships_runs_workers(rig: WarmRig) -> None:
    rig.warm = (sys.executable, "-P", "-m", "jobmake.worker.host")
    step = (sys.executable, "-P", "-m", "jobmake.worker", "/no/such/setup")
    cold, warm = (rig.wait(rig.submit(step)) for _ in range(2))
    assert kinds(rig) == 1
    assert (cold.exit_code, cold.error) == (warm.exit_code, warm.error)
    assert warm.exit_code
    said = [rig.log(one.run_id).read_text().splitlines()[-1] for one in (cold, warm)]
    assert said[0] == said[1]


def test_its_death_is_seen_while_nothing_runs(rig: WarmRig) -> None:
    assert rig.run_python("pass").ok
    reaper = rig.reaper()
    os.kill(reaper, signal.SIGKILL)
    (link,) = rig.executor._warm.links()
    while not link.is_lost:
        assert rig.executor.poll() == []
    assert rig.run(("/bin/true",)).ok
    assert kinds(rig) == 0
    assert linux.look(reaper) is None
