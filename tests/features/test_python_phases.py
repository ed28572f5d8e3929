"""Jobs in slices: the phases and what they are given, merging, and slices that fail."""

from __future__ import annotations

import pytest

from tests.support import DEADLINE

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = '[project]\njobs = ["jobs.py"]\n'


def value(space, target: str) -> str:
    return space.run("show", target, "--value").out.strip()


def job(space, body: str) -> None:
    """Write a project with one job, `cut`, of three slices."""
    head = "import os, signal\nfrom jobmake import Job\n\nclass Cut(Job):\n    name = 'cut'\n"
    lines = [f"    {line}" for line in ["slices = 3", *body.splitlines()]]
    space.write("jobs.py", head + "\n".join(lines) + "\n")
    space.jobfile(JOBFILE)


def failure(space) -> str:
    """Build, and return what was said of what failed."""
    _, err = space.start("build", "-j3").communicate(timeout=DEADLINE)
    return err.decode()


def test_phases_come_in_their_order_and_hand_on_what_they_return(space):
    job(
        space,
        "def prepare(self):\n"
        "    return {'of': list(range(10))}\n"
        "def analysis(self, sliceno, slices, prepare_res):\n"
        "    return os.getpid(), sum(prepare_res['of'][sliceno::slices])\n"
        "def synthesis(self, prepare_res, analysis_res):\n"
        "    processes, sums = zip(*analysis_res)\n"
        "    twice = [list(analysis_res), list(analysis_res)]\n"
        "    return [len({*processes, os.getpid()}), sums, sum(prepare_res['of']),"
        " twice[0] == twice[1], analysis_res[2][1]]",
    )
    space.run("build")
    assert value(space, "cut") == "[4, (18, 12, 15), 45, True, 15]"


def test_parents_arrive_by_name(space):
    space.write(
        "jobs.py",
        "from jobmake import Job\n"
        "class Rows(Job):\n    name = 'rows'\n    def run(self):\n        return [1, 2, 3, 4]\n"
        "class Cut(Job):\n    name = 'cut'\n    parents = [Rows]\n    slices = 2\n"
        "    def analysis(self, sliceno, rows):\n        return rows[sliceno::2]\n"
        "    def synthesis(self, analysis_res, *all):\n        return analysis_res.merge(), all\n",
    )
    space.jobfile(JOBFILE)
    space.run("build")
    assert value(space, "cut") == "([1, 3, 2, 4], ([1, 2, 3, 4],))"


def test_a_key_of_two_slices_is_an_error_that_names_key_and_slice(space):
    job(
        space,
        "def analysis(self, sliceno):\n    return {sliceno: 1, 'same': sliceno}\n"
        "def synthesis(self, analysis_res):\n    return analysis_res.merge()",
    )
    assert "MergeConflict: slice 1 has the key ['same'], as one before it" in failure(space)


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "slice 1 was killed by SIGKILL"),
        ("os._exit(3)", "slice 1 ended with exit code 3"),
        ("1 / 0", "slice 1 raised `ZeroDivisionError: division by zero` at jobs.py:8"),
    ],
)
def test_a_slice_that_ends_badly_ends_the_others_and_is_named(space, does, message):
    job(
        space,
        f"def analysis(self, sliceno):\n    if sliceno == 1: {does}\n"
        "    else: signal.pause()",  # for ever
    )
    assert f"error: target `cut` failed: {message}" in failure(space)


def test_no_more_slices_go_on_at_once_than_processors_are_granted(space):
    job(
        space,
        "def analysis(self, sliceno):\n"
        "    os.mkdir('alone')\n    os.rmdir('alone')",  # would fail beside another
    )
    assert space.run("build", "-j1").built == ["cut"]


def test_what_contradicts_itself_is_told(space):
    job(space, "def analysis(self): pass\ndef run(self): pass")
    err = space.run("build", code=2).err
    assert "`jobs:Cut` has `run`, and `analysis` beside it" in err
