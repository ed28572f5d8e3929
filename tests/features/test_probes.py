"""Probes: commands whose output counts, when they run, and who may run them."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

from tests.features.terminal import CTRL_C, Terminal
from tests.support import DEADLINE, Space, ends

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("no_cache")]

ONE = """
[target.a]
run = "echo x > {outputs}"
outputs = ["a"]
probes = ["echo asked >> asked; cat version"]
"""


@pytest.fixture
def space(tmp_path) -> Space:
    space = Space(tmp_path / "project")
    space.write("version", "gcc 12\n")
    return space


def asked(space: Space) -> int:
    return space.read("asked").count("asked") if space.exists("asked") else 0


def test_what_a_probe_says_counts(space: Space) -> None:
    space.jobfile(ONE)
    assert space.build().built == ["a"]
    assert space.build().fresh == ["a"]
    space.write("version", "gcc 13\n\n")
    result = space.build()
    assert result.built == ["a"]
    assert 'cat version` changed "gcc 12" -> "gcc 13"' in result.reason("a")
    assert '"echo asked >> asked; cat version" = "gcc 13"' in space.read("Jobfile.lock")


def test_adding_and_removing_a_probe_counts(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    space.jobfile(ONE)
    assert space.build().built == ["a"]
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    assert space.build().built == ["a"]


def test_a_long_output_counts_as_its_digest(space: Space) -> None:
    space.jobfile(ONE)
    space.write("version", "v" * 10_000 + "1")
    space.build()
    assert "vvv" not in space.read("Jobfile.lock")
    assert space.build().fresh == ["a"]
    space.write("version", "v" * 10_000 + "2")
    assert space.build().built == ["a"]


def test_one_probe_is_asked_once_a_build(space: Space) -> None:
    space.jobfile(ONE + ONE.replace("[target.a]", "[target.b]").replace('"a"', '"b"'))
    space.build()
    assert asked(space) == 1


def test_another_folder_or_environment_asks_anew(space: Space) -> None:
    space.write("sub/version", "other")
    second = ONE.replace("[target.a]", '[target.b]\ncwd = "sub"').replace('["a"]', '["sub/b"]')
    third = ONE.replace("[target.a]", '[target.c]\nenv = { X = "1" }').replace('["a"]', '["c"]')
    space.jobfile(ONE + second + third)
    space.build()
    assert asked(space) == 2
    assert space.read("sub/asked") == "asked\n"
    assert '= "other"' in space.read("Jobfile.lock")


def test_a_probe_sees_params_and_the_environment_of_its_target(space: Space) -> None:
    space.jobfile(
        """
[params]
odd = "it's $5"
[target.a]
run = "true"
hermetic = true
env = { GIVEN = "{params.odd}", FILE = "{outputs}" }
outputs = []
probes = ["echo {params.odd} $GIVEN ${FILE-unset} ${HIDDEN-unset}"]
"""
    )
    space.build(env={"HIDDEN": "x"})
    assert """= "it's $5 it's $5 unset unset\"""" in space.read("Jobfile.lock")


def test_a_probe_that_fails_is_named(space: Space) -> None:
    space.jobfile(
        '[target.a]\nrun = "true"\nprobes = ["echo no such compiler >&2; exit 3"]\n'
        '[target.b]\nrun = "true"'
    )
    result = space.build("-k", code=1)
    assert result.built == ["b"]
    assert "the probe `echo no such compiler >&2; exit 3` failed with exit code 3" in result.err
    assert "hint: it said: no such compiler" in result.err


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("cat {inputs}", "`{inputs}` has no meaning in a probe"),
        ("cat {params.nothing}", "there is no param `nothing`"),
        ("echo `{params.n}`", "cannot be quoted safely"),
    ],
)
def test_what_a_probe_cannot_refer_to_is_told_at_once(space: Space, probe: str, said: str) -> None:
    space.jobfile(f'[params]\nn = 1\n[target.a]\nrun = "true"\nprobes = ["{probe}"]')
    assert said in space.build(code=2).err


