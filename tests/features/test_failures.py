"""What happens when a target fails: what is told, what is left on the disk, what goes on."""

from __future__ import annotations

import re

import pytest

from tests.support import DEADLINE, Space

# -- how a command ended ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ("exit 3", "exit code 3"),
        ("kill -TERM $$", "was ended by SIGTERM"),
        ("no-such-command --at-all", "exit code 127"),
        ("./not-there.sh", "could not be run: `./not-there.sh`: No such file or directory"),
    ],
)
def test_a_failure_tells_how_the_command_ended(space: Space, run: str, told: str) -> None:
    space.jobfile(f'[target.a]\nrun = "{run}"\n')

    result = space.build(code=1)

    assert f"error: target `a` failed: {told}\n" in result.err
    assert result.last_line == "failed 1"


def test_a_program_of_argv_that_is_not_found_is_named(space: Space) -> None:
    space.jobfile('[target.a]\nargv = ["no-such-command", "x"]\n')

    result = space.build(code=1)

    assert "error: target `a` failed: the command `no-such-command` is not found\n" in result.err


def test_a_list_of_commands_stops_at_the_first_that_fails(space: Space) -> None:
    space.jobfile('[target.a]\nrun = ["echo one", "exit 4", "echo three"]\n')

    result = space.build(code=1)

    assert "error: target `a` failed: exit code 4 in command 2 of 3\n" in result.err
    assert space.run("log", "a").out == "one\n"


def test_a_command_of_several_lines_stops_at_the_first_that_fails(space: Space) -> None:
    space.jobfile('[target.a]\nrun = """\necho one\nfalse\necho three\n"""\n')

    result = space.build(code=1)

    assert result.failed == ["a"]
    assert space.run("log", "a").out == "one\n"


def test_a_failure_shows_command_reason_end_of_log_and_its_path_once(space: Space) -> None:
    space.jobfile(
        """
        [target.a]
        run = "seq 30; echo 'oh no' >&2; exit 3"
        inputs = ["in.txt"]
        """
    )
    space.write("in.txt", "x")

    result = space.run("build", "-q", code=1)

    assert result.out == ""
    assert result.err == (
        "error: target `a` failed: exit code 3\n"
        "  command: seq 30; echo 'oh no' >&2; exit 3\n"
        "  it ran because: it was never built\n"
        "  the last 20 lines of its output, from .jobmake/runs/1/log:\n"
        + "".join(f"    {number}\n" for number in range(12, 31))
        + "    oh no\n"
    )


def test_a_failure_without_output_says_so(space: Space) -> None:
    space.jobfile('[target.a]\nrun = """\nfalse\n"""\n')

    result = space.run("build", "-q", code=1)

    assert result.err == (
        "error: target `a` failed: exit code 1\n"
        "  command: false\n"
        "  it ran because: it was never built\n"
        "  it wrote no output\n"
    )


# -- outputs ---------------------------------------------------------------------------


@pytest.mark.case("A30")
@pytest.mark.parametrize(
    ("outputs", "run", "told"),
    [
        ('"out.txt"', "true", "did not make the output `out.txt`"),
        ('"out/"', "true", "did not make the output `out/`"),
        ('"out/*.txt"', "touch out/a.csv", "did not make the output `out/*.txt`"),
        ('"a", "b", "c"', "touch b", "did not make the outputs `a`, `c`"),
        ('"out"', "mkdir out", "the output `out` is a folder: write it as `out/`"),
        ('"out/"', "touch out", "the output `out/` is a file: write it without the slash"),
    ],
)
def test_an_output_that_was_not_made_is_a_failure_that_names_it(
    space: Space, outputs: str, run: str, told: str
) -> None:
    space.jobfile(f'[target.a]\nrun = "{run}"\noutputs = [{outputs}]\n')

    result = space.build(code=1)

    assert result.failed == ["a"]
    assert told in result.err
    assert space.build(code=1).failed == ["a"]


@pytest.mark.case("A31")
def test_outputs_of_a_failed_run_are_moved_to_its_run_folder(space: Space) -> None:
    space.jobfile(
        """
        [target.a]
        run = "echo half > one; mkdir -p two/deep; echo x > two/deep/f; ln -s one three; exit 1"
        outputs = ["one", "two/", "three"]
        """
    )

    space.build(code=1)

    assert list(space.tree()) == ["Jobfile.toml"]
    assert not space.exists("three")
    assert space.read(".jobmake/runs/1/outputs/one") == "half\n"
    assert space.read(".jobmake/runs/1/outputs/two/deep/f") == "x\n"
    assert space.path(".jobmake/runs/1/outputs/three").is_symlink()


