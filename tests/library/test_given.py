"""Runs, their files and jobs as params of other jobs: only what is given counts."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

PARTS = """
from jobmake import Job, Run, RunFile

class CreateTwoFiles(Job):
    name = "create_two_files"
    a: str = "A"
    b: str = "B"
    comment: str = ""

    def run(self):
        open("ran", "a").write("create ")
        with self.job.open("fileA", "w") as file:
            file.write(self.a)
        self.job.save(self.b, "fileB")

class CheckFile(Job):
    name = "checkfile"
    thefile: RunFile

    def run(self):
        open("ran", "a").write(self.name + " ")
        with self.thefile.open("rb") as file:
            return self.thefile.name, len(file.read()) > 0, self.thefile.run.method

class Whole(Job):
    name = "whole"
    source: Run | None = None

    def run(self):
        open("ran", "a").write("whole ")
        return None if self.source is None else sorted(self.source.files())

class Link(Job):
    name = "link"
    number: int = 0
    previous: Run | None = None

    def run(self):
        open("ran", "a").write(f"link{self.number} ")
        before = self.previous.load() if self.previous else 0
        return before + self.number
"""
BOTH = """
job = CreateTwoFiles(a=sys.argv[1], b=sys.argv[2], comment=sys.argv[3]).process()
CheckFile(name="check_a", thefile=job.withfile("fileA")).process()
CheckFile(name="check_b", thefile=job.withfile("fileB")).process()
"""


def script(space, text: str, *arguments: str, code: int = 0) -> str:
    """Run a script in the project's folder; return what it printed."""
    space.write("parts.py", PARTS)
    space.write("script.py", "import sys\nfrom parts import *\n" + text)
    done = subprocess.run(
        [sys.executable, "script.py", *arguments],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def ran(space) -> str:
    """Return which jobs ran since the last question."""
    path = space.path("ran")
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text.strip()


def test_only_who_was_given_the_changed_file_runs(space):
    script(space, BOTH, "A", "B", "")
    assert ran(space) == "create check_a check_b"
    script(space, BOTH, "A", "B", "")
    assert ran(space) == ""
    script(space, BOTH, "A2", "B", "")
    assert ran(space) == "create check_a"
    script(space, BOTH, "A2", "B2", "")
    assert ran(space) == "create check_b"


def test_another_run_that_makes_the_same_changes_nothing(space):
    script(space, BOTH, "A", "B", "")
    ran(space)
    script(space, BOTH, "A", "B", "another")
    assert ran(space) == "create"


def test_an_edited_file_counts_though_no_run_made_it_so(space):
    script(space, BOTH, "A", "B", "")
    ran(space)
    text = (
        "import os\n"
        "job = CreateTwoFiles(a='A', b='B').process()\n"
        "os.chmod(job.filename('fileA'), 0o644)\n"
        "open(job.filename('fileA'), 'w').write('edited')\n"
        "CheckFile(name='check_a', thefile=job.withfile('fileA')).process()\n"
    )
    script(space, text)
    assert ran(space) == "check_a"


def test_a_job_that_is_a_param_is_processed_before_and_arrives_as_its_run(space):
    text = "made = CreateTwoFiles()\njob = Whole(source=made)\nprint(job.process().load())\n"
    assert script(space, text) == "['fileA', 'fileB']\n"
    assert ran(space) == "create whole"
    text += "print(job.is_up_to_date(), made.is_up_to_date(), type(job.source).__name__)\n"
    assert script(space, text) == "['fileA', 'fileB']\nTrue True CreateTwoFiles\n"
    assert ran(space) == ""
    text += "made.a = 'other'\nprint(job.is_up_to_date())\njob.process()\n"
    assert script(space, text).endswith("False\n")
    assert ran(space) == "create whole"


def test_a_job_that_is_given_to_itself_is_refused(space):
    text = "one = Whole()\nother = Whole(source=one)\none.source = other\none.process()\n"
    out = script(space, text, code=1)
    assert "TypeError: a job is given to itself: `whole` <- `whole` <- `whole`" in out


def test_a_job_that_is_a_param_and_never_ran_makes_its_user_stale(space):
    text = "job = Whole(source=CreateTwoFiles())\nprint(job.is_up_to_date(), job.load_state())\n"
    assert script(space, text) == "False None\n"
    text = "print(Whole(source=CreateTwoFiles()).are_states_equal())\n"
    assert script(space, text) == "False\n"
    assert ran(space) == ""


def test_a_failure_of_a_job_that_is_a_param_is_told(space):
    text = (
        "class Bad(Job):\n    name = 'bad'\n    def run(self): raise ValueError('no')\n"
        "Whole(source=Bad()).process()\n"
    )
    assert "`bad` failed: raised `ValueError: no` at script.py:" in script(space, text, code=1)
    assert ran(space) == ""


CHAIN = """
previous = None
for number in range(1, int(sys.argv[1]) + 1):
    previous = Link(name=f"link{number}", number=number, previous=previous).process()
print(previous.load(), [run.load() for run in previous.chain()])
print([run.params["number"] for run in previous.chain(length=3, reverse=True)], end=" ")
first = previous.chain()[0]
print(len(previous.chain(stop=first)), len(previous.chain(length=0)))
"""


def test_a_chain_grows_by_one_run(space):
    assert script(space, CHAIN, "4") == "10 [1, 3, 6, 10]\n[4, 3, 2] 3 0\n"
    assert ran(space) == "link1 link2 link3 link4"
    assert script(space, CHAIN, "5") == "15 [1, 3, 6, 10, 15]\n[5, 4, 3] 4 0\n"
    assert ran(space) == "link5"


def test_all_of_a_chain_counts_for_who_is_given_its_end(space):
    text = """
class First(Job):
    name = "first"
    told: int = 1
    def run(self): return self.told

class Same(Job):
    name = "same"
    previous: Run
    def run(self): return "always the same"

class End(Job):
    name = "end"
    previous: Run
    def run(self): return [run.load() for run in self.previous.chain()]

first = First(told=int(sys.argv[1])).process()
print(End(previous=Same(previous=first).process()).process().load())
"""
    assert script(space, text, "1") == "[1, 'always the same']\n"
    assert script(space, text, "2") == "[2, 'always the same']\n"


def test_a_run_can_be_returned_and_come_back(space):
    text = """
class Giver(Job):
    name = "giver"
    source: Run
    def run(self): return {"run": self.source, "file": self.source.withfile("fileB")}

made = CreateTwoFiles().process()
given = Giver(source=made).process().load()
print(given["run"] == made, given["file"].load(), given["run"].post.ended)
"""
    assert script(space, text) == "True B built\n"


def test_workflows_in_one_folder_do_not_forget_each_other(space):
    text = "CreateTwoFiles().process()\nLink().process()\nCreateTwoFiles().process()\n"
    script(space, text)
    assert ran(space) == "create link0"
