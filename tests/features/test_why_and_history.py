"""What `why` tells from history: since when, by which run, or that there was none here."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.support import Space

JOBFILE = """
[params]
word = "a"
[target.a]
run = "echo {params.word} > {outputs}"
outputs = ["out"]
"""
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.build()
    return space


def why(space: Space) -> str:
    return space.run("why", "a").out


def test_since_when_and_by_which_run(built: Space) -> None:
    said = rf"a is up to date since {MOMENT} by run 1, which took \d+ m?s\n"
    assert re.fullmatch(said, why(built))


def test_the_run_is_the_one_that_made_the_record_not_the_newest(built: Space) -> None:
    lockfile, output = built.read("Jobfile.lock"), built.read("out")
    built.replace("Jobfile.toml", '"a"', '"b"')
    built.build()
    built.replace("Jobfile.toml", '"b"', '"a"')
    built.write("Jobfile.lock", lockfile)
    built.write("out", output)

    assert " by run 1, " in why(built)


def test_a_record_that_came_with_the_lockfile(built: Space) -> None:
    shutil.rmtree(built.path(".jobmake"))

    assert why(built) == (
        "a is up to date: its record came with the lockfile, no run here made it\n"
    )


def test_what_is_stale_is_told_with_its_last_run(built: Space) -> None:
    built.replace("Jobfile.toml", "echo {params.word}", "exit 7; echo {params.word}")
    built.build(code=1)

    assert re.search(
        r"\n  its last run: #2, failed: exit code 7, (\d+ \w+ ago|just now) in \d+ ms\n$",
        why(built),
    )
