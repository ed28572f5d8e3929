"""A session on Python jobs and scripts: their code counts, wherever it lies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.project.kept import kept

if TYPE_CHECKING:
    from tests.support import Space

SCRIPT = """
[target.script]
run = "python script.py > {outputs}"
imports = "auto"
outputs = ["script.out"]
[target.other]
run = "cat {inputs} > {outputs}"
inputs = ["other.txt"]
outputs = ["other"]
"""


def test_code_that_a_script_reaches(space: Space) -> None:
    space.jobfile(SCRIPT)
    space.write("other.txt", "1")
    space.write("script.py", "import used\nprint(used.VALUE)\n")
    space.write("lib/used.py", "VALUE = 0\n")
    space.write("used.py", "VALUE = 1\n")
    one = kept(space)
    one.build()
    assert "used.py" in {each.path for each in one.session.watched()}

    space.write("used.py", "VALUE = 2\n")
    assert one.ran("used.py") == ["script"]
    assert space.read("script.out") == "2\n"
    space.write("used.py", "VALUE = 2  # the same\n")
    assert not one.change("used.py", "script.out")
    space.write("used/__init__.py", "VALUE = 3\n")  # a package goes before a module
    assert one.ran("used/__init__.py") == ["script"]
    assert space.read("script.out") == "3\n"
    one.is_as_a_new_process_would_leave_it()


def test_code_that_is_wrong_and_mended(space: Space) -> None:
    space.jobfile(SCRIPT)
    space.write("other.txt", "1")
    space.write("script.py", "import used\nprint(used.VALUE)\n")
    space.write("used.py", "VALUE = 1\n")
    one = kept(space)
    one.build()

    space.write("used.py", "VALUE = (\n")
    assert one.build("used.py").failed == ("script",)
    space.write("used.py", "VALUE = 2\n")
    assert one.ran("used.py") == ["script"]
    one.is_as_a_new_process_would_leave_it()


JOBS = """
from jobmake import Job
from helpers import factor

class Numbers(Job):
    name = "numbers"
    outputs_to_cache = ["numbers"]
    def run(self):
        self.numbers = [factor * one for one in range(3)]

class Total(Job):
    parents = [Numbers]
    name = "total"
    outputs_to_cache = ["total"]
    def run(self, numbers):
        self.total = sum(numbers)
"""


def test_jobs_and_what_they_import(space: Space) -> None:
    space.jobfile('[project]\njobs = ["jobs.py"]\n')
    space.write("jobs.py", JOBS)
    space.write("helpers.py", "factor = 1\n")
    one = kept(space)
    assert one.ran() == ["numbers", "total"]
    assert not one.change("jobs.py.swp", "other.txt")

    space.write("helpers.py", "factor = 2\n")
    assert one.change("helpers.py").definition == {"helpers.py"}
    assert one.ran() == ["numbers", "total"]
    space.write("jobs.py", JOBS + '\n\nclass More(Total):\n    name = "more"\n')
    assert "more" in one.ran("jobs.py")
    one.is_as_a_new_process_would_leave_it()


A_JOB = """
from jobmake import Job

class One(Job):
    name = "{}"
    def run(self): pass
"""


def test_a_new_file_of_jobs(space: Space) -> None:
    space.jobfile('[project]\njobs = ["jobs/*.py"]\n')
    space.write("jobs/one.py", A_JOB.format("a"))
    one = kept(space)
    one.build()

    space.write("jobs/two.py", A_JOB.format("b"))
    assert one.change("jobs/two.py").reload
    assert one.ran() == ["b"]
    os.unlink(space.path("jobs/one.py"))
    assert one.change("jobs/one.py").reload
    one.build()
    one.is_as_a_new_process_would_leave_it()


PLUGIN = """
from jobmake import Reason

class Marked:
    name = "marked"

    def reasons(self, target, fingerprint, record, files):
        yield Reason("it", "", "is marked {}")

def jobmake_checks():
    return [Marked()]
"""


def test_a_plugin_that_is_edited_is_read_again(space: Space) -> None:
    space.jobfile(
        '[project]\nplugins = ["plugins/own.py"]\n'
        '[target.a]\nrun = "echo > {outputs}"\noutputs = ["a"]\ncheck = ["content", "marked"]\n'
    )
    space.write("plugins/own.py", PLUGIN.format("once"))
    one = kept(space)
    assert one.ran() == ["a"]

    space.write("plugins/own.py", PLUGIN.format("twice"))
    assert one.change("plugins/own.py").definition == {"plugins/own.py"}
    one.build()
    assert any("is marked twice" in str(each) for each in one.told)
