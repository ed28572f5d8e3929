"""`build --timings` says where the time went, however the build ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jobmake.model.phases import PHASES
from jobmake.reporters.timings import timing_lines

if TYPE_CHECKING:
    from tests.support import Result, Space

COPY = """
[target.copy]
run = "cp {inputs} {outputs}"
inputs = ["in.txt"]
outputs = ["out.txt"]
"""
ROW = re.compile(r"^(\S.*?) +([\d.]+) ms +(\d+) %(?:  (.*))?$", re.MULTILINE)


def rows(result: Result) -> dict[str, tuple[int, str]]:
    """The rows of the table: what each phase took, in tenths of milliseconds, and its note."""
    return {name: (round(float(ms) * 10), note) for name, ms, _, note in ROW.findall(result.err)}


def adds_up(result: Result) -> bool:
    """Say whether the rows, as they are written, add up to the last one's."""
    taken = [tenths for tenths, _ in rows(result).values()]
    return sum(taken[:-1]) == taken[-1] > 0


def test_the_phases_of_a_build_add_up_to_the_whole(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "text")
    result = space.build("--timings")
    told = rows(result)
    assert adds_up(result)
    assert list(told) == [*(phase for phase in PHASES if phase in told), "in all"]
    assert {"start-up", "the Jobfile", "starting runs", "waiting for runs", "recording",
            "the lockfile", "the index"} < set(told)  # fmt: skip
    assert told["starting runs"][1] == "1 run"


def test_what_was_looked_at_is_counted(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "12345")
    space.build()
    result = space.build("--timings", "--paranoid")
    assert rows(result)["looking at files"][1] == "2 looks, 2 digests of 10 B"
    assert result.last_line.startswith("in all")


def test_a_profile_without_a_name_asks_for_them_too(space: Space) -> None:
    space.jobfile(COPY + "[profile.quick.params]\nx = 1\n[params]\nx = 2\n")
    space.write("in.txt", "text")
    assert adds_up(space.build("--profile"))
    assert adds_up(space.build("copy", "--profile"))
    assert not rows(space.build("--profile", "quick"))


def test_what_is_known_at_a_glance_takes_a_look_only(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "text")
    space.build()
    space.build()
    result = space.build("--timings")
    assert result.fresh == ["copy"]
    assert adds_up(result)
    assert list(rows(result)) == ["start-up", "looking at files", "in all"]


def test_with_nothing_to_do_nothing_is_started(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "text")
    space.build()
    result = space.build("--timings", env={"JOBMAKE_FULL_LOOK": "1"})
    assert result.fresh == ["copy"]
    assert adds_up(result)
    assert "judging" in rows(result)
    assert "starting runs" not in rows(result)


@pytest.mark.parametrize(
    ("jobfile", "code"),
    [
        ('[target.a]\nrun = "exit 3"\n', 1),
        ('[target.a]\nrun = "true"\ninputs = ["missing"]\n', 2),
        ("[target", 2),
    ],
)
def test_a_build_that_fails_is_told_of_as_well(space: Space, jobfile: str, code: int) -> None:
    space.jobfile(jobfile)
    result = space.build("--timings", code=code)
    assert adds_up(result)
    assert result.err.count("in all") == 1


def test_a_dry_run_is_told_of_as_well(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "text")
    result = space.build("-n", "--timings")
    assert adds_up(result)
    assert "in all" not in result.out


def test_nothing_is_said_where_it_is_not_asked_for(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "text")
    assert not rows(space.build())


def test_what_rounding_leaves_out_is_in_the_next_row() -> None:
    told = timing_lines({"a": 0.000_04, "b": 0.000_04, "c": 0.000_04}, {"b": "a note"})
    assert told == [
        "a                        0.0 ms   33 %",
        "b                        0.1 ms   33 %  a note",
        "c                        0.0 ms   33 %",
        "in all                   0.1 ms  100 %",
    ]
