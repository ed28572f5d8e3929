"""Who needs whom: found from files, folders, globs and names; at any size in a short time."""

from __future__ import annotations

import time

import pytest

from jobmake.jobfile.link import link
from jobmake.jobfile.problems import Problems
from jobmake.jobfile.unlinked import UnlinkedTarget
from jobmake.model.graph import Graph
from jobmake.model.target import FilePattern, Scope, Target
from tests.jobfile import rig


def needs(outputs: str, inputs: str) -> bool:
    """Say whether a target with these inputs needs one with these outputs."""
    graph = rig.graph(f"""
[target.make]
run = "true"
outputs = [{outputs}]
[target.use]
run = "true"
inputs = [{inputs}]
""")
    assert graph.needs["make"] == ()
    assert (graph.users["make"] == ("use",)) == (graph.needs["use"] == ("make",))
    return bool(graph.needs["use"])


@pytest.mark.parametrize(
    ("outputs", "inputs"),
    [
        ('"a/x.csv"', '"a/x.csv"'),
        ('"./a//x.csv"', '"a/x.csv"'),
        ('"a/x.csv"', '"a/"'),  # a file in the folder
        ('"a/deep/er/x.csv"', '"a/"'),
        ('"a/"', '"a/x.csv"'),  # a folder with the file
        ('"a/"', '"a/deep/x.csv"'),
        ('"a/"', '"a/"'),
        ('"a/"', '"a/deep/"'),
        ('"a/deep/"', '"a/"'),
        ('"a/x.csv"', '"a/*.csv"'),
        ('"a/x.csv"', '"**/*.csv"'),
        ('"x.csv"', '"*.csv"'),
        ('"a/deep/x.csv"', '"a/**"'),
        ('"a/"', '"a/*.csv"'),  # it may make such a file
        ('"a/deep/"', '"a/**/*.csv"'),
        ('"a/deep/"', '"a/*/x.csv"'),
        ('"a/"', '"*/x.csv"'),
        ('"a/*.csv"', '"a/x.csv"'),  # all of the folder is its own
        ('"a/*.csv"', '"a/x.txt"'),
        ('"a/*.csv"', '"a/"'),
        ('"a/*.csv"', '"a/*.csv"'),
        ('"a/*.csv"', '"**"'),
    ],
)
def test_who_makes_an_input_is_needed(outputs: str, inputs: str) -> None:
    assert needs(outputs, inputs)


@pytest.mark.parametrize(
    ("outputs", "inputs"),
    [
        ('"a/x.csv"', '"a/y.csv"'),
        ('"a/x.csv"', '"a/x.csvs"'),
        ('"ab/x.csv"', '"a/"'),
        ('"a/"', '"ab/x.csv"'),
        ('"a-b/x.csv"', '"a/"'),
        ('"a/x.csv"', '"*.csv"'),
        ('"a/x.txt"', '"a/*.csv"'),
        ('"a/.x.csv"', '"a/*.csv"'),
        ('"a/deep/"', '"a/*.csv"'),
        ('"a/deep/"', '"b/**"'),
        ('"a/"', '"*.csv"'),
    ],
)
def test_who_makes_something_else_is_not(outputs: str, inputs: str) -> None:
    assert not needs(outputs, inputs)


def test_a_target_does_not_need_itself_for_matches_of_its_own_glob() -> None:
    graph = rig.graph("""
[target.a]
run = "true"
inputs = ["data/*.csv", "**/*.txt"]
outputs = ["data/sum.csv"]
[target.b]
run = "true"
outputs = ["data/part.csv"]
""")

    assert graph.needs["a"] == ("b",)
    assert graph.order == ("b", "a")


# -- names ----------------------------------------------------------------------------------

TRAIN = """
[target.train]
run = "true"
matrix = { seed = [1, 2] }
outputs = { model = "m-{matrix.seed}", log = "l-{matrix.seed}" }
[target.report]
run = "true"
"""


def inputs(reference: str) -> list[tuple[str, str]]:
    """The role and path of each input of `report`."""
    target = rig.graph(f'{TRAIN}inputs = {{ x = "{reference}" }}\n').targets["report"]
    return [(one.role, one.path) for one in target.inputs]


