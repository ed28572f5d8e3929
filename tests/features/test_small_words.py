"""What is said where there is little to say: nothing to build, what was left, long commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobmake.jobfile.params import override

if TYPE_CHECKING:
    from tests.support import Space


def test_a_jobfile_without_targets_says_so(space: Space) -> None:
    space.jobfile("")

    result = space.build()

    assert result.err.startswith("note: Jobfile.toml has no targets: a table `[target.NAME]`")
    assert result.last_line.startswith("nothing to build")
    lines = [json.loads(line) for line in space.build("--json").out.splitlines()]
    assert "notice" in [line["event"] for line in lines]
    assert lines[0]["version"] == 1


@pytest.fixture
def left(space: Space) -> Space:
    one = '[target.one]\nrun = "echo > {outputs}"\noutputs = ["build/one"]\n'
    space.jobfile(one + one.replace("one", "two") + one.replace("one", "three"))
    space.build()
    space.jobfile(one)
    space.build()
    return space


LEFT = "left over: 2 outputs of targets that are no more; `jobmake clean --left` removes them\n"


def test_status_tells_of_what_was_left_when_asked_for_more(left: Space) -> None:
    assert left.run("status", "-v").out.endswith(LEFT)
    assert "left over" not in left.run("status").out

    left.run("clean", "--left")
    assert "left over" not in left.run("status", "-v").out


def test_left_over_instances_are_told_too(space: Space) -> None:
    space.write("src/a", "a")
    space.write("src/b", "b")
    space.jobfile(
        '[target.t]\nrun = "cp {each.src} {outputs}"\ninputs = ["{each.src}"]\n'
        'outputs = ["build/{each.src.name}"]\neach = { src = "src/*" }\n'
    )
    space.build()
    space.path("src/b").unlink()

    assert space.run("status", "-v").out.endswith(LEFT.replace("2 outputs", "1 output"))


def test_doctor_tells_of_what_was_left_as_advice(left: Space) -> None:
    found = json.loads(left.run("doctor", "--json", code=None).out)["findings"]

    [one] = [each for each in found if each["kind"] == "left-over"]
    assert one["fact"].startswith("made by targets that are no more: `build/t")
    assert one["fact"].endswith(" and 1 more")
    assert one["advice"] is True


@pytest.mark.parametrize(
    "text", ["exit 1\n" + "echo 1\n" * 100, "exit 1 # " + "x" * 5000], ids=["lines", "characters"]
)
def test_a_long_command_is_cut_where_it_failed(space: Space, text: str) -> None:
    space.jobfile(f"[target.t]\nrun = '''\n{text}'''\nmatrix = {{ n = [\"a b\"] }}\n")

    err = space.build(code=1).err

    told = err[err.index("  command: ") : err.index("  it ran because")]
    assert len(told) < 2000
    assert told.count("\n") <= 21
    assert told.endswith("…\n           (all of it: `jobmake show --command 't[n=\"a b\"]'`)\n")


@pytest.mark.parametrize("setting", ['"x=y".z=2', "'x=y'.z=2", '"x=y"."z"=2', '"x\\u003dy".z=2'])
def test_a_quoted_key_may_hold_an_equals_sign(setting: str) -> None:
    assert override({"x=y": {"z": 1}}, [setting]) == {"x=y": {"z": 2}}


@pytest.mark.parametrize("setting", ['"x=1', "it's=1", '"x=y"'])
def test_a_quote_that_does_not_end_is_told(space: Space, setting: str) -> None:
    space.jobfile('[params]\nx = 1\n[target.t]\nrun = "true"\n')

    assert space.run("build", "-D", setting, code=2).err.startswith("error: `")


SPLIT = """
[target.split]
run = "mkdir -p parts; for i in 1 2; do echo $i > parts/$i; done"
outputs = ["parts/"]
[target.proc]
each = { src = "@split" }
run = "cat {each.src} > {outputs}"
inputs = ["{each.src}"]
outputs = ["out/{each.src.name}"]
[target.all]
needs = ["proc"]
"""


def test_a_family_of_which_no_instance_is_known_is_not_up_to_date(space: Space) -> None:
    space.jobfile(SPLIT)

    assert space.run("list").out == "split\nproc   (instances not known yet)\nall\n"
    assert space.run("status").out == (
        "stale split: it was never built\n"
        "may be stale proc: depends on `split`, as does which instances it has\n"
        "up to date: 0 targets\n"
    )
    assert space.run("why", "proc").out == (
        "proc may be stale, depending on what is made by:\n"
        "  split: stale, it was never built\n"
        "  which instances it has is not known before that\n"
    )
    assert "\nmay run proc: depends on `split`, as does" in space.run("build", "-n").out
    told = json.loads(space.run("status", "--json").out)["targets"]
    assert [one["state"] for one in told] == ["stale", "may be stale", "may be stale"]
    listed = json.loads(space.run("list", "--json").out)["targets"]
    assert [one["provisional"] for one in listed] == [False, True, False]

    space.build()
    assert space.run("status").out == "up to date: 3 targets\n"
    assert space.run("list").out == "split\nproc   (2 instances, as last known)\nall\n"
    assert " is up to date since " in space.run("why", "proc").out


def test_a_family_that_has_no_instance_is_up_to_date(space: Space) -> None:
    space.jobfile(SPLIT.replace("for i in 1 2;", "for i in ;"))
    space.build()

    assert space.run("status").out == "up to date: 1 target\n"
    assert space.run("why", "proc").out == "proc is up to date\n"


def test_an_error_that_only_grown_instances_have_is_told_by_all_who_look(space: Space) -> None:
    space.jobfile(SPLIT.replace('"out/{each.src.name}"', '"out/same"'))
    space.build(code=None)

    for words in (["status"], ["why", "proc"], ["list"], ["build", "-n"], ["show", "split"]):
        err = space.run(*words, code=2).err
        assert err.startswith("error: ")
        assert "out/same" in err
        assert "--> Jobfile.toml:" in err


@pytest.mark.parametrize("kind", ["matrix = { api_token = [1] }", 'each = { password = "s*" }'])
def test_no_axis_is_a_secret(space: Space, kind: str) -> None:
    space.jobfile(f'[target.t]\nrun = "true"\n{kind}\n')

    err = space.build(code=2).err

    assert "cannot have an axis called `" in err
    assert "hint: it looks like a secret, and what is on an axis is in the names of" in err
