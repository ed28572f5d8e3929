"""A graph that is kept comes back as it was, target by target, and damage is seen."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobmake.memory import keptgraph
from jobmake.memory.index import MOST_SECTIONS
from jobmake.memory.texts import Texts
from jobmake.model.errors import StateError
from jobmake.model.target import Scope, Target
from jobmake.project import Project, Settings
from jobmake.tools.value import replace

if TYPE_CHECKING:
    from jobmake.model.graph import Graph

HERE = Path(__file__).parents[2]
PROJECTS = sorted((HERE / "examples").glob("*/Jobfile.toml"))


@pytest.fixture(params=PROJECTS, ids=lambda path: path.parent.name)
def graph(request: pytest.FixtureRequest) -> Graph:
    path: Path = request.param
    return Project.open(Settings(str(path.parent), jobfile=path.name)).jobfile.graph


def paths_of(graph: Graph) -> dict[str, list[str]]:
    return {
        name: [one.path for one in (*target.inputs, *target.outputs)]
        for name, target in graph.targets.items()
    }


def kept_in(folder: Path, graph: Graph, **more: Any) -> keptgraph.KeptGraph:
    paths = more.get("paths", paths_of(graph))
    mark, parts = keptgraph.packed(graph, paths, more.get("not_known", ()), "facts")
    keptgraph.write(str(folder), mark, parts)
    kept = keptgraph.read(str(folder), mark)
    assert kept is not None
    return kept


def test_every_part_of_a_graph_comes_back(graph: Graph, tmp_path: Path) -> None:
    kept = kept_in(tmp_path, graph)
    back = kept.graph()

    assert kept.facts == "facts"
    assert not kept.decoded
    assert dict(back.targets) == dict(graph.targets)
    assert [repr(back.targets[name]) for name in graph.order] == [
        repr(graph.targets[name]) for name in graph.order
    ]
    assert list(back.targets) == list(graph.order)
    assert dict(back.needs) == dict(graph.needs)
    assert dict(back.users) == dict(graph.users)
    assert dict(back.families) == dict(graph.families)
    assert dict(back.producers) == dict(graph.producers)
    for wrong in (back.targets, back.needs, back.users, back.families, back.producers):
        assert "no such" not in wrong
        assert wrong.get("no such") is None


def test_who_is_concerned_by_a_file(graph: Graph, tmp_path: Path) -> None:
    known = paths_of(graph)
    kept = kept_in(tmp_path, graph)

    for path in {one for paths in known.values() for one in paths}:
        found = {kept.names[one] for one in kept.concerned(path)}
        assert found >= {name for name, paths in known.items() if path in paths}
    assert kept.concerned("nobody/knows/it") == set()
    for name, paths in known.items():
        assert kept.has_paths(name, paths)
        assert not kept.has_paths(name, [*paths, "more"])
        assert all(map(kept.is_wanted, kept.concerned(path)) for path in paths)


def test_a_folder_concerns_whoever_names_it_and_what_is_not_known_nobody(tmp_path: Path) -> None:
    graph = one_target(Scope({}, {}))
    kept = kept_in(tmp_path, graph, paths={"t": ["in/", "x"]}, not_known=["in/Jobfile.toml"])

    assert kept.concerned("in/deep/file") == {0}
    assert kept.concerned("x") == {0}
    assert kept.concerned("in/Jobfile.toml") == set()
    assert kept.concerned("x/y") == set()


def one_target(scope: Scope) -> Graph:
    from jobmake.model.graph import Graph

    target = Target("t", "t", "shell", {"run": "true"}, scope)
    return Graph({"t": target}, {"t": ()}, {"t": ()}, ("t",), {"t": ("t",)}, {})


@pytest.mark.parametrize(
    "value", [1, 1.5, True, None, "x", [1, [2]], {"a": {"b": ()}}, (), float("inf"), 10**30]
)
def test_values_of_params_come_back_with_their_types(value: object, tmp_path: Path) -> None:
    graph = one_target(Scope({"p": value}, {"m": value}))

    back = kept_in(tmp_path, graph).graph().targets["t"]

    assert repr(back) == repr(graph.targets["t"])


@pytest.mark.parametrize("value", [datetime.date(2000, 1, 1), Path("x"), {1, 2}])
def test_what_cannot_be_kept_is_refused(value: object) -> None:
    with pytest.raises(keptgraph.Unkept):
        keptgraph.packed(one_target(Scope({"p": value}, {})), {}, (), None)


def test_damage_is_seen_wherever_it_is(tmp_path: Path) -> None:
    mark, parts = keptgraph.packed(one_target(Scope({}, {})), {}, (), None)
    keptgraph.write(str(tmp_path), mark, parts)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()

    def is_seen() -> bool:
        kept = keptgraph.read(str(tmp_path), mark)
        try:
            return kept is None or not kept.target("t")
        except StateError:
            return True

    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert is_seen()
        path.write_bytes(whole[:place])
        assert is_seen()
    assert not path.exists()  # so that another is kept
    path.write_bytes(whole)
    assert keptgraph.read(str(tmp_path), mark) is not None
    assert keptgraph.read(str(tmp_path), bytes(16)) is None


def test_of_many_graphs_the_latest_stay(tmp_path: Path) -> None:
    graph, marks = one_target(Scope({}, {})), []
    for number in range(MOST_SECTIONS + 2):
        target = replace(graph.targets["t"], doc=str(number))
        mark, parts = keptgraph.packed(replace(graph, targets={"t": target}), {}, (), None)
        keptgraph.write(str(tmp_path), mark, parts)
        marks.append(mark)

    assert {path.name for path in tmp_path.iterdir()} == {
        mark.hex() for mark in marks[-MOST_SECTIONS:]
    }


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_texts_are_found_by_number_and_by_what_they_say(count: int) -> None:
    known = [f"{'é' if one % 2 else 'x'}{one}" for one in range(count)]
    texts = Texts(Texts.joined(known))

    for _ in range(2):  # once one by one, once when all are known
        for number, text in enumerate(known):
            assert texts.find(text) == number
            assert texts[number] == text
        for no_text in ("", "x", "é1é", "0"):
            assert texts.find(no_text) is None
    assert texts.all == known
