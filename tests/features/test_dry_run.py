"""How long a build will take, as `build -n` tells it from the runs of the past."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from jobmake.engine.estimate import schedule_seconds
from jobmake.model.graph import Graph
from tests.support import Space

JOBFILE = """
[target.a]
run = "cat {inputs} > {outputs}"
inputs = ["in"]
outputs = ["a"]
[target.b]
run = "cat {inputs} > {outputs}"
inputs = ["in"]
outputs = ["b"]
[target.both]
run = "cat {inputs} > {outputs}"
inputs = ["a", "b"]
outputs = ["both"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    """A project in which each run took as long as the test says."""
    space.jobfile(JOBFILE)
    space.write("in", "x")
    space.build()
    with closing(sqlite3.connect(space.path(".jobmake/runs.db"))) as history, history:
        history.execute("update runs set seconds = 10")
        history.execute("update runs set seconds = 65 where target = 'both'")
    space.write("in", "y")
    return space


@pytest.mark.parametrize(
    ("jobs", "total"), [("1", "20.0 s to 1 m 25 s"), ("2", "10.0 s to 1 m 15 s")]
)
def test_each_run_and_the_whole_build_are_told(built: Space, jobs: str, total: str) -> None:
    assert built.run("build", "-n", "-j", jobs).out == (
        "would run a: input `in` changed (about 10.0 s)\n"
        "would run b: input `in` changed (about 10.0 s)\n"
        "may run both: depends on `a`, `b` (about 1 m 05 s)\n"
        f"would run 2, may run 1; about {total} with -j {jobs}\n"
    )


def test_where_all_is_sure_one_time_is_told(built: Space) -> None:
    out = built.run("build", "-n", "-B", "-j8").out
    assert out.endswith("\nwould run 3; about 1 m 15 s with -j 8\n")


def test_what_never_ran_is_counted_apart(built: Space) -> None:
    built.write("Jobfile.toml", built.read("Jobfile.toml") + '[target.new]\nrun = "true"\n')

    assert built.run("build", "-n", "-j2").out.endswith(
        "would run new: it was never built\n"
        "would run 3, may run 1; about 10.0 s to 1 m 15 s with -j 2,"
        " 1 of unknown length not counted\n"
    )


def test_where_nothing_is_known_nothing_is_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    space.write("in", "x")

    assert space.run("build", "-n").out.endswith("\nwould run 3\n")


def test_where_nothing_will_run_nothing_is_told(built: Space) -> None:
    built.build()

    assert built.run("build", "-n").out == "up to date 3\n"


# -- the order of runs, played through -------------------------------------------------


def graph_of(needs: dict[str, tuple[str, ...]]) -> Graph:
    users: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for one in needed:
            users[one].append(name)
    return Graph({}, needs, {name: tuple(one) for name, one in users.items()}, tuple(needs), {}, {})


@pytest.mark.parametrize(
    ("jobs", "takes", "seconds"),
    [
        (1, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, 15),
        (2, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, 9),  # a, c, e beside d, b
        (9, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, 9),
        (9, {"c": 3, "e": 5}, 8),
        (9, {"a": 1, "e": 5}, 6),  # what is up to date in between takes no time, but is waited for
        (1, {}, 0),
    ],
)
def test_runs_are_played_through_the_longest_way_first(
    jobs: int, takes: dict[str, float], seconds: float
) -> None:
    graph = graph_of({"a": (), "b": (), "c": ("a",), "d": (), "e": ("c",)})
    assert schedule_seconds(graph, graph.order, takes, jobs) == seconds


def test_a_long_chain_is_no_trouble() -> None:
    names = [f"t{at}" for at in range(50_000)]
    graph = graph_of({name: (names[at - 1],) if at else () for at, name in enumerate(names)})

    assert schedule_seconds(graph, names, dict.fromkeys(names, 1.0), 4) == 50_000
