"""Jobs of a Jobfile that say themselves whether they are up to date, and what is said of it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

ALL = '[project]\njobs = ["jobs/*.py"]\n'
HEAD = """
import os, sys
from jobmake import Job

class Fetch(Job):
    name = "fetch"
    size: int = 1

    def run(self):
        return self.size

"""
SAYS_SO = "it is stale: its job says so"


def job(space, body: str, size: int = 1) -> None:
    space.write("jobs/fetch.py", HEAD + body)
    space.jobfile(f"{ALL}[params]\nsize = {size}\n")


def test_a_job_can_say_that_it_is_stale(space):
    job(space, "    def is_up_to_date(self):\n        return False\n")
    space.run("build")
    assert space.run("build").reason("fetch") == SAYS_SO
    assert SAYS_SO in space.run("why", "fetch").out
    assert space.run("status", "--check", code=1)


def test_none_is_no(space):
    job(space, "    def is_up_to_date(self):\n        pass\n")
    space.run("build")
    assert space.run("build").reason("fetch") == SAYS_SO


def test_a_job_can_say_that_it_is_up_to_date_after_all(space):
    job(space, "    def is_up_to_date(self):\n        return True\n")
    space.run("build")
    job(space, "    def is_up_to_date(self):\n        return True\n", size=2)
    assert space.run("build").built == []


def test_super_gives_the_usual_answer(space):
    body = """
    def is_up_to_date(self):
        return super().is_up_to_date() and not os.path.exists("again")
"""
    job(space, body)
    space.run("build")
    assert space.run("build").built == []
    job(space, body, size=2)
    assert space.run("build").reason("fetch") == "param `size` changed 1 -> 2"
    space.write("again", "")
    assert space.run("build").reason("fetch") == SAYS_SO


def test_equal_states_can_be_said_alone(space):
    job(space, "    def are_states_equal(self):\n        return True\n")
    space.run("build")
    job(space, "    def are_states_equal(self):\n        return True\n", size=2)
    assert space.run("build").built == []


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("raise ValueError('nobody knows')", "it said: ValueError: nobody knows"),
        ("sys.exit(0)", "it said: SystemExit: 0"),
        ("os._exit(0)", "its process ended before it answered"),
    ],
)
def test_a_job_that_gives_no_answer_fails(space, line, hint):
    job(space, f"    def is_up_to_date(self):\n        {line}\n")
    space.run("build")  # who was never built is not asked
    result = space.run("build", code=1)
    assert "target `fetch` failed: asking its job whether it is up to date failed" in result.err
    assert f"hint: {hint}\n" in result.err
    assert space.run("status", "--check", code=1)


def test_what_it_prints_is_no_answer(space):
    job(space, '    def is_up_to_date(self):\n        print("{}")\n        return True\n')
    space.run("build")
    assert space.run("build").built == []
