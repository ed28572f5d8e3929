"""`Run`: what is known of a run of the past, and the files that it made. Rows X-050 to X-070."""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path

import pytest

from jobmake import Run, StaleTargetError

COUNT = """
[params]
most = 3
[target.count]
run = '''
echo counting >&2
seq {params.most}
mkdir -p {run_dir}/files/more
seq {params.most} > {run_dir}/files/numbers.txt
echo '{"a": [1, 2]}' > {run_dir}/files/result.json
echo x > {run_dir}/files/more/deep.txt
seq {params.most} > {outputs.table}
'''
capture = "stdout"
params = ["most"]
outputs = { table = "build/table.txt" }
"""

JOBS = """
from jobmake import Job

class Numbers(Job):
    name = "numbers"
    count: int = 3
    kinds: tuple[str, ...] = ("a", "b")
    password: str = "secret"

    def run(self):
        print("making numbers")
        self.job.save({1: (2, 3)}, "pairs")
        self.job.json_save({"b": 1, "a": None}, "plain.json")
        with self.job.open("notes/today.txt", "w") as file:
            file.write("naïve")
        return {number: number * number for number in range(self.count)}
"""
PYTHON = '[project]\njobs = ["jobs.py"]\n'


@pytest.fixture
def count(project) -> Run:
    """A run of a command."""
    return project(COUNT).build(check=True).runs["count"]


@pytest.fixture
def numbers(space, project) -> Run:
    """A run of a Python job."""
    space.write("jobs.py", JOBS)
    return project(PYTHON).build(check=True).runs["numbers"]


def test_where_a_run_is(count, space):
    assert (count.method, count.number, count.workdir) == ("count", 1, "project")
    assert count.path == str(space.root / ".jobmake" / "runs" / "1")
    assert (str(count), repr(count)) == ("run 1 of `count`", "<Run #1 of count>")


def test_params_are_typed_and_secrets_are_not_told(numbers):
    assert numbers.params == {"count": 3, "kinds": ("a", "b"), "password": "***"}


def test_post_tells_times_and_how_it_ended(count):
    post = count.post
    assert post.ended == "built"
    assert post.exit_code == 0
    assert post.reasons == ("it was never built",)
    assert post.wall > 0
    assert post.user + post.system > 0
    assert post.peak_memory > 0
    assert post.host == os.uname().nodename
    assert post.started.tzinfo is not None
    assert post.started <= datetime.now().astimezone()


def test_output_is_all_that_it_wrote(numbers):
    assert numbers.output() == "making numbers\n"
    with pytest.raises(ValueError) as caught:
        numbers.stdout()
    assert str(caught.value) == (
        "what run 1 of `numbers` wrote to `stdout` is not kept apart: `output()` has all of it"
    )


def test_a_captured_standard_output_is_the_value(count):
    assert count.load() == count.value == count.stdout() == "1\n2\n3\n"
    assert count.stderr() == "counting\n"
    assert count.output() == "1\n2\n3\ncounting\n"


def test_the_whole_log_of_a_failed_run_is_there(project):
    built = project("[target.bad]\nrun = 'seq 150; echo oh >&2; exit 3'\n").build()
    run = built.runs["bad"]
    assert run.output().splitlines() == [*map(str, range(1, 151)), "oh"]
    assert (run.post.ended, run.post.exit_code, run.post.error) == ("failed", 3, "exit code 3")


def test_files_by_pattern(count):
    assert count.files() == {"numbers.txt", "result.json", "more/deep.txt"}
    assert count.files("*.txt") == {"numbers.txt", "more/deep.txt"}
    assert count.files("none") == set()


def test_filename_is_absolute(count):
    assert Path(count.filename("numbers.txt")).read_text() == "1\n2\n3\n"
    with pytest.raises(FileNotFoundError) as caught:
        count.filename("number.txt")
    assert str(caught.value) == (
        "run 1 of `count` has no file `number.txt`: there is a value, `more/deep.txt`,"
        " `numbers.txt`, `result.json`, the output `build/table.txt`"
    )


@pytest.mark.parametrize("name", ["../log", "/etc/passwd", ".."])
def test_names_lead_nowhere_else(count, name):
    with pytest.raises(ValueError) as caught:
        count.filename(name)
    assert str(caught.value) == (
        f"`{name}` is no file of the run: names are relative and lead nowhere else"
    )


def test_values_come_back_as_they_went_in(numbers):
    assert numbers.load() == numbers.value == {0: 0, 1: 1, 2: 4}
    assert numbers.load("pairs") == {1: (2, 3)}
    assert numbers.json_load("plain.json") == {"a": None, "b": 1}
    assert numbers.json_load("none.json", default=1) == 1
    assert numbers.load("none", default=2) == 2


def test_a_run_without_a_value(project):
    run = project("[target.a]\nrun = 'true'\n").build().runs["a"]
    assert run.value is None
    assert run.load(default=7) == 7
    with pytest.raises(FileNotFoundError) as caught:
        run.load()
    assert str(caught.value) == "run 1 of `a` has no value: there is nothing"


