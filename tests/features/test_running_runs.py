"""What a run that goes on says of itself, and where it imports data from."""

from __future__ import annotations

from pathlib import Path

from tests.features.terminal import Terminal

JOBS = """
import os
from jobmake import Job

class Slow(Job):
    name = "slow"

    def run(self):
        with self.job.progress("parse"), self.job.progress("rows", total=3) as rows:
            rows.step()
            os.system(HOLD)
"""
PYTHON = '[project]\njobs = ["jobs.py"]\n'


def test_progress_is_shown_while_it_runs(space):
    gate = space.gate("slow")
    space.write("jobs.py", f"HOLD = {gate.command!r}\n{JOBS}")
    space.jobfile(PYTHON)
    build = space.start("build")
    gate.reached()
    assert "running slow: run 1, parse > rows" in space.run("status").out
    shown = space.run("show", "#1").out
    assert "run 1 of slow\n  ended     running\n" in shown
    assert "  doing     parse > rows" in shown
    gate.open()
    build.communicate()
    assert build.returncode == 0
    assert "doing" not in space.run("show", "#1").out


def test_progress_is_shown_on_the_live_line(space):
    gate = space.gate("slow")
    space.write("jobs.py", f"HOLD = {gate.command!r}\n{JOBS}")
    space.jobfile(PYTHON)
    terminal = Terminal(space, "build")
    gate.reached()
    terminal.wait_for("parse > rows")
    gate.open()
    assert terminal.end() == 0


def test_a_failure_tells_what_went_on(space):
    space.write("jobs.py", JOBS.replace("os.system(HOLD)", "raise ValueError('bad row')"))
    space.jobfile(PYTHON)
    space.start("build", "-q").communicate()
    assert "while: parse > rows 1/3\n" in space.run("log", "slow").out


IMPORTING = """
from jobmake import Job

class Import(Job):
    name = "import"

    def run(self):
        with open(self.job.input_filename("data.txt")) as file:
            return file.read()
"""
FROM = '[project]\njobs = ["jobs.py"]\ninput_directory = "{env.DATA}/in"\n'


def test_input_directory_is_where_data_comes_from_and_does_not_count(space, tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name / "in").mkdir(parents=True)
        (tmp_path / name / "in" / "data.txt").write_text(f"of {name}")
    space.write("jobs.py", IMPORTING)
    space.jobfile(FROM)
    space.build(env={"DATA": str(tmp_path / "a")})
    assert space.run("show", "import", "--value", env={"DATA": "/"}).out == "of a\n"
    assert space.build(env={"DATA": str(tmp_path / "b")}).fresh == ["import"]
    space.build("-B", env={"DATA": str(tmp_path / "b")})
    assert space.run("show", "import", "--value", env={"DATA": "/"}).out == "of b\n"


def test_input_directory_is_the_projects_folder_if_nothing_is_said(space):
    space.write("jobs.py", IMPORTING)
    space.write("data.txt", "here")
    space.jobfile(PYTHON)
    space.build()
    assert space.run("show", "import", "--value").out == "here\n"


def test_an_input_directory_that_cannot_be(space):
    space.jobfile('[project]\ninput_directory = "{env.NOT_SET_AT_ALL}/in"\n')
    assert "NOT_SET_AT_ALL" in space.build(code=2).err
    space.jobfile('[project]\ninput_directory = "in/*"\n')
    assert "error: `in/*` is no folder: it holds `*`, `?` or `[`" in space.build(code=2).err


def test_values_and_params_of_python_jobs_are_shown_as_python_writes_them(space):
    space.write(
        "jobs.py",
        "from jobmake import Job\n"
        "class Pair(Job):\n"
        "    name = 'pair'\n"
        "    of: tuple[int, ...] = (1, 2)\n"
        "    def run(self):\n"
        "        self.job.save(1, 'one')\n"
        "        return {self.of: {3}}\n",
    )
    space.jobfile(PYTHON)
    space.build()
    for asked in ("pair", "#1"):
        shown = space.run("show", asked).out
        assert "  params    of = (1, 2)\n" in shown
        assert "  value     {(1, 2): {3}}\n" in shown
        assert "  own files one  as made\n" in shown
