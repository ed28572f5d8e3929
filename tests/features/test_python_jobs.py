"""Job classes in a Jobfile: `[project] jobs`, `python = "module:Class"`, parents, values."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

JOBS = """
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    count: int = 3
    outputs_to_cache = ["numbers"]

    def run(self):
        self.numbers = {number: number * number for number in range(self.count)}

class Total(Job):
    name = "total"
    parents = [Numbers]
    outputs_to_cache = ["total"]

    def run(self, numbers):
        self.total = sum(numbers.values())
"""
ALL = '[project]\njobs = ["jobs/*.py"]\n'


def value(space, target: str) -> str:
    return space.run("show", target, "--value").out.strip()


def test_every_job_of_the_files_is_a_target(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    result = space.run("build")
    assert result.built == ["numbers", "total"]
    assert value(space, "total") == "{'total': 5}"
    assert space.run("build").last_line == "up to date: 2 targets checked"


def test_a_target_can_name_its_job(space):
    space.write("lib/jobs.py", JOBS)
    space.jobfile(
        '[project]\npython_path = ["lib"]\n'
        '[target.sum]\npython = "jobs:Total"\n'
        '[target.few]\npython = "jobs:Numbers"\nparams = { count = 2 }\n'
    )
    assert space.run("build", "sum").built == ["few", "sum"]
    assert value(space, "sum") == "{'total': 1}"


def test_parents_that_nobody_names_are_targets_too(space):
    space.write("jobs.py", JOBS)
    space.jobfile('[target.sum]\npython = "jobs:Total"\n')
    assert space.run("build").built == ["numbers", "sum"]


def test_a_param_comes_from_the_target_then_the_jobfile_then_the_class(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    space.run("build")

    space.jobfile(ALL + "[params]\ncount = 4\n")
    result = space.run("build")
    assert result.reason("numbers") == "param `count` changed 3 -> 4"
    assert value(space, "total") == "{'total': 14}"

    space.jobfile(
        ALL + "[params]\ncount = 4\n"
        '[target.numbers]\npython = "jobs.numbers:Numbers"\nparams = { count = 1 }\n'
    )
    space.run("build")
    assert value(space, "total") == "{'total': 0}"
    assert space.run("build", "-D", "count=9").built == []


def test_a_default_that_is_written_out_changes_nothing(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    space.run("build")
    space.jobfile(ALL + "[params]\ncount = 3\n")
    assert space.run("build").built == []


def test_equal_values_stop_the_work(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    space.run("build")
    space.replace("jobs/numbers.py", "number * number", "number ** 2")
    result = space.run("build")
    assert result.built == ["numbers"]
    assert result.fresh == ["total"]


# -- what the original got wrong -----------------------------------------------------------


def test_a_child_is_not_stale_after_an_upstream_change(space):
    """The original wrote only the parent's state: the next process read the child's old one."""
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    for count, total in ((2, 1), (3, 5), (3, 5), (2, 1)):
        space.jobfile(ALL + f"[params]\ncount = {count}\n")
        space.run("build")
        assert value(space, "total") == f"{{'total': {total}}}"


def test_a_child_is_built_after_only_its_parent_was(space):
    """The original took the child's old state, when only the parent had run meanwhile."""
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    space.run("build")
    space.jobfile(ALL + "[params]\ncount = 2\n")
    assert space.run("build", "numbers").built == ["numbers"]
    result = space.run("build", "total")
    assert result.built == ["total"]
    assert value(space, "total") == "{'total': 1}"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2", '"2"'), ("true", '"True"'), ("1", "true"), ("2", "2.0"), ("[1, 2]", '"[1, 2]"')],
)
def test_values_of_different_types_differ(space, one, other):
    """The original compared their texts."""
    space.write(
        "jobs/any.py",
        "from jobmake import Job\n"
        "class Any(Job):\n    name = 'any'\n    attributes_to_serialize = ['of']\n"
        "    def run(self):\n        return repr(self.of)\n",
    )
    space.jobfile(ALL + f"[params]\nof = {one}\n")
    space.run("build")
    space.jobfile(ALL + f"[params]\nof = {other}\n")
    assert space.run("build").built == ["any"]


def test_a_ladder_of_diamonds_is_judged_once_a_job(space):
    """The original asked 2^(n+2)-3 times."""
    lines = [
        "from jobmake import Job",
        "class R(Job):",
        "    name = 'r'",
        "    outputs_to_cache = ['v']",
    ]
    lines += ["    def run(self):", "        self.v = 1"]
    below = "R"
    for number in range(20):
        for side in "ab":
            lines += _sum_of(f"S{number}{side}", [below])
        below = f"M{number}"
        lines += _sum_of(below, [f"S{number}a", f"S{number}b"])
    space.write("jobs/ladder.py", "\n".join(lines) + "\n")
    space.jobfile(ALL)
    assert len(space.run("build").built) == 61
    result = space.run("build")
    assert len(result.fresh) == 61
    assert value(space, "m19") == str({"v": 2**20})


