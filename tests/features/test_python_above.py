"""What a job takes from the jobs above it, other than their kept values: it counts, too."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

ALL = '[project]\njobs = ["jobs/*.py"]\n'
SCALED = """
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    scale: int = 1
    outputs_to_cache = ["numbers"]

    def run(self):
        self.numbers = [1, 2, 3]
"""
HANDED_ON = (
    SCALED
    + """
    def get_outputs(self):
        return [number * self.scale for number in self.numbers]

class Total(Job):
    name = "total"
    parents = [Numbers]

    def run(self, numbers):
        return sum(numbers)
"""
)


def value(space, target: str) -> str:
    return space.run("show", target, "--value").out.strip()


def test_a_param_that_get_outputs_uses_is_one_of_the_child_too(space):
    space.write("jobs/scaled.py", HANDED_ON)
    space.jobfile(ALL + "[params]\nscale = 1\n")
    space.run("build")

    space.jobfile(ALL + "[params]\nscale = 5\n")
    result = space.run("build")

    assert result.reason("total") == "param `numbers:scale` changed 1 -> 5"
    assert value(space, "total") == "30"
    assert space.run("build").built == []


def test_a_function_that_needs_such_a_job_has_that_param_too(space):
    space.write("jobs/scaled.py", HANDED_ON + "\ndef most(numbers):\n    return max(numbers)\n")
    target = '[target.most]\npython = "jobs.scaled:most"\nneeds = ["numbers"]\n'
    space.jobfile(ALL + "[params]\nscale = 1\n" + target)
    space.run("build")
    space.jobfile(ALL + "[params]\nscale = 5\n" + target)
    assert "most" in space.run("build").built
    assert value(space, "most") == "15"


READS = [
    "        return self.numbers.scale",
    '        return self.get_parent_by_name("numbers").scale',
    "        return self.get_parent_by_type(Numbers).scale",
    "        return scale_of(self)",
    "        return (lambda: self)().numbers.scale",
    '        return getattr(self, "numb" + "ers").scale',
]


@pytest.mark.parametrize("line", READS)
def test_a_param_that_a_child_reads_of_its_parent_counts(space, line):
    space.write(
        "jobs/scaled.py",
        SCALED + "\ndef scale_of(job):\n    return job.numbers.scale\n\n"
        'class Child(Job):\n    name = "child"\n    parents = [Numbers]\n\n'
        f"    def run(self, numbers):\n{line}\n",
    )
    space.jobfile(ALL + "[params]\nscale = 1\n")
    space.run("build")
    space.jobfile(ALL + "[params]\nscale = 5\n")
    assert space.run("build").built == ["numbers", "child"]
    assert value(space, "child") == "5"


def test_what_a_grandparent_made_counts_where_it_is_read(space):
    space.write(
        "jobs/three.py",
        """
from jobmake import Job

class One(Job):
    name = "one"
    start: int = 1
    outputs_to_cache = ["number"]
    def run(self):
        self.number = self.start

class Two(Job):
    name = "two"
    parents = [One]
    outputs_to_cache = ["sign"]
    def run(self, number):
        self.sign = number > 0

class Three(Job):
    name = "three"
    parents = [Two]
    def run(self, sign):
        return self.two.one.number

class Four(Job):
    name = "four"
    parents = [Two]
    def run(self, sign):
        return sign
""",
    )
    space.jobfile(ALL + "[params]\nstart = 1\n")
    space.run("build")
    space.jobfile(ALL + "[params]\nstart = 2\n")
    result = space.run("build")
    assert value(space, "three") == "2"
    assert result.fresh == ["four"], "who looks at nothing above has no need to run"


def test_who_only_takes_values_is_built_for_them_only(space):
    """Also with `__init__` and `load_state` as the seed writes them."""
    space.write(
        "jobs/seed.py",
        SCALED
        + """
class Child(Job):
    name = "child"
    outputs_to_cache = ["total"]
    parents = [Numbers]

    def __init__(self, *args, **kwargs):
        super(Child, self).__init__(*args, **kwargs)

    def load_state(self):
        return super(Child, self).load_state()

    @property
    def start(self):
        return 0

    def run(self, numbers):
        self.total = sum(numbers, self.start)
""",
    )
    space.jobfile(ALL + "[params]\nscale = 1\n")
    space.run("build")
    space.jobfile(ALL + "[params]\nscale = 5\n")
    assert space.run("build").built == ["numbers"]


def test_outputs_of_all_above_are_attributes(space):
    """`get_outputs` need not ask for `super()` first."""
    space.write(
        "jobs/scaled.py",
        HANDED_ON + "\nclass Report(Job):\n    name = 'report'\n    parents = [Total, Numbers]\n"
        "    def run(self, total, numbers):\n"
        "        return total, self.numbers.numbers, self.total.numbers.numbers\n",
    )
    space.jobfile(ALL)
    space.run("build")
    assert value(space, "report") == "(6, [1, 2, 3], [1, 2, 3])"


def test_outputs_of_an_earlier_process_are_not_those_of_the_next(space):
    """The instances are the same, and so were their attributes."""
    space.write(
        "flow.py",
        SCALED.replace("[1, 2, 3]", "[self.scale]")
        + """
class Child(Job):
    name = "child"
    parents = [Numbers]
    outputs_to_cache = ["all"]

    def run(self, numbers):
        self.all = [numbers, self.numbers.numbers]

child = Child()
for scale in (1, 7):
    child.numbers.scale = scale
    child.process()
    print(child.all, child.numbers.numbers)
""",
    )
    done = subprocess.run(
        [sys.executable, "flow.py"], cwd=space.root, env=space.environ(), capture_output=True,
        text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["[[1], [1]] [1]", "[[7], [7]] [7]"]