def test_a_failed_run_takes_the_outputs_of_the_last_good_one_away(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "cp {inputs} {outputs}"\ninputs = ["in"]\noutputs = ["out"]\n')
    space.write("in", "good")
    space.build()

    space.replace("Jobfile.toml", "cp {inputs} {outputs}", "false {outputs}")
    space.build(code=1)

    assert not space.exists("out")


# -- the next build --------------------------------------------------------------------


def test_a_failed_target_runs_again_even_if_its_edit_is_reverted(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "grep good in"\ninputs = ["in"]\n')
    space.write("in", "good")
    space.build()
    space.write("in", "bad")
    space.build(code=1)

    space.write("in", "good")
    result = space.build()

    assert result.built == ["a"]
    assert result.reason("a") == "it has no result: its last run failed: exit code 1"
    assert space.build().fresh == ["a"]


def test_why_of_a_failed_target_tells_the_failure_and_what_changed(space: Space) -> None:
    space.jobfile(
        '[params]\nword = "good"\n[target.a]\nrun = "echo {params.word} | grep good > {outputs}"\n'
        'outputs = ["out"]\n'
    )
    space.build()
    space.build("-D", "word=bad", code=1)

    assert space.run("why", "a", "-D", "word=bad").out.startswith(
        "a is stale:\n"
        "  it has no result: its last run failed: exit code 1\n"
        '  param `word` changed "good" -> "bad"\n'
        "  output `out` is missing\n"
        "  its last run: #2, failed: exit code 1, "
    )


# -- the others ------------------------------------------------------------------------

FORK = """
[target.bad]
run = "exit 1"
outputs = ["bad"]
[target.user]
run = "touch {outputs}"
inputs = ["bad"]
outputs = ["user"]
[target.far]
run = "true"
needs = ["user"]
[target.other]
run = "touch {outputs}"
outputs = ["other"]
[target.more]
run = "touch {outputs}"
needs = ["other"]
outputs = ["more"]
"""


def test_keep_going_builds_all_that_does_not_depend_on_the_failure(space: Space) -> None:
    space.jobfile(FORK)

    result = space.build("-k", "-j1", code=1)

    assert result.failed == ["bad"]
    assert result.blocked == ["user", "far"]
    assert result.built == ["other", "more"]
    assert "blocked user: `bad` failed\n" in result.err
    assert result.last_line == "failed 1, blocked 2, built 2"


def test_without_keep_going_nothing_starts_after_a_failure(space: Space) -> None:
    space.jobfile(FORK)

    result = space.build("-j1", code=1)

    assert result.built == []
    assert result.last_line == "failed 1, blocked 2, not started 2"


def test_what_runs_when_another_fails_is_finished_and_recorded(space: Space) -> None:
    fail, long = space.gate("fail"), space.gate("long")
    space.jobfile(
        f"""
        [target.fails]
        run = "{fail.command}; exit 1"
        [target.long]
        run = "{long.command}; touch {{outputs}}"
        outputs = ["long"]
        [target.next]
        run = "true"
        needs = ["long"]
        """
    )
    build = space.start("build", "-j2")
    fail.reached()
    long.reached()

    fail.open()
    assert build.stderr is not None
    assert any(b"target `fails` failed: exit code 1" in line for line in build.stderr)
    long.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 1
    assert re.search(r"^built long in .*\n", err.decode(), re.MULTILINE)
    assert "running next" not in err.decode()
    assert space.build("long").fresh == ["long"]


def test_a_target_without_outputs_that_failed_runs_again(space: Space) -> None:
    space.jobfile('[target.test]\nrun = "test -e passes"\n')
    space.build(code=1)
    space.write("passes", "")

    assert space.build().built == ["test"]
    assert space.build().fresh == ["test"]


def test_a_script_without_a_first_line_for_its_interpreter_is_run_by_the_shell(
    space: Space,
) -> None:
    space.write("script", "echo made > out").chmod(0o755)
    space.jobfile('target.t.run = "./script"\ntarget.t.outputs = ["out"]\n')

    assert space.build().built == ["t"]
