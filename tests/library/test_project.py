"""`Project`: jobmake from Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from jobmake import JobFailed, JobfileError, Project, StaleTargetError, UsageError, events
from tests.support import DEADLINE

CHAIN = """
[params]
word = "hi"
[target.one]
run = "echo {params.word} > {outputs}"
outputs = ["one.txt"]
[target.two]
run = "cat {inputs} > {outputs}"
inputs = ["@one"]
outputs = ["two.txt"]
"""


def test_a_build_tells_what_it_did(project):
    chain = project(CHAIN)
    first, second = chain.build(), chain.build()
    assert (first.built, first.fresh, first.ok) == (("one", "two"), (), True)
    assert (second.built, second.fresh, second.ok) == ((), ("one", "two"), True)
    assert first.failed == {}
    assert first.seconds > 0
    assert set(first.runs) == set(second.runs) == {"one", "two"}
    assert first.runs["one"] == second.runs["one"] == chain.run("one")


def test_what_is_restored_is_told(project, space):
    chain = project(CHAIN)
    chain.build()
    space.path("two.txt").unlink()
    again = chain.build("two")
    assert (again.restored, again.built, again.fresh) == (("two",), (), ("one",))
    assert again.runs["two"].post.ended == "restored"


def test_the_reports_of_the_jobfile_are_written_and_the_screen_stays_empty(project, space, capfd):
    report = '[project]\nreports = ["json=e.jsonl", "trace=file/t.json", "github"]\n'
    space.write("file", "")
    told = []
    project(report + CHAIN).build(on_event=told.append)
    lines = space.read("e.jsonl").splitlines()
    assert [json.loads(one)["event"] for one in lines] == [
        "build_started", *["target_started", "target_built"] * 2, "build_ended", "notice",
    ]  # fmt: skip
    assert [one.message for one in told if isinstance(one, events.Notice)] == [
        f"the report `trace` is left out: cannot write `{space.root}/file`: File exists"
    ]
    assert capfd.readouterr() == ("", "")


def test_params_are_laid_over_the_jobfiles(space, project):
    project(CHAIN).build()
    other = Project(space.root, params={"word": 'it\'s "two" \n lines'})
    assert [str(one) for one in other.why("one")] == [
        'param `word` changed "hi" -> "it\'s \\"two\\" \\n lines"'
    ]
    other.build(check=True)
    assert space.read("two.txt") == 'it\'s "two" \n lines\n'


def test_a_failure_is_a_value(project):
    both = project(CHAIN + "[target.bad]\nrun = 'echo oh; exit 3'\nneeds = ['one']\n")
    result = both.build(keep_going=True)
    assert not result.ok
    assert result.failed["bad"].message == "exit code 3"
    assert set(result.built) == {"one", "two"}
    with pytest.raises(JobFailed) as caught:
        both.build(check=True)
    assert str(caught.value) == "`bad` failed: exit code 3\noh"


def test_what_waits_for_a_failure_is_blocked(project):
    chain = project("[target.a]\nrun = 'false'\n[target.b]\nneeds = ['a']\nrun = 'true'\n")
    assert chain.build().blocked == ("b",)


def test_all_runs_of_a_target(project):
    chain = project(CHAIN)
    chain.build()
    chain.build(force=True)
    assert [run.number for run in chain.runs("one")] == [3, 1]
    assert [run.number for run in chain.runs("one", limit=1)] == [3]
    assert len(chain.runs()) == 4
    assert chain.run("one").number == 3


def test_the_run_behind_a_record_that_is_stale_is_the_newest_good_one(project, space):
    chain = project(CHAIN)
    chain.build()
    space.replace("Jobfile.toml", "echo {params.word}", "false")
    assert not chain.build().ok
    assert chain.run("one").number == 1
    assert chain.runs("one")[0].post.ended == "failed"


def test_a_target_that_never_ran_has_no_run(project):
    with pytest.raises(StaleTargetError) as caught:
        project(CHAIN).run("one")
    assert str(caught.value) == "`one` has no run that ended well: it is to be built first"


def test_a_clone_has_a_run_of_which_only_the_result_is_known(project, space):
    chain = project("[target.v]\nrun = 'echo 5'\ncapture = 'stdout'\n")
    chain.build()
    space.path(".jobmake/runs.db").unlink()
    run = chain.run("v")
    assert (run.number, run.load()) == (0, "5\n")
    with pytest.raises(StaleTargetError) as caught:
        run.post  # noqa: B018
    assert str(caught.value) == "the history here does not know the run of `v`"


def test_names_that_are_no_one_target(project):
    many = project("[target.m]\nmatrix = { a = [1, 2] }\nrun = 'true'\n")
    assert many.targets == ("m[a=1]", "m[a=2]", "m") or set(many.targets) >= {"m[a=1]", "m[a=2]"}
    with pytest.raises(UsageError) as caught:
        many.run("m")
    assert "m" in str(caught.value)
    with pytest.raises(UsageError):
        many.build("nobody")


def test_why_and_status(project, space):
    chain = project(CHAIN)
    chain.build()
    assert chain.why("two") == []
    assert {one.state for one in chain.status().values()} == {"up to date"}
    space.replace("Jobfile.toml", 'word = "hi"', 'word = "ho"')
    assert [str(one) for one in chain.why("one")] == ['param `word` changed "hi" -> "ho"']
    status = chain.status()
    assert (status["one"].state, status["two"].state) == ("stale", "may be stale")
    assert status["two"].depends_on == ("one",)


def test_a_wrong_jobfile_reads_as_on_the_command_line(space, project):
    project(CHAIN)
    space.replace("Jobfile.toml", "inputs", "input")
    with pytest.raises(JobfileError) as caught:
        Project(space.root)
    assert str(caught.value) + "\n" == space.build(code=2).err
    assert "did you mean `inputs`?" in str(caught.value)


def test_events_are_told_while_it_builds(project):
    told: list[str] = []
    project(CHAIN).build(on_event=lambda event: told.append(type(event).__name__))
    assert told[0] == "BuildStarted"
    assert told[-1] == "BuildEnded"
    assert told.count("TargetBuilt") == 2


def test_an_error_of_who_listens_waits_for_the_end(project, space):
    def refuse(_event):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        project(CHAIN).build(on_event=refuse)
    assert space.read("two.txt") == "hi\n"


def test_a_change_of_the_working_directory_does_not_matter(project, space, monkeypatch):
    monkeypatch.chdir(space.root)
    space.jobfile(CHAIN)
    here = Project(".")
    monkeypatch.chdir("/")
    assert here.build().ok
    assert here.root == os.path.realpath(space.root)


def test_two_projects_in_two_threads(tmp_path):
    gates = []
    for name, other in (("a", "b"), ("b", "a")):
        folder = tmp_path / name
        folder.mkdir()
        os.mkfifo(tmp_path / f"{name}.fifo")
        gates.append(os.open(tmp_path / f"{name}.fifo", os.O_RDWR))
        # each waits for a word of the other: they are built at the same time, or not at all
        meet = f"echo x > {tmp_path}/{other}.fifo; read word < {tmp_path}/{name}.fifo"
        (folder / "Jobfile.toml").write_text(
            f"[target.it]\nrun = '{meet}; echo {name} > it.txt'\noutputs = ['it.txt']\n"
        )
    results = {}

    def build(name: str) -> None:
        results[name] = Project(tmp_path / name).build()

    threads = [threading.Thread(target=build, args=(name,)) for name in "ab"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(DEADLINE)
    for one in gates:
        os.close(one)
    assert [results[name].built for name in "ab"] == [("it",), ("it",)]
    assert [(tmp_path / name / "it.txt").read_text() for name in "ab"] == ["a\n", "b\n"]


INTERRUPTED = """
import sys
from jobmake import Project
before = __import__("signal").getsignal(2)
try:
    Project(".").build()
