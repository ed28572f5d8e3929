"""Jobs in a script, without a Jobfile: `Sink(…).process()`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

SCRIPT = """
import sys
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    count: int = 3
    outputs_to_cache = ["numbers"]

    def run(self):
        print("numbers runs")
        open("ran", "a").write("numbers ")
        self.numbers = {number: number * number for number in range(self.count)}

class Total(Job):
    name = "total"
    parents = [Numbers]
    outputs_to_cache = ["total"]

    def run(self, numbers):
        open("ran", "a").write("total ")
        self.total = sum(numbers.values())
"""


def script(space, text: str, *arguments: str, code: int = 0) -> str:
    """Run a script in the project's folder; return what it printed."""
    space.write("script.py", SCRIPT + text)
    done = subprocess.run(
        [sys.executable, "script.py", *arguments],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def ran(space) -> str:
    """Return which jobs ran since the last question."""
    path = space.path("ran")
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text.strip()


def test_a_job_and_its_parents_are_brought_up_to_date(space):
    text = (
        "job = Total()\njob.process()\n"
        "print(job.total, job.get_outputs(), job.numbers.get_outputs())\n"
    )
    assert script(space, text) == "5 5 {0: 0, 1: 1, 2: 4}\n"
    assert ran(space) == "numbers total"
    assert script(space, text) == "5 5 {0: 0, 1: 1, 2: 4}\n"
    assert ran(space) == ""


def test_a_param_of_the_parent_is_given_to_the_sink(space):
    text = "job = Total(count=int(sys.argv[1]))\njob.process()\nprint(job.total)\n"
    assert [script(space, text, "2"), script(space, text, "3"), script(space, text, "3")] == [
        "1\n", "5\n", "5\n",
    ]  # fmt: skip


def test_a_param_that_is_set_later_counts_from_then_on(space):
    text = (
        "job = Total()\njob.process()\njob.numbers.count = 2\n"
        "print(job.is_up_to_date())\njob.process()\nprint(job.total, job.is_up_to_date())\n"
    )
    assert script(space, text) == "False\n1 True\n"


def test_runtime_values_reach_the_run_and_do_not_count(space):
    space.write("other", "")
    text = (
        "class Where(Job):\n    name = 'where'\n    outputs_to_cache = ['where']\n"
        "    def run(self):\n        self.where = self.location\n"
        "job = Where(location=sys.argv[1])\njob.process()\nprint(job.where)\n"
    )
    assert script(space, text, "/here") == "/here\n"
    assert script(space, text, "/there") == "/here\n"


def test_the_state_is_written_where_json_prefix_says(space):
    text = "Total(json_prefix='state/video').process()\n"
    space.path("state").mkdir()
    script(space, text)
    assert json.loads(space.read("state/video_numbers.json")) == {
        "name": "numbers",
        "params": {"count": 3},
        "outputs": {"numbers": {"$dict": [[0, 0], [1, 1], [2, 4]]}},
    }
    assert json.loads(space.read("state/video_total.json"))["outputs"] == {"total": 5}


def test_two_prefixes_do_not_see_each_other(space):
    text = "Total(json_prefix=sys.argv[1]).process()\n"
    script(space, text, "one")
    assert ran(space) == "numbers total"
    script(space, text, "two")
    assert ran(space) == "numbers total"
    script(space, text, "one")
    assert ran(space) == ""


@pytest.mark.parametrize("damage", ["", "{", '{"outputs": 1}'])
def test_a_state_that_is_cut_off_is_made_again(space, damage):
    text = "job = Total(json_prefix='s')\njob.process()\nprint(job.total)\n"
    script(space, text)
    whole = space.read("s_total.json")
    ran(space)
    space.write("s_total.json", damage)
    assert script(space, text) == "5\n"  # from the cache: nothing has to run
    assert space.read("s_total.json") == whole


def test_a_failure_names_the_job_and_shows_its_output(space):
    text = (
        "from jobmake import JobFailed\n"
        "class Bad(Job):\n    name = 'bad'\n    parents = [Numbers]\n"
        "    def run(self, numbers):\n        print('so far')\n        raise ValueError('no sum')\n"
        "try:\n    Bad().process()\n"
        "except JobFailed as error:\n    print(error, list(error.failures))\n"
    )
    said = script(space, text)
    assert "`bad` failed: raised `ValueError: no sum` at script.py:" in said
    assert "so far" in said
    assert "jobmake/" not in said, "our own frames are not shown"


def test_outputs_of_a_stale_job_are_refused(space):
    text = (
        "from jobmake import StaleTargetError\n"
        "try:\n    Total().get_outputs()\n"
        "except StaleTargetError as error:\n    print(error)\n"
    )
    assert script(space, text) == "`total` is not up to date: it was never built\n"


def test_an_edit_of_the_script_runs_what_it_reaches(space):
    text = "job = Total()\njob.process()\nprint(job.total)\n"
    script(space, text)
    ran(space)
    assert script(space, text + "# a comment\nUNUSED = 1\n") == "5\n"
    assert ran(space) == ""
    edited = text.replace("job = Total()", "Total.run = Total.run\njob = Total()")
    script(space, edited)
    ran(space)


def test_a_job_can_say_itself_that_it_is_stale(space):
    text = (
        "import os\n"
        "class Watched(Job):\n    name = 'watched'\n    outputs_to_cache = ['v']\n"
        "    def is_up_to_date(self):\n"
        "        return super().is_up_to_date() and not os.path.exists('stale')\n"
        "    def run(self):\n        open('ran', 'a').write('watched ')\n        self.v = 1\n"
        "Watched().process()\n"
    )
    script(space, text)
    script(space, text)
    assert ran(space) == "watched"
    space.write("stale", "")
    script(space, text)
    assert ran(space) == "watched"


def test_two_jobs_of_one_name_are_told(space):
    text = (
        "class Other(Job):\n    name = 'numbers'\n    def run(self):\n        pass\n"
        "class Middle(Job):\n    name = 'middle'\n    parents = [Other]\n"
        "    def run(self, other):\n        pass\n"
        "class Bottom(Job):\n    name = 'bottom'\n    parents = [Total, Middle]\n"
        "    def run(self, *all):\n        pass\n"
        "Bottom().process()\n"
    )
    said = script(space, text, code=1)
    assert "two jobs of the workflow have the name `numbers`: Numbers and Other" in said


FILES = (
    "class Files(Job):\n    name = 'files'\n    outputs_to_cache = ['v']\n"
    "    target = {'inputs': ['in/*.txt'], 'outputs': ['out.txt']}\n"
    "    def run(self):\n"
    "        self.v = len(self.job.inputs)\n"
    "        self.job.outputs[0].write_text(str(self.v))\n"
)


@pytest.mark.parametrize("prefix", ["", "json_prefix='state/of/it'"])
def test_files_are_seen_from_the_working_directory(space, prefix):
    space.write("in/a.txt", "")
    script(space, f"{FILES}Files({prefix}).process()\n")
    assert space.read("out.txt") == "1"
    assert space.exists("state/of/it_files.json") == bool(prefix)


def test_files_are_seen_from_a_prefix_elsewhere(space):
    space.write("elsewhere/in/a.txt", "")
    space.write("elsewhere/in/b.txt", "")
    script(space, f"{FILES}Files(json_prefix={str(space.path('elsewhere/it'))!r}).process()\n")
    assert space.read("elsewhere/out.txt") == "2"
    assert space.exists("elsewhere/it_files.json")


@pytest.mark.parametrize("where", ["state/it", "/state/it"])
def test_a_helper_beside_the_script_counts_wherever_the_state_is(space, where):
    prefix = str(space.root) + where if where.startswith("/") else where
    text = (
        "import helper\n"
        "class Helped(Job):\n    name = 'helped'\n    outputs_to_cache = ['v']\n"
        "    def run(self):\n        self.v = helper.NUMBER\n"
        f"job = Helped(json_prefix={prefix!r})\njob.process()\nprint(job.v)\n"
    )
    space.write("helper.py", "NUMBER = 1\n")
    assert script(space, text) == "1\n"
    space.write("helper.py", "NUMBER = 22\n")
    assert script(space, text) == "22\n"


def test_two_prefixes_of_one_name_do_not_see_each_other(space):
    text = "job = Total(json_prefix=sys.argv[1], count=int(sys.argv[2]))\njob.process()\n"
    script(space, text, "a/it", "2")
    script(space, text, "b/it", "3")
    ran(space)
    script(space, text, "a/it", "2")
    assert ran(space) == ""
    assert json.loads(space.read("a/it_total.json"))["outputs"] == {"total": 1}


def test_a_class_can_stand_in_a_function(space):
    text = (
        "def workflow(by):\n"
        "    class Scaled(Job):\n        name = 'scaled'\n        parents = [Total]\n"
        "        outputs_to_cache = ['v']\n        by: int = 1\n"
        "        def run(self, total):\n            open('ran', 'a').write('scaled ')\n"
        "            self.v = total * self.by\n"
        "    return Scaled(by=by)\n"
        "job = workflow(int(sys.argv[1]))\njob.process()\nprint(job.v)\n"
    )
    assert script(space, text, "2") == "10\n"
    ran(space)
    assert script(space, text, "3") == "15\n"
    assert ran(space) == "scaled"


def test_states_can_be_written_by_hand_and_are_no_records(space):
    text = (
        "job = Total(json_prefix='s')\n"
        "job.numbers.run()\njob.run(job.numbers.numbers)\njob.serialize_state()\n"
    )
    script(space, text)
    assert json.loads(space.read("s_total.json"))["outputs"] == {"total": 5}
    assert json.loads(space.read("s_numbers.json"))["params"] == {"count": 3}
    ran(space)
    script(space, "Total(json_prefix='s').process()\n")
    assert ran(space) == "numbers total"


def test_the_outputs_of_parents_are_there_too(space):
    text = "job = Total()\nprint(job.numbers.numbers)\njob.process()\nprint(job.numbers.numbers)\n"
    assert script(space, text) == "None\n{0: 0, 1: 1, 2: 4}\n"
    assert script(space, text) == "None\n{0: 0, 1: 1, 2: 4}\n"


def test_a_run_reads_the_outputs_of_all_above_it(space):
    text = (
        "class Twice(Job):\n    name = 'twice'\n    parents = [Total]\n"
        "    def run(self, total):\n        return len(self.total.numbers.numbers) * total\n"
        "job = Twice()\njob.process()\nprint(job.get_outputs())\n"
    )
    assert script(space, text) == "15\n"
