"""SIGKILL at random moments of builds of Python jobs: the next build makes what a clean one
would make, and has nothing to do after that."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest

from tests.amounts import amount
from tests.support import DEADLINE, Space

pytestmark = pytest.mark.usefixtures("no_cache")

ROUNDS = amount(4, 100)
JOBFILE = '[project]\njobs = ["jobs/*.py"]\n[params]\nstart = %d\n'
JOBS = """
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    start: int = 0
    outputs_to_cache = ["numbers", "twice"]
    def run(self):
        self.numbers = list(range(self.start, self.start + 1000))
        self.job.save(self.start, "start")
        self.twice = [2 * number for number in self.numbers]

class Sums(Job):
    name = "sums"
    slices = 3
    parents = [Numbers]
    def analysis(self, sliceno, slices, numbers):
        return sum(numbers.twice[sliceno::slices])
    def synthesis(self, analysis_res):
        return sum(analysis_res)

class Report(Job):
    name = "report"
    parents = [Sums, Numbers]
    target = {"outputs": ["report.txt"]}
    def run(self, total, numbers):
        with open("report.txt", "w") as file:
            for number in numbers.numbers:
                file.write(f"{number} {total}\\n")
"""


def clean(start: int) -> str:
    total = sum(2 * number for number in range(start, start + 1000))
    return "".join(f"{number} {total}\n" for number in range(start, start + 1000))


def test_killed_builds_are_made_good_by_the_next(space: Space) -> None:
    rand = random.Random(4)
    space.write("jobs/all.py", JOBS)
    space.jobfile(JOBFILE % 0)
    began = time.monotonic()
    space.run("build")
    usual = time.monotonic() - began
    for start in range(1, ROUNDS):
        space.jobfile(JOBFILE % start)
        process = space.start("build")
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=rand.uniform(0, usual))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=DEADLINE)
        space.run("build")
        assert space.read("report.txt") == clean(start)
        assert space.run("build").built == []
        assert space.run("status", "--check").code == 0


def test_a_build_that_was_killed_between_parent_and_child_runs_the_child(space: Space) -> None:
    """The original took the child's old state: the crash window."""
    space.write(
        "jobs/two.py",
        """
import os, signal
from jobmake import Job

class Parent(Job):
    name = "parent"
    start: int = 0
    outputs_to_cache = ["start_was"]
    def run(self):
        self.start_was = self.start

class Child(Job):
    name = "child"
    parents = [Parent]
    def run(self, start):
        if os.path.exists("crash"):
            os.unlink("crash")
            builder = int(open(".jobmake/pid").read())
            os.kill(builder, signal.SIGKILL)
            while True:
                signal.pause()
        return start
""",
    )
    space.jobfile(JOBFILE % 1)
    space.run("build")
    space.jobfile(JOBFILE % 2)
    process = space.start("build", "parent")
    process.communicate(timeout=DEADLINE)
    space.write("crash", "")
    process = space.start("build")
    space.write(".jobmake/pid", str(process.pid))
    process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL
    result = space.run("build")
    assert result.built == ["child"]
    assert space.run("show", "child", "--value").out.strip() == "2"
