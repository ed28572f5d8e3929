"""Where the output of a captured run goes, and which exit codes mean success."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support import Space

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def space(tmp_path) -> Space:
    return Space(tmp_path / "project")


def test_standard_output_is_the_value_and_the_log_has_the_rest(space: Space) -> None:
    space.jobfile(
        '[target.a]\ncapture = "stdout"\nrun = ["echo told; echo wrong >&2", "printf more"]'
    )
    space.build()
    assert space.run("show", "a", "--value").out == "told\nmore"
    assert space.read(".jobmake/runs/1/result/value") == "told\nmore"
    assert space.run("log", "a").out == "wrong\n"


def test_codes_of_success_are_the_targets_own(space: Space) -> None:
    space.jobfile(
        """
[target.a]
ok_codes = [0, 2]
run = ["exit 2", "echo x > {outputs}; exit 2"]
outputs = ["a"]
"""
    )
    assert space.build().built == ["a"]
    assert space.build().fresh == ["a"]


def test_another_code_fails_also_zero_if_it_is_not_named(space: Space) -> None:
    space.jobfile(
        """
[target.a]
ok_codes = [0, 2]
run = ["exit 3", "touch on"]
[target.b]
ok_codes = [1]
run = "true"
[target.c]
ok_codes = [0, 137]
run = "kill -9 $$"
"""
    )
    result = space.build("-k", code=1)
    assert sorted(result.failed) == ["a", "b", "c"]
    assert "exit code 3 in command 1 of 2" in result.err
    assert "exit code 0" in result.err
    assert "was ended by SIGKILL" in result.err
    assert not space.exists("on")


def test_codes_and_capture_count(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    for line in ("ok_codes = [0, 1]", 'capture = "stdout"'):
        space.replace("Jobfile.toml", "[target.a]", f"[target.a]\n{line}")
        assert space.build().built == ["a"]
    assert space.build().fresh == ["a"]


def test_who_needs_it_can_ask_for_the_value_in_its_run(space: Space) -> None:
    space.jobfile(
        """
        [params]
        word = "a"
        [target.said]
        run = "echo {params.word}"
        capture = "stdout"
        [target.user]
        run = "jobmake show said --value > {outputs}"
        needs = ["said"]
        outputs = ["out.txt"]
        """
    )
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    space.build(env={"PATH": path})
    assert space.read("out.txt") == "a\n"

    space.build("-D", "word=b", env={"PATH": path})
    assert space.read("out.txt") == "b\n"
