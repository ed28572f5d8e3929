"""How long a build will take, as `build -n` tells it from the runs of the past."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from jobmake.engine.estimate import schedule_seconds
from jobmake.engine.slots import Slots
from jobmake.model.graph import Graph
from jobmake.model.target import Demands, Scope, Target
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
    targets = {name: Target(name, name, "shell", {}, Scope({}, {})) for name in needs}
    return Graph(
        targets, needs, {name: tuple(one) for name, one in users.items()}, tuple(needs), {}, {}
    )


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
    assert schedule_seconds(graph, graph.order, takes, Slots(jobs, {})) == seconds


def test_a_long_chain_is_no_trouble() -> None:
    names = [f"t{at}" for at in range(50_000)]
    graph = graph_of({name: (names[at - 1],) if at else () for at, name in enumerate(names)})

    assert schedule_seconds(graph, names, dict.fromkeys(names, 1.0), Slots(4, {})) == 50_000


@pytest.mark.parametrize(
    ("demands", "seconds"),
    [
        (Demands(pools=("gpu",)), 3),
        (Demands(resources=(("licence", 2),)), 2),
        (Demands(resources=(("cpu", 4),)), 3),
        (Demands(resources=(("cpu", 99),)), 3),  # of the runs at once it takes all
        (Demands(resources=(("licence", 9),)), 0),  # it can never run
        (Demands(), 1),
    ],
)
def test_what_there_is_room_for_is_known(demands: Demands, seconds: float) -> None:
    names = ("a", "b", "c")
    graph = graph_of(dict.fromkeys(names, ()))
    for name in names:
        graph.targets[name] = replace(graph.targets[name], demands=demands)
    slots = Slots(4, {"gpu": 1, "licence": 4})

    for _ in range(2):  # nothing stays taken
        assert schedule_seconds(graph, names, dict.fromkeys(names, 1.0), slots) == seconds


def test_a_pool_of_the_jobfile_counts(built: Space) -> None:
    text = "[pools]\none = 1\n" + built.read("Jobfile.toml")
    built.write("Jobfile.toml", re.sub(r"(?m)^(run = .*)$", r'\1\npool = "one"', text))

    one = built.run("build", "-n", "-j1").out.splitlines()[-1]
    many = built.run("build", "-n", "-j9").out.splitlines()[-1]
    assert "; about " in one
    assert many == one.replace("-j 1", "-j 9")


# -- what the cache would restore ------------------------------------------------------


def cached(space: Space) -> None:
    """Two values of a param in the cache, and the first is what is built."""
    space.jobfile(
        '[target.a]\nrun = "cat {inputs} > {outputs}"\ninputs = ["in"]\noutputs = ["a"]\n'
        '[target.b]\nrun = "cat {inputs} > {outputs}"\ninputs = ["@a"]\noutputs = ["b"]\n'
    )
    for text in ("2", "1"):
        space.write("in", text)
        space.build()
    space.write("in", "2")


def test_what_the_cache_would_restore_takes_no_time(space: Space) -> None:
    cached(space)

    text = space.run("build", "-n").out
    assert text.startswith("would restore a: input `in` changed\nmay run b: depends on `a`")
    assert "\nwould restore 1, may run 1; about " in text

    told = json.loads(space.run("build", "-n", "--json").out)
    assert [one["would_restore"] for one in told["targets"]] == [True, False]
    assert told["estimate"]["seconds_at_least"] == 0
    assert space.build().restored == ["a", "b"]


@pytest.mark.parametrize("how", ["--no-cache", "-B"])
def test_what_would_run_all_the_same_is_told_so(space: Space, how: str) -> None:
    cached(space)

    assert "would run a: " in space.run("build", "-n", how).out


def test_what_if_knows_what_the_cache_has(space: Space) -> None:
    space.jobfile('[params]\np = 1\n[target.a]\nrun = "echo {params.p} > {outputs}"\n'
                  'outputs = ["a"]\n')  # fmt: skip
    space.build("-D", "p=2")
    space.build()

    assert " (the cache has its outputs)\n" in space.run("what-if", "params.p=2").out
    assert "the cache" not in space.run("what-if", "params.p=3").out
    [one] = json.loads(space.run("what-if", "params.p=2", "--json").out)["targets"]
    assert one["would_restore"] is True