def test_a_damaged_file_names_its_run(numbers):
    path = Path(numbers.filename("pairs"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(Exception, match=r"^the file `pairs` of run 1 of `numbers` cannot be read"):
        numbers.load("pairs")


def test_a_past_run_is_for_reading(numbers):
    with numbers.open("notes/today.txt") as file:
        assert file.read() == "naïve"
    with numbers.open("notes/today.txt", "rb") as file:
        assert file.read() == "naïve".encode()
    with pytest.raises(io.UnsupportedOperation) as caught:
        numbers.open("notes/today.txt", "w")
    assert str(caught.value) == (
        "`notes/today.txt` of run 1 of `numbers` is for reading: it cannot be opened with mode `w`"
    )
    assert not hasattr(numbers, "save")


def test_withfile_is_one_file(numbers):
    pairs = numbers.withfile("pairs")
    assert (pairs.name, pairs.run, pairs.load()) == ("pairs", numbers, {1: (2, 3)})
    assert numbers.withfile("plain.json").json_load() == {"a": None, "b": 1}
    assert pairs.filename() == numbers.filename("pairs")
    with pairs.open("rb") as file:
        assert file.read(13) == b"jobmake-value"
    with pytest.raises(FileNotFoundError):
        numbers.withfile("none")


def test_outputs_are_paths(count, space):
    table = space.root / "build" / "table.txt"
    assert count.outputs.table == count.outputs[0] == table
    assert count.get_output_file("table") == "1\n2\n3\n"
    assert count.get_output_file("table.txt", encoding=None) == b"1\n2\n3\n"


def test_an_output_that_was_made_anew_is_not_that_runs(count, space):
    space.write("build/table.txt", "edited")
    with pytest.raises(StaleTargetError) as caught:
        count.get_output_file("table")
    assert str(caught.value) == "the output `build/table.txt` is not as run 1 of `count` made it"


def test_get_output_file_copies(count, tmp_path):
    copy = tmp_path / "copy"
    assert count.get_output_file("numbers.txt", save_as=str(copy)) == str(copy)
    assert copy.read_text() == "1\n2\n3\n"


def test_runs_are_equal_by_their_numbers(count, project):
    again = project(COUNT).run("count")
    assert again == count
    assert len({again, count}) == 1
    changed = project(COUNT.replace("most = 3", "most = 4")).build().runs["count"]
    assert changed != count
    assert changed.load() == "1\n2\n3\n4\n"
    assert count.load() == "1\n2\n3\n"


# -- links ----------------------------------------------------------------------------


def test_link_result(count, space):
    link = Path(count.link_result("numbers.txt"))
    assert link == space.root / "results" / "numbers.txt"
    assert not os.path.isabs(os.readlink(link))
    assert link.read_text() == "1\n2\n3\n"
    assert Path(count.link_result("numbers.txt", "a/b.txt")).read_text() == "1\n2\n3\n"


def test_a_link_is_replaced_and_nothing_else_is(count, space):
    count.link_result("result.json", "it")
    count.link_result("numbers.txt", "it")
    assert space.read("results/it") == "1\n2\n3\n"
    space.write("results/mine", "mine")
    with pytest.raises(FileExistsError) as caught:
        count.link_result("numbers.txt", "mine")
    assert str(caught.value) == ("`results/mine` is no link that jobmake made: it is left as it is")
    space.path("results/mine").unlink()
    space.path("results/mine").symlink_to("../Jobfile.toml")
    with pytest.raises(FileExistsError):
        count.link_result("numbers.txt", "mine")


@pytest.mark.parametrize("name", ["/x", "../x", "a/../../x"])
def test_a_link_does_not_lead_out(count, name):
    with pytest.raises(ValueError):
        count.link_result("numbers.txt", name)


def test_nothing_is_linked_through_a_link(count, space, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    space.path("results").mkdir()
    space.path("results/out").symlink_to(elsewhere)
    with pytest.raises(ValueError):
        count.link_result("numbers.txt", "out/x")
    assert list(elsewhere.iterdir()) == []


# -- jobs in slices -------------------------------------------------------------------


def test_phases_and_slices_have_their_times(space, project):
    space.write(
        "jobs.py",
        """
from jobmake import Job
class Sum(Job):
    name = "sum"
    slices = 3
    def prepare(self): return 10
    def analysis(self, sliceno, prepare_res): return sliceno + prepare_res
    def synthesis(self, analysis_res): return sum(analysis_res)
""",
    )
    run = project(PYTHON).build(check=True).runs["sum"]
    assert run.load() == 33
    assert list(run.post.phases) == ["prepare", "analysis", "synthesis"]
    assert len(run.post.slices) == 3
    assert all(seconds >= 0 for seconds in run.post.slices)


def test_what_does_not_count_is_not_for_other_runs(space, project):
    space.write("jobs.py", "def ask(made):\n    return made.post.wall\n")
    built = project(
        '[target.made]\nrun = "true"\n[target.ask]\npython = "jobs:ask"\nneeds = ["made"]\n'
    ).build()
    assert built.failed["ask"].message == (
        "raised `jobmake.python.stale.StaleTargetError: of the run of `made` no more is known here"
        " than what it made: the rest does not count in a fingerprint, so it is not for runs`"
        " at jobs.py:2"
    )


def test_a_need_without_a_value_arrives_as_its_run(space, project):
    space.write(
        "jobs.py",
        "def measure(made):\n"
        "    return made.method, made.outputs.only.read_text(), sorted(made.files())\n",
    )
    built = project(
        """
[target.made]
run = "echo hi > {outputs}; mkdir -p {run_dir}/files; touch {run_dir}/files/own"
outputs = { only = "made.txt" }
[target.measure]
python = "jobs:measure"
needs = ["made"]
"""
    ).build(check=True)
    assert built.runs["measure"].load() == ("made", "hi\n", ["own"])
