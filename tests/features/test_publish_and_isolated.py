"""Outputs to be found elsewhere, too; runs in a folder of their own; files written for a run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

REPORT = """
[params]
word = "a"
[target.report]
run = "echo {params.word} > {outputs}"
outputs = ["build/deep/report.txt"]
publish = { "results/report.txt" = PUBLISHED }
"""
LINK, COPY = '"build/deep/report.txt"', '{ path = "build/deep/report.txt", copy = true }'


def test_an_output_is_published_by_a_relative_link(space: Space) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", LINK))

    space.build()

    assert os.readlink(space.path("results/report.txt")) == "../build/deep/report.txt"
    assert space.read("results/report.txt") == "a\n"


def test_or_as_a_copy_that_follows_the_output(space: Space) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", COPY))
    space.build()
    space.build("-D", "word=b")

    assert not space.path("results/report.txt").is_symlink()
    assert space.read("results/report.txt") == "b\n"


@pytest.mark.parametrize("how", [LINK, COPY])
def test_what_was_published_comes_back_though_nothing_runs(space: Space, how: str) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", how))
    space.build()
    space.path("results/report.txt").unlink()

    assert space.build().built == []
    assert space.read("results/report.txt") == "a\n"


@pytest.mark.parametrize("how", [LINK, COPY])
def test_what_somebody_else_put_there_is_not_replaced(space: Space, how: str) -> None:
    space.write("results/report.txt", "mine\n")
    space.jobfile(REPORT.replace("PUBLISHED", how))

    result = space.build(code=1)

    assert (
        "cannot publish to `results/report.txt`: what is there was not put there by jobmake"
        in result.err
    )
    assert space.read("results/report.txt") == "mine\n"


@pytest.mark.parametrize("how", [LINK, COPY])
def test_looking_ahead_says_that_what_is_there_is_in_the_way(space: Space, how: str) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", how))
    space.build()
    space.path("results/report.txt").unlink()
    space.write("results/report.txt", "mine\n")
    why = "cannot publish to `results/report.txt`: what is there was not put there by jobmake"

    assert f"would run report: {why} (about" in space.run("build", "-n").out
    assert f"stale report: {why}\n" in space.run("status").out
    assert space.run("why", "report").out == f"report is stale:\n  {why}\n"
    space.run("status", "--check", code=1)
    assert why in space.build(code=1).err


def test_looking_ahead_knows_a_copy_of_an_earlier_run(space: Space) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", COPY))
    space.build()
    space.build("-D", "word=b")
    space.write("results/report.txt", "a\n")  # as a run made it once

    assert space.run("build", "-n", "-D", "word=b").out == "up to date 1\n"
    assert space.build("-D", "word=b").built == []
    assert space.read("results/report.txt") == "b\n"


def test_nothing_is_published_through_a_link_out_of_the_project(
    space: Space, tmp_path_factory: pytest.TempPathFactory
) -> None:
    space.path("results").symlink_to(tmp_path_factory.mktemp("outside"))
    space.jobfile(REPORT.replace("PUBLISHED", LINK))

    assert "leads out of the project" in space.build(code=1).err


@pytest.mark.parametrize("path", ["../x.txt", "/tmp/x.txt", ".jobmake/x", "Jobfile.toml"])
def test_nothing_is_published_outside_the_project_or_onto_what_is_jobmakes(
    space: Space, path: str
) -> None:
    space.jobfile(REPORT.replace("results/report.txt", path).replace("PUBLISHED", LINK))

    space.build(code=2)


def test_only_outputs_are_published(space: Space) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", '"build/report.txt"'))

    assert "which is no output of `report`" in space.build(code=2).err


def test_clean_removes_what_was_published(space: Space) -> None:
    space.jobfile(REPORT.replace("PUBLISHED", LINK))
    space.build()

    space.run("clean")

    assert not space.exists("results")
    assert not space.exists("build")


ISOLATED = """
[target.t]
run = "ls -R . > {outputs}; echo scratch > scratch.txt"
inputs = ["data/in.txt"]
sources = ["lib/"]
outputs = ["build/seen.txt"]
isolated = true
"""


def test_an_isolated_run_sees_only_what_is_declared(space: Space) -> None:
    space.write("data/in.txt", "x")
    space.write("data/secret.txt", "x")
    space.write("lib/deep/code.txt", "x")
    space.jobfile(ISOLATED)

    space.build()

    seen = space.read("build/seen.txt")
    assert "in.txt" in seen
    assert "code.txt" in seen
    assert "secret.txt" not in seen
    assert "Jobfile.toml" not in seen
    assert not space.exists("scratch.txt")
    assert space.build().built == []


def test_an_undeclared_input_is_missing_there(space: Space) -> None:
    space.write("in.txt", "x")
    space.jobfile(
        '[target.t]\nrun = "cat in.txt > {outputs}"\noutputs = ["out.txt"]\nisolated = true\n'
    )

    result = space.build(code=1)

    assert "No such file" in result.err
    assert not space.exists("out.txt")


def test_an_isolated_run_cannot_change_its_inputs(space: Space) -> None:
    space.write("in.txt", "x\n")
    space.jobfile(
        """
        [target.t]
        run = "echo more >> {inputs}; cp {inputs} {outputs}"
        inputs = ["in.txt"]
        outputs = ["out.txt"]
        isolated = true
        """
    )

    space.build()

    assert space.read("in.txt") == "x\n"
    assert space.read("out.txt") == "x\nmore\n"


def test_a_jobmake_in_an_isolated_run_does_not_wait_for_us(space: Space) -> None:
    run = f"{sys.executable} -m jobmake build"
    space.jobfile(f'[target.t]\nrun = "{run}"\nisolated = true\n')

    result = space.build(code=1)

    assert "this project is being built by the jobmake that started this command" in result.err


def test_in_its_folder_are_globs_folders_and_cwd_as_usual(space: Space) -> None:
    space.write("a/in.txt", "x\n")
    space.jobfile(
        """
        [target.t]
        run = "cp {inputs} one.txt; mkdir -p ../out/deep; cp {inputs} ../out/deep/two.txt; pwd"
        inputs = ["a/in.txt"]
        outputs = ["b/*.txt", "out/"]
        cwd = "b"
        isolated = true
        """
    )

    result = space.build()

    assert result.out.rstrip().endswith(".jobmake/runs/1/work/b")
    assert space.read("b/one.txt") == space.read("out/deep/two.txt") == "x\n"
    assert not space.exists(".jobmake/runs/1/work")


FILES = """
[params]
steps = 3
[target.sample]
run = "cat sample/in.txt > {outputs}"
outputs = ["out.txt"]
[target.sample.files]
"sample/in.txt" = "steps {params.steps} of {target}\\n'as it is' {{params.steps}} $HOME\\n"
"""
WRITTEN = "steps 3 of sample\n'as it is' {params.steps} $HOME\n"


def test_small_files_are_written_before_the_run(space: Space) -> None:
    space.jobfile(FILES)

    space.build()

    assert space.read("out.txt") == WRITTEN
    assert space.build().built == []


def test_a_param_in_them_counts(space: Space) -> None:
    space.jobfile(FILES)
    space.build()

    result = space.build("-D", "steps=4")

    assert result.reason("sample") == "param `steps` changed 3 -> 4"
    assert space.read("out.txt").startswith("steps 4 ")


def test_their_text_counts(space: Space) -> None:
    space.jobfile(FILES)
    space.build()
    space.replace("Jobfile.toml", "of {target}", "for {target}")

    assert space.build().reason("sample") == "command changed"


def test_one_that_was_edited_is_noticed_and_kept(space: Space) -> None:
    space.jobfile(FILES)
    space.build("--no-cache")
    space.write("sample/in.txt", "mine\n")

    result = space.build("--no-cache")

    assert result.reason("sample") == "output `sample/in.txt` was edited"
    assert space.read(".jobmake/runs/2/replaced/sample/in.txt") == "mine\n"
    assert space.read("out.txt") == WRITTEN


def test_they_can_be_written_into_an_isolated_run(space: Space) -> None:
    space.jobfile(FILES.replace("outputs =", "isolated = true\noutputs ="))

    space.build()

    assert space.read("out.txt") == WRITTEN