def test_a_target_as_input_stands_for_its_outputs() -> None:
    assert inputs("@train") == [("x", "m-1"), ("x", "l-1"), ("x", "m-2"), ("x", "l-2")]
    assert inputs("@train:model") == [("x", "m-1"), ("x", "m-2")]
    assert inputs("@train[seed=2]") == [("x", "m-2"), ("x", "l-2")]
    assert inputs("@train[seed=1]:model") == [("x", "m-1")]


def test_outputs_in_a_list_are_named_by_their_position() -> None:
    graph = rig.graph("""
[target.a]
run = "true"
outputs = ["x", "y/", "z/*.txt"]
[target.b]
run = "true"
inputs = ["@a:1", "@a:2", "@a:0"]
""")

    assert [one.shown for one in graph.targets["b"].inputs] == ["y/", "z/*.txt", "x"]
    assert graph.needs["b"] == ("a",)


def test_a_colon_may_be_part_of_an_instance_name() -> None:
    graph = rig.graph("""
[target.a]
run = "true"
matrix = { at = ["12:30", "x]:y"] }
outputs = { out = "o{matrix.at}" }
[target.b]
run = "true"
inputs = ['@a[at="12:30"]', '@a[at="12:30"]:out', '@a[at="x]:y"]', '@a[at="x]:y"]:out']
""")

    assert [one.path for one in graph.targets["b"].inputs] == ["o12:30", "o12:30", "ox]:y", "ox]:y"]


def test_needs_are_in_declared_order_without_repetition() -> None:
    graph = rig.graph("""
[target.z]
run = "true"
outputs = ["z"]
[target.y]
run = "true"
matrix = { n = [2, 1] }
[target.a]
run = "true"
needs = ["y", "y[n=1]", "z"]
after = ["z", "x"]
inputs = ["z", "@z"]
[target.x]
run = "true"
""")

    assert graph.needs["a"] == ("z", "y[n=2]", "y[n=1]", "x")
    assert (graph.targets["a"].needs, graph.targets["a"].after) == (
        ("y[n=2]", "y[n=1]", "z"),
        ("z", "x"),
    )
    assert graph.users["z"] == ("a",)
    assert graph.families["y"] == ("y[n=2]", "y[n=1]")
    assert graph.order == ("z", "y[n=2]", "y[n=1]", "x", "a")
    assert graph.producers == {"z": "z"}


def test_each_instance_needs_what_its_axes_say() -> None:
    graph = rig.graph("""
[target.prepare]
run = "true"
matrix = { seed = [1, 2] }
[target.train]
run = "true"
matrix = { seed = [1, 2] }
needs = ["prepare[seed={matrix.seed}]"]
""")

    assert graph.needs["train[seed=2]"] == ("prepare[seed=2]",)


# -- size -----------------------------------------------------------------------------------


def chain(size: int, folder: str = "out") -> list[UnlinkedTarget]:
    """Targets that each read the output of the one before, and look for sources beside it."""
    return [
        UnlinkedTarget(
            Target(
                f"t{n}", f"t{n}", "shell", {}, Scope({}, {}),
                outputs=(FilePattern("0", "file", f"{folder}/{n}"),),
            ),
            inputs=(FilePattern("0", "file", f"{folder}/{n - 1}"),),
            sources=(
                FilePattern("0", "glob", f"{folder}/source-{n}-*.py"),
                FilePattern("1", "glob", f"{folder}/*.py"),
            ),
            needs=(),
            after=(),
        )
        for n in range(size)
    ]  # fmt: skip


def linked(unlinked: list[UnlinkedTarget]) -> Graph:
    problems = Problems("Jobfile.toml")
    graph = link(unlinked, problems)
    problems.raise_any()
    return graph


@pytest.mark.case("A36")
def test_a_chain_of_100_000_targets_is_linked_without_recursion() -> None:
    backwards = linked(chain(100_000)[::-1])

    assert backwards.order[:2] == ("t0", "t1")
    assert backwards.order[-1] == "t99999"
    assert backwards.needs["t99999"] == ("t99998",)
    assert len(backwards.closure(["t50000"])) == 50_001


def test_the_time_grows_with_the_size_and_not_with_its_square() -> None:
    def seconds(size: int) -> float:
        unlinked = chain(size)
        begin = time.process_time()
        linked(unlinked)
        return time.process_time() - begin

    small, large = min(seconds(2_000) for _ in range(3)), seconds(32_000)

    assert large < 64 * small  # 16 if it is linear, 256 if it is quadratic