def _sum_of(name: str, parents: list[str]) -> list[str]:
    return [
        f"class {name}(Job):", f"    name = '{name.lower()}'",
        f"    parents = [{', '.join(parents)}]", "    outputs_to_cache = ['v']",
        "    def run(self, *values):", "        self.v = sum(values)",
    ]  # fmt: skip


# -- values --------------------------------------------------------------------------------


def test_values_come_back_as_they_went_in(space):
    space.write(
        "jobs/values.py",
        """
import datetime, decimal, pathlib
from jobmake import Job

ALL = {1: (2, {3}), None: float("inf"), "when": datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
       (1, 2): decimal.Decimal("1.10"), "path": pathlib.Path("a/b"), "raw": b"\\x00\\xff"}

class Made(Job):
    name = "made"
    outputs_to_cache = ["all"]
    def run(self):
        self.all = ALL

class Checked(Job):
    name = "checked"
    parents = [Made]
    def run(self, all):
        assert all == ALL, all
        assert type(all[1]) is tuple
        return "equal"
""",
    )
    space.jobfile(ALL)
    space.run("build")
    assert value(space, "checked") == "equal"


def test_a_job_finds_the_files_of_its_target(space):
    space.write("data/in.txt", "some text")
    space.write(
        "jobs/copy.py",
        "from jobmake import Job\n"
        "class Copy(Job):\n    name = 'copy'\n"
        "    target = {'inputs': {'text': 'data/in.txt'}, 'outputs': ['data/out.txt'],"
        " 'cwd': 'data'}\n"
        "    def run(self):\n"
        "        self.job.outputs[0].write_text(self.job.inputs.text.read_text().upper())\n"
        "        return [str(path) for path in (*self.job.inputs, *self.job.outputs)]\n",
    )
    space.jobfile(ALL)
    space.run("build")
    assert space.read("data/out.txt") == "SOME TEXT"
    assert value(space, "copy") == "['in.txt', 'out.txt']"
    space.write("data/in.txt", "another")
    assert space.run("build").reason("copy") == "input `data/in.txt` changed"


def test_what_is_not_listed_as_a_param_does_not_count(space):
    """The original's `video_location`: a job sees it, and its parents do."""
    space.write(
        "jobs.py",
        "from jobmake import Job\n"
        "class Up(Job):\n    name = 'up'\n    def run(self):\n        return self.location\n"
        "class Down(Job):\n    name = 'down'\n    parents = [Up]\n"
        "    def run(self, up):\n        return [up, self.location, self.up.location]\n",
    )
    target = """
[target.down]
python = "jobs:Down"
runtime = { location = "/here" }
[target.up]
python = "jobs:Up"
runtime = { location = "/up" }
"""
    space.jobfile(target)
    space.run("build")
    assert value(space, "down") == "['/up', '/here', '/here']"
    space.jobfile(target.replace("/here", "/there").replace("/up", "/over"))
    assert space.run("build").built == []


def test_none_is_an_output(space):
    space.write(
        "jobs/none.py",
        "from jobmake import Job\n"
        "class Nothing(Job):\n    name = 'nothing'\n    outputs_to_cache = ['it']\n"
        "    def run(self):\n        self.it = None\n",
    )
    space.jobfile(ALL)
    assert space.run("build").built == ["nothing"]
    assert space.run("build").built == []


def test_a_value_that_cannot_be_kept_fails_and_names_its_place(space):
    space.write(
        "jobs/odd.py",
        "from jobmake import Job\n"
        "class Odd(Job):\n    name = 'odd'\n    outputs_to_cache = ['it']\n"
        "    def run(self):\n        self.it = {'rows': [1, (n for n in ())]}\n",
    )
    space.jobfile(ALL)
    result = space.run("build", code=1)
    assert 'value["it"]["rows"][1]: a generator cannot be kept' in result.err


def test_an_output_that_was_not_set_fails(space):
    space.write(
        "jobs/odd.py",
        "from jobmake import Job\n"
        "class Odd(Job):\n    name = 'odd'\n    outputs_to_cache = ['it']\n"
        "    def run(self):\n        pass\n",
    )
    space.jobfile(ALL)
    result = space.run("build", code=1)
    assert "error: target `odd` failed: `odd` did not set its output `it`" in result.err


def test_a_deleted_value_runs_that_job_only(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL)
    space.run("build")
    [path] = [
        one for one in space.path(".jobmake/results").rglob("value") if b"total" in one.read_bytes()
    ]
    path.parent.chmod(0o700)
    path.unlink()
    result = space.run("build")
    assert result.built == ["total"]
    assert "is missing" in result.reason("total")


# -- attributes of parents, get_outputs, load_state ----------------------------------------