def test_a_probe_reads_nothing_and_leaves_nothing_running(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\nprobes = ["cat; setsid sleep 1000 & echo $! > pid"]')
    space.build()
    ends(int(space.read("pid")))


def test_a_probe_may_ask_what_others_make(space: Space) -> None:
    space.jobfile(
        """
[target.tool]
run = "echo 'echo 1.0' > {outputs}"
outputs = ["tool"]
[target.a]
needs = ["tool"]
run = "echo x > {outputs}"
outputs = ["a"]
probes = ["sh ./tool"]
"""
    )
    space.build()
    space.path("tool").unlink()
    result = space.run("status")
    assert "cannot" not in result.out + result.err
    assert "a" in result.out
    assert space.build().fresh == ["a"]


# -- trust ----------------------------------------------------------------------------


def test_looking_runs_no_probe_in_a_project_that_was_not_built_here(space: Space) -> None:
    space.jobfile(ONE)
    space.build()
    shutil.copytree(space.root, space.root.with_name("copy"), symlinks=True)
    copy = Space(space.root.with_name("copy"))
    before = asked(copy)
    copy.write("version", "gcc 13")
    for words in (["status"], ["why", "a"], ["build", "-n"]):
        result = copy.run(*words)
        assert "1 probe was not run, because you have not built this project before" in result.err
        assert "`jobmake build` runs them" in result.err
        assert "version" not in result.out
    copy.run("list")
    copy.run("graph")
    assert asked(copy) == before
    assert copy.build().built == ["a"]
    assert asked(copy) == before + 1


def test_looking_runs_probes_where_this_user_has_built(space: Space) -> None:
    space.jobfile(ONE)
    space.build()
    space.write("version", "gcc 13")
    result = space.run("why", "a")
    assert '"gcc 12" -> "gcc 13"' in result.out
    assert "not run" not in result.err


def test_a_probe_that_is_new_and_not_run_is_no_reason_to_be_up_to_date(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    shutil.rmtree(f"{space.root}.state")
    space.jobfile(ONE)
    assert space.run("status", "--check", code=1)
    assert asked(space) == 0


def test_nothing_in_the_project_makes_it_trusted(space: Space) -> None:
    space.jobfile(ONE)
    space.run("status")
    assert asked(space) == 0
    moved = {"XDG_STATE_HOME": "state", "HOME": str(space.root)}
    space.build(env=moved)  # not absolute: the home folder is asked
    assert space.exists(".local/state/jobmake/trusted")
    assert not space.exists("state")


def test_where_no_mark_can_be_kept_builds_go_on(space: Space) -> None:
    space.jobfile(ONE)
    nowhere = {"XDG_STATE_HOME": "/proc/nowhere", "HOME": ""}
    assert space.build(env=nowhere).built == ["a"]
    assert "not run" in space.run("status", env=nowhere).err


# -- its end --------------------------------------------------------------------------


def test_ctrl_c_ends_a_probe(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\nprobes = ["echo $$ > pid; cat pipe"]')
    os.mkfifo(space.path("pipe"))
    terminal = Terminal(space, "build")
    writer = os.open(space.path("pipe"), os.O_WRONLY)  # waits for the probe to read
    terminal.press(CTRL_C)
    assert terminal.end() == -signal.SIGINT
    os.close(writer)
    ends(int(space.read("pid")))


def test_a_probe_ends_with_jobmake(space: Space) -> None:
    space.jobfile(
        '[target.a]\nrun = "true"\n'
        "probes = [\"trap '' TERM; sleep 1000 & echo $! > pid; cat pipe\"]"
    )
    os.mkfifo(space.path("pipe"))
    process = space.start("build")
    writer = os.open(space.path("pipe"), os.O_WRONLY)
    process.kill()
    process.wait(DEADLINE)
    ends(int(space.read("pid")))
    os.close(writer)
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()
