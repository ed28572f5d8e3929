"""`jobmake lock`: the lockfile written anew from all that is known, and checked."""

from __future__ import annotations

import json

import pytest

from jobmake.engine.options import Options
from jobmake.project import Project, Settings
from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = """
[target.a]
run = "echo {matrix.n} > {outputs}"
outputs = ["a-{matrix.n}.out"]
matrix = { n = [1, 2] }
[target.b]
run = "cat {inputs} > {outputs}"
inputs = ["@a"]
outputs = ["b.out"]
[target.all]
needs = ["b"]
"""
RIGHT = "Jobfile.lock is as it should be\n"


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.build()
    return space


def conflicted(space: Space, ours: str, theirs: str) -> None:
    space.write("Jobfile.lock", f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")


def two_sides(space: Space) -> tuple[str, str]:
    """Two lockfiles, of which the disk agrees with the second."""
    space.jobfile(JOBFILE.replace("cat {inputs}", "echo other"))
    space.build()
    ours = space.read("Jobfile.lock")
    space.jobfile(JOBFILE)
    space.build()
    return ours, space.read("Jobfile.lock")


# -- writing ----------------------------------------------------------------------------------


def test_a_lockfile_that_is_right_stays_as_it_is(built: Space) -> None:
    before = built.path("Jobfile.lock").stat()

    assert built.run("lock").out == RIGHT
    assert built.path("Jobfile.lock").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.case("C14")
def test_of_a_conflict_the_record_that_the_disk_agrees_with_is_kept_and_told(space: Space) -> None:
    ours, theirs = two_sides(space)
    conflicted(space, ours, theirs)

    result = space.run("lock")

    assert result.out == "kept b: the record of the other side\nwrote Jobfile.lock\n"
    assert space.read("Jobfile.lock") == theirs
    conflicted(space, theirs, ours)
    assert space.run("lock").out == "kept b: the record of our side\nwrote Jobfile.lock\n"


def test_of_a_conflict_that_the_disk_is_of_neither_side_no_record_is_kept(space: Space) -> None:
    conflicted(space, *two_sides(space))
    space.write("b.out", "by hand\n")

    result = space.run("lock")

    assert result.out == "dropped b: what is on the disk is of neither side\nwrote Jobfile.lock\n"
    assert space.build().built == ["b"]


def test_what_a_killed_build_had_done_is_taken_from_the_journal(space: Space) -> None:
    gate = space.gate("last")
    space.jobfile(JOBFILE + f"[target.c]\nrun = '''{gate.command}'''\nneeds = ['b']\n")
    build = space.start("build")
    gate.reached()
    build.kill()
    build.communicate()
    assert not space.exists("Jobfile.lock")

    result = space.run("lock")

    told = [f"kept {name}: built since the lockfile was written" for name in ("a[n=1]", "a[n=2]")]
    assert result.out.splitlines()[:2] == told
    assert space.run("lock", "--check", code=1).out == "there is no record of `c`\n"
    gate.open()
    assert space.build().built == ["c"]


def test_records_of_targets_that_are_gone_are_dropped(built: Space) -> None:
    built.jobfile(JOBFILE.replace("n = [1, 2]", "n = [1]"))

    result = built.run("lock")

    assert result.out == "dropped a[n=2]: it is not in the Jobfile\nwrote Jobfile.lock\n"
    assert built.build().built == ["b"]


JOBS = """
from jobmake import Job
class Words(Job):
    name = "words"
    outputs_to_cache = ["x"]
    def run(self):
        self.x = 1
"""


@pytest.mark.parametrize("what", ["lock", "accept b --reason seen", "build"])
def test_records_of_jobs_that_may_not_be_loaded_here_are_kept(built: Space, what: str) -> None:
    """As in a clone, of which this user has built nothing."""
    built.write("jobs.py", JOBS)
    built.jobfile(f'project.jobs = ["jobs.py"]\n{JOBFILE}')
    built.build()
    before = built.read("Jobfile.lock")
    assert "[target.words]" in before
    elsewhere = {"XDG_STATE_HOME": str(built.root.with_name("of somebody else"))}

    if what == "build":  # without leave to load anything
        project = Project.open(Settings(str(built.root), environ=built.environ(elsewhere)))
        assert project.build([], Options(jobs=1), lambda _event: None).ok
    else:
        assert built.run("lock", "--check", env=elsewhere).out == RIGHT
        built.run(*what.split(), env=elsewhere)

    assert built.read("Jobfile.lock") == before
    assert "words" not in built.run("clean", "-n", "--left", env=elsewhere).out


def test_a_record_that_is_not_whole_is_dropped(built: Space) -> None:
    built.replace("Jobfile.lock", "n = 2", "n = 5")

    assert built.run("lock").out == "dropped a[n=2]: its record was not whole\nwrote Jobfile.lock\n"
    assert built.build().built == ["a[n=2]"]


def test_a_lockfile_that_cannot_be_read_is_kept_aside(built: Space) -> None:
    built.write("Jobfile.lock", "<html>")

    result = built.run("lock")

    assert result.out.startswith("set aside what could not be read as Jobfile.lock.damaged-1\n")
    assert built.read("Jobfile.lock.damaged-1") == "<html>"


def test_what_was_done_is_told_to_programs_too(space: Space) -> None:
    conflicted(space, *two_sides(space))
    space.jobfile(JOBFILE.replace("n = [1, 2]", "n = [1]"))

    told = json.loads(space.run("lock", "--json").out)

    assert told == {
        "version": 1,
        "lockfile": "Jobfile.lock",
        "written": True,
        "set_aside": None,
        "kept": [{"target": "b", "from": "theirs"}],
        "dropped": [{"target": "a[n=2]", "why": "it is not in the Jobfile"}],
    }


def test_it_waits_for_a_build(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(f"[target.slow]\nrun = '''{gate.command}'''\n")
    build = space.start("build")
    gate.reached()

    lock = space.start("lock")
    assert lock.stderr is not None
    assert lock.stderr.readline().startswith(b"note: waiting for process ")
    gate.open()
    build.communicate()

    assert lock.communicate()[0].decode() == RIGHT


# -- checking ---------------------------------------------------------------------------------


def test_a_lockfile_that_is_right_passes(built: Space) -> None:
    assert built.run("lock", "--check").out == RIGHT


def test_each_flaw_is_told_and_nothing_is_written(built: Space) -> None:
    text = built.read("Jobfile.lock")
    table = text.index("[target.b]")
    for lockfile, jobfile, told in (
        (None, JOBFILE, ["there is no lockfile `Jobfile.lock`"]),
        ("<html>", JOBFILE, ["`Jobfile.lock` cannot be read: "]),
        (text.replace("\n", "\r\n"), JOBFILE, ["`Jobfile.lock` is not in the form in which "]),
        (text[: table - 1], JOBFILE, ["there is no record of `b`"]),
        (text.replace("n = 2", "n = 3"), JOBFILE, ["the record of `a[n=2]` is not whole"]),
        (text, JOBFILE.replace("[1, 2]", "[1, 3]"),
         ["there is no record of `a[n=3]`", "there is a record of `a[n=2]`, which is not in the"]),
        (f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n", JOBFILE,
         ["`Jobfile.lock` has conflict markers"]),
    ):  # fmt: skip
        built.jobfile(jobfile)
        built.path("Jobfile.lock").unlink(missing_ok=True)
        if lockfile is not None:
            built.write("Jobfile.lock", lockfile)
        before = built.tree()

        lines = built.run("lock", "--check", code=1).out.splitlines()

        assert len(lines) == len(told)
        assert all(line.startswith(begin) for line, begin in zip(lines, told, strict=True))
        assert built.tree() == before


def test_flaws_are_told_to_programs_too(built: Space) -> None:
    built.jobfile(JOBFILE.replace("[1, 2]", "[1]"))

    told = json.loads(built.run("lock", "--check", "--json", code=1).out)

    message = "there is a record of `a[n=2]`, which is not in the Jobfile"
    assert told == {
        "version": 1,
        "lockfile": "Jobfile.lock",
        "problems": [{"kind": "gone", "target": "a[n=2]", "message": message}],
    }
    built.run("lock")
    assert json.loads(built.run("lock", "--check", "--json").out)["problems"] == []


def test_a_lockfile_of_a_newer_jobmake_is_left_alone(built: Space) -> None:
    built.replace("Jobfile.lock", "lock-version = 1", "lock-version = 2")

    for words in (["lock"], ["lock", "--check"]):
        assert "is of version 2" in built.run(*words, code=3).err


def test_what_may_fail_need_not_have_a_record(space: Space) -> None:
    space.jobfile(
        '[target.a]\nrun = "exit 1"\nallow_failure = true\n'
        '[target.b]\nrun = "true"\nafter = ["a"]\n'
    )
    space.build()
    assert space.run("lock", "--check").out == RIGHT

    space.jobfile('[target.a]\nrun = "exit 1"\nallow_failure = true\n')
    space.path("Jobfile.lock").unlink()
    assert space.run("lock", "--check").out == RIGHT
