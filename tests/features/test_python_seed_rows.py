"""Small things that people know from the programs whose names Python jobs have."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = '[project]\njobs = ["jobs.py"]\n'


def value(space, target: str) -> str:
    return space.run("show", target, "--value").out.strip()


def jobs(space, text: str) -> None:
    space.write("jobs.py", "import os\nfrom jobmake import Job\n" + text)
    space.jobfile(JOBFILE)


def test_parents_arrive_in_their_order_and_another_order_counts(space):
    jobs(
        space,
        "class A(Job):\n    name = 'a'\n    def run(self): return 'a'\n"
        "class B(Job):\n    name = 'b'\n    def run(self): return 'b'\n"
        "class Both(Job):\n    name = 'both'\n    parents = [B, A]\n"
        "    def run(self, *given): return given\n",
    )
    space.run("build")
    assert value(space, "both") == "('b', 'a')"

    space.replace("jobs.py", "[B, A]", "[A, B]")
    assert space.run("build").built == ["both"]
    assert value(space, "both") == "('a', 'b')"


def test_a_job_can_compare_its_state_itself(space):
    jobs(
        space,
        "class Coarse(Job):\n    name = 'coarse'\n    size: int = 10\n"
        "    def are_states_equal(self):\n"
        "        return super().are_states_equal() or self.size < 20\n"
        "    def run(self): return self.size\n",
    )
    space.run("build")
    space.jobfile(JOBFILE + "[params]\nsize = 15\n")
    assert space.run("build").built == []
    space.jobfile(JOBFILE + "[params]\nsize = 25\n")
    assert space.run("build").built == ["coarse"]


def test_a_seed_is_the_same_when_the_same_is_done_again(space):
    space.write("work.py", "def f(job, of=0):\n    return job.seed\n")
    space.jobfile('[target.f]\npython = "work:f"\nmatrix = { of = [1, 2] }\n')
    space.run("build")
    first, other = value(space, "f[of=1]"), value(space, "f[of=2]")
    assert int(first) > 0
    assert first != other
    space.run("build", "--force")
    assert value(space, "f[of=1]") == first


def test_a_docstring_is_listed(space):
    jobs(
        space,
        'class A(Job):\n    """What it makes.\n\n    More of it.\n    """\n'
        "    name = 'a'\n    def run(self): return 1\n",
    )
    space.run("build")
    assert space.run("list").out == "a  What it makes.\n"
