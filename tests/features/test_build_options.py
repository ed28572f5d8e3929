"""Options of a build: what is built, when it stops, what is shown of what commands write."""

from __future__ import annotations

import pytest

from tests.features.terminal import Terminal
from tests.support import Space

FAILING = """
[target.good]
run = "true"
[target.bad]
run = "test -e mended"
[target.after_bad]
run = "true"
needs = ["bad"]
[target.other]
run = "true"
needs = ["good"]
"""


def test_failed_builds_what_failed_and_what_waited_for_it(space: Space) -> None:
    space.jobfile(FAILING)
    space.build("-k", "-j1", code=1)
    space.write("mended", "")
    space.replace("Jobfile.toml", '[target.good]\nrun = "true"', '[target.good]\nrun = "exit 7"')

    result = space.build("--failed")

    assert result.built == ["bad", "after_bad"]
    assert "good" not in result.err


def test_failed_has_nothing_to_do_when_nothing_failed(space: Space) -> None:
    space.jobfile('[target.good]\nrun = "true"\n')
    space.build()

    assert space.build("--failed").built == []


def test_at_once_ends_what_still_runs(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(
        f"""
        [target.slow]
        run = '''{gate.command}; sleep 1000'''
        priority = 1
        [target.bad]
        run = "while [ ! -e go ]; do sleep 0.01; done; exit 1"
        """
    )
    process = space.start("build", "-j2", "-x")
    gate.reached()
    gate.open()
    space.write("go", "")
    _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert b"stopping (--at-once): waiting for `slow`\n" in err
    assert b"\nstopped slow\n" in err
    assert b"failed 1, stopped 1 in" in err


@pytest.mark.parametrize(
    ("tags", "built"),
    [
        (["slow"], ["a", "b"]),
        (["quick"], ["c"]),
        (["slow", "quick"], ["a", "b", "c"]),
    ],
)
def test_tags_choose_targets(space: Space, tags: list[str], built: list[str]) -> None:
    space.jobfile(
        """
        [target.a]
        run = "true"
        tags = ["slow", "x"]
        [target.b]
        run = "true"
        tags = ["slow"]
        [target.c]
        run = "true"
        tags = ["quick"]
        [target.d]
        run = "true"
        """
    )
    options = [word for tag in tags for word in ("--tag", tag)]

    assert sorted(space.build(*options).built) == built


def test_a_tag_that_nobody_has_is_an_error(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\ntags = ["slow"]\n')

    result = space.build("--tag", "slwo", code=2)

    assert result.err == "error: no target has the tag `slwo`\nhint: did you mean `slow`?\n"


LOCKED = """
[params]
word = "a"
[target.t]
run = "echo {params.word} > {outputs}"
outputs = ["t.txt"]
[target.user]
run = "cat {inputs} > {outputs}"
inputs = ["@t"]
outputs = ["user.txt"]
"""


def test_locked_fails_rather_than_change_the_lockfile(space: Space) -> None:
    space.jobfile(LOCKED)
    space.build()
    lock = space.read("Jobfile.lock")
    assert space.build("--locked").built == []

    result = space.build("--locked", "-D", "word=b", code=1)

    assert result.failed == ["t"]
    assert "its record would change, and `--locked` keeps the lockfile as it is" in result.err
    assert "hint: `jobmake why t` says what differs\n" in result.err
    assert space.read("Jobfile.lock") == lock
    assert space.read("t.txt") == "a\n"


def test_locked_makes_again_what_is_missing(space: Space) -> None:
    space.jobfile(LOCKED)
    space.build()
    lock = space.read("Jobfile.lock")
    space.path("t.txt").unlink()

    assert space.build("--locked", "--no-cache").built == ["t"]
    assert space.read("Jobfile.lock") == lock


def test_locked_fails_when_a_run_makes_other_bytes(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "cat state > {outputs}"\noutputs = ["t.txt"]\n')
    space.write("state", "one")
    space.build()
    space.write("state", "two")
    space.path("t.txt").unlink()
    lock = space.read("Jobfile.lock")

    result = space.build("--locked", "--no-cache", code=1)

    assert "what it made is not what the lockfile says (`--locked`)" in result.err
    assert space.read("Jobfile.lock") == lock


def test_locked_fails_for_a_target_without_a_record(space: Space) -> None:
    space.jobfile(LOCKED)

    assert space.build("--locked", code=1).failed == ["t"]
    assert not space.exists("Jobfile.lock")


WRITING = "[target.t]\nrun = '''\necho one\necho two >&2\nprintf three\nGATE\n'''\n"


def test_live_output_comes_line_by_line_with_the_targets_name(space: Space) -> None:
    gate = space.gate("written")
    space.jobfile(WRITING.replace("GATE", gate.command))
    process = space.start("build", "--output", "live")
    gate.reached()
    assert process.stdout is not None

    lines = [process.stdout.readline(), process.stdout.readline()]

    assert lines == [b"[t] one\n", b"[t] two\n"]  # while it runs
    gate.open()
    out, _ = process.communicate(timeout=60)
    assert out == b"[t] three\n"


def test_quiet_output_shows_nothing_of_what_commands_write(space: Space) -> None:
    space.jobfile(WRITING.replace("GATE", ""))

    result = space.build("--output", "quiet")

    assert result.out == ""
    assert "built t in" in result.err


def test_but_of_a_failed_run_it_is_shown(space: Space) -> None:
    space.jobfile(WRITING.replace("GATE", "exit 3"))

    assert "    two\n" in space.build("--output=quiet", code=1).err


def test_live_output_on_a_terminal_stands_above_the_foot(space: Space) -> None:
    space.jobfile(WRITING.replace("GATE", ""))

    terminal = Terminal(space, "build", "--output", "live")
    assert terminal.end() == 0

    shown = "\n".join(terminal.screen())
    assert "[t] one\n[t] two\n[t] three" in shown


def test_another_word_for_output_is_an_error(space: Space) -> None:
    space.jobfile(WRITING)

    assert "`loud` is none of group, live, quiet" in space.build("--output=loud", code=2).err
    assert "`loud` is none" in space.build(env={"JOBMAKE_OUTPUT": "loud"}, code=2).err


def test_failed_instances_that_are_known_only_later_are_built(space: Space) -> None:
    space.jobfile(
        """
        [target.split]
        run = "mkdir -p {outputs}; for i in a b; do echo $i > {outputs}/$i; done"
        outputs = ["parts/"]
        [target.one]
        run = "cat {inputs} > {outputs}; test ! -e bad-{each.part.name}"
        inputs = ["{each.part}"]
        outputs = ["ones/{each.part.name}"]
        each = { part = "@split" }
        [target.all]
        run = "cat {inputs} > {outputs}"
        inputs = ["@one"]
        outputs = ["all.txt"]
        [target.other]
        run = "cp {inputs} {outputs}"
        inputs = ["in.txt"]
        outputs = ["other.txt"]
        """
    )
    space.write("in.txt", "1\n")
    space.write("bad-a", "")
    space.build("-k", code=1)
    space.path("bad-a").unlink()
    space.write("in.txt", "2\n")

    result = space.build("--failed")

    assert result.built == ['one[part="parts/a"]', "all"]
    assert space.read("all.txt") == "a\nb\n"
    assert space.build().built == ["other"]


def test_locked_leaves_the_records_of_targets_that_are_gone(space: Space) -> None:
    one = '[target.one]\nrun = "echo 1 > {outputs}"\noutputs = ["1"]\n'
    space.jobfile(one + one.replace("one", "two").replace('"1"', '"2"'))
    space.build()
    before = space.read("Jobfile.lock")
    space.jobfile(one)

    result = space.build("--locked", code=1)

    assert (
        "note: the lockfile has records of targets that are gone: `two`; `--locked`" in result.err
    )
    assert space.read("Jobfile.lock") == before
    space.build()
    assert "two" not in space.read("Jobfile.lock")
