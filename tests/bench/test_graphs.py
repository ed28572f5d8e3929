"""The graphs that are measured: the same each time, with commands that make what the model says."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bench.graphs import SHAPES, make_graph

if TYPE_CHECKING:
    from pathlib import Path

    from bench.graphs import Graph


def build(graph: Graph, folder: Path) -> None:
    """Run all commands in their order."""
    for path in graph.contents:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for path in graph.sources:
        (folder / path).write_bytes(graph.contents[path])
    script = "\n".join(piece.command for piece in graph.pieces)
    subprocess.run(["sh", "-e", "-c", script], cwd=folder, check=True)


def differing(graph: Graph, folder: Path) -> list[str]:
    return [path for path, text in graph.contents.items() if (folder / path).read_bytes() != text]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_model_knows_what_the_commands_make(shape: str, tmp_path: Path) -> None:
    graph = make_graph(shape, 12)
    build(graph, tmp_path)
    assert not differing(graph, tmp_path)

    reached = graph.edit(graph.leaf, b"other")
    assert 1 <= reached < len(graph.pieces)
    assert len(differing(graph, tmp_path)) == reached + 1  # the source as well
    build(graph, tmp_path)
    assert not differing(graph, tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_graph_is_the_same_each_time_and_in_order(shape: str) -> None:
    graph = make_graph(shape, 30)
    assert graph == make_graph(shape, 30)
    assert all(need < number for number, one in enumerate(graph.pieces) for need in one.needs)
    assert {one.output for one in graph.ends} <= set(graph.contents)