def test_the_seeds_example(space):
    space.write(
        "jobs/video.py",
        """
from jobmake import Job

class Functor:
    def __init__(self, values):
        self.values = values
    def __call__(self, index):
        return self.values[index]

class NumberOfFiles(Job):
    name = "number_of_files"
    outputs_to_cache = ["number"]
    def run(self):
        self.number = 4

class Histograms(Job):
    name = "histograms"
    outputs_to_cache = ["histograms"]
    def run(self):
        self.histograms = {index: [index, index + 1] for index in range(1, 5)}
    def get_outputs(self):
        super().get_outputs()
        return lambda area, index: self.histograms[index]

class HistogramCorrelationJob(Job):
    name = "histogram_correlation"
    attributes_to_serialize = []
    outputs_to_cache = ["histogram_correlations"]
    parents = [Histograms, NumberOfFiles]

    def __init__(self, *args, **kwargs):
        super(HistogramCorrelationJob, self).__init__(*args, **kwargs)

    def load_state(self):
        state = super(HistogramCorrelationJob, self).load_state()
        if state is None:
            return None
        correlations = state["histogram_correlations"]
        state["histogram_correlations"] = dict(sorted(correlations.items()))
        return state

    def run(self, *args, **kwargs):
        get_histogram = args[0]
        number_of_files = args[1]
        self.histogram_correlations = {}
        previous = get_histogram("slides", 1)
        for frame in reversed(range(2, number_of_files)):
            histogram = get_histogram("slides", frame)
            self.histogram_correlations[frame] = sum(a * b for a, b in zip(previous, histogram))

    def get_outputs(self):
        super(HistogramCorrelationJob, self).get_outputs()
        if self.histogram_correlations is None:
            raise RuntimeError("The correlations have not been computed yet.")
        return Functor(self.histogram_correlations)

class Report(Job):
    name = "report"
    parents = [HistogramCorrelationJob]
    def run(self, correlation):
        grand = self.histogram_correlation.histograms.get_outputs()("slides", 2)
        frames = list(self.histogram_correlation.histogram_correlations)
        return [correlation(2), correlation(3), frames, grand]
""",
    )
    space.jobfile(ALL)
    space.run("build")
    assert value(space, "report") == "[8, 11, [2, 3], [2, 3]]"


# -- files ---------------------------------------------------------------------------------


def test_a_job_is_told_its_files(space):
    space.write("in/a.txt", "2")
    space.write("in/b.txt", "3")
    space.write(
        "jobs/sum.py",
        "from jobmake import Job\n"
        "class Sum(Job):\n    name = 'sum'\n"
        "    target = {'inputs': ['in/*.txt'], 'outputs': {'total': 'build/total.txt'}}\n"
        "    def run(self):\n"
        "        total = sum(int(path.read_text()) for path in self.job.inputs)\n"
        "        self.job.outputs.total.write_text(str(total))\n",
    )
    space.jobfile(ALL)
    assert space.run("build").built == ["sum"]
    assert space.read("build/total.txt") == "5"
    space.write("in/c.txt", "4")
    assert space.run("build").reason("sum") == "input `in/c.txt` is new"
    assert space.read("build/total.txt") == "9"


def test_a_pasted_line_does_the_run_again(space):
    space.write("jobs/numbers.py", JOBS)
    space.jobfile(ALL + '[target.total]\npython = "jobs.numbers:Total"\n')
    space.run("build")
    line = space.run("show", "total", "--command").out.strip()
    done = subprocess.run(
        ["/bin/sh", "-ec", line], cwd="/", env=space.environ(), capture_output=True, check=True
    )
    assert done.stdout == b""
    assert b"jobmake-value" in space.path(".jobmake/runs/0/returned").read_bytes()


# -- what is read of jobs above, beside the outputs of parents -----------------------------

ABOVE = """
from jobmake import Job

class Top(Job):
    name = "top"
    start: int = 1
    outputs_to_cache = ["numbers"]
    def run(self):
        self.numbers = list(range(self.start, 4))

class Middle(Job):
    name = "middle"
    parents = [Top]
    step: int = 1
    quiet: int = 1
    outputs_to_cache = ["last"]
    def run(self, numbers):
        self.last = numbers[-1] + 0 * self.step * self.quiet

class Bottom(Job):
    name = "bottom"
    parents = [Middle]
    def run(self, last):
        return last, self.middle.step, self.middle.top.numbers
"""


def test_a_param_that_is_read_of_a_parent_counts(space):
    space.write("jobs/above.py", ABOVE)
    space.jobfile(ALL)
    space.run("build")
    space.jobfile(ALL + "[params]\nstep = 2\n")
    result = space.run("build")
    assert result.built == ["middle", "bottom"]
    assert result.reason("bottom") == "param `middle:step` changed 1 -> 2"
    assert value(space, "bottom") == "(3, 2, [1, 2, 3])"


def test_a_param_that_is_not_read_does_not(space):
    space.write("jobs/above.py", ABOVE)
    space.jobfile(ALL)
    space.run("build")
    space.jobfile(ALL + "[params]\nquiet = 2\n")
    assert space.run("build").built == ["middle"]


def test_an_output_that_is_read_further_up_counts(space):
    space.write("jobs/above.py", ABOVE)
    space.jobfile(ALL)
    space.run("build")
    space.jobfile(ALL + "[params]\nstart = 2\n")
    result = space.run("build")
    assert result.built == ["top", "middle", "bottom"]
    assert result.reason("bottom") == "result of `top` changed"
    assert value(space, "bottom") == "(3, 1, [2, 3])"