except KeyboardInterrupt:
    assert __import__("signal").getsignal(2) is before
    print("interrupted")
"""


def test_ctrl_c_ends_the_runs(space):
    gate = space.gate("it")
    space.jobfile(f"[target.it]\nrun = '{gate.command}'\n")
    script = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=space.root, env=space.environ(), stdout=subprocess.PIPE, text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )  # fmt: skip
    gate.reached()
    script.send_signal(signal.SIGINT)
    out, _ = script.communicate(timeout=DEADLINE)
    assert (script.returncode, out) == (0, "interrupted\n")


USER = """
from __future__ import annotations

from jobmake import BuildResult, Job, Project, Reason, Run, RunFile, Status, current


class Count(Job):
    name = "count"
    most: int = 3

    def run(self) -> list[int]:
        self.job.save([1], "one")
        return list(range(self.most))


def used(path: str) -> float:
    project = Project(path, params={"a": 1})
    result: BuildResult = project.build(["count"], jobs=2, on_event=print, check=True)
    run: Run = result.runs["count"]
    one: RunFile = run.withfile("one")
    names: set[str] = run.files("*.txt")
    reasons: list[Reason] = project.why("count")
    states: dict[str, Status] = project.status()
    older: list[Run] = run.chain(length=3)
    again: Run = Count(most=4).process()
    print(one.filename(), names, reasons, states, older, again.number, current().number)
    print([failure.message for failure in result.failed.values()])
    return run.post.wall
"""


def test_a_users_program_is_typed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(USER)
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"),
         "--follow-imports", "silent", str(program)],
        cwd=tmp_path, env={**os.environ, "MYPYPATH": str(root)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_imported_before_it_is_asked_for():
    code = textwrap.dedent("""
        import sys, jobmake
        assert not [name for name in sys.modules if name.startswith("jobmake.")]
        from jobmake import JobfileError
        assert "jobmake.engine" not in sys.modules
    """)
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
