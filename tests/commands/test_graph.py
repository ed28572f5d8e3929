"""`jobmake graph`: as a tree, as JSON, and for Graphviz, whose own parser must find the same."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from jobmake.project import open_project
from tests.amounts import amount
from tests.support import Space

PIPELINE = """
[target.prepare]
doc = "Prepare"
run = "true"
inputs = ["raw.csv"]
sources = ["src/**/*.py"]
outputs = ["build/clean.csv", "build/parts/"]

[target.train]
run = "true"
inputs = ["@prepare"]
outputs = ["model-{matrix.seed}"]
matrix = { seed = [1, 2] }

[target.report]
needs = ["train"]
after = ["notify"]

[target.notify]
run = "true"
"""


def test_the_tree_leads_from_what_nobody_uses_to_what_needs_nothing(space: Space) -> None:
    space.jobfile(PIPELINE)

    told = """\
report
├─ train[seed=1]
│  └─ prepare
├─ train[seed=2]
│  └─ prepare
└─ notify
"""
    assert space.run("graph").out == told
    assert (
        space.run("graph", "train[seed=2]", "notify").out == "train[seed=2]\n└─ prepare\nnotify\n"
    )


def test_what_was_shown_with_its_needs_is_not_shown_again(space: Space) -> None:
    space.jobfile("""
[target.a]
needs = ["b", "c"]
[target.b]
needs = ["c"]
[target.c]
needs = ["d"]
[target.d]
run = "true"
""")

    told = """\
a
├─ b
│  └─ c
│     └─ d
└─ c (see above)
"""
    assert space.run("graph").out == told


def test_what_lies_very_deep_begins_again_at_the_margin(space: Space) -> None:
    chain = "".join(f'[target.t{n}]\nneeds = ["t{n + 1}"]\n' for n in range(28))
    space.jobfile(f"""
target.t28.needs = ["a", "b"]
target.a.needs = ["c"]
target.b.needs = ["c"]
target.c.needs = ["d"]
target.d.run = "true"
{chain}""")

    margin = "   " * 28
    assert space.run("graph").out.splitlines()[28:] == [
        f"{margin[3:]}└─ t28",
        f"{margin}├─ a",
        f"{margin}│  └─ c (see below)",
        f"{margin}└─ b",
        f"{margin}   └─ c (see below)",
        "c",
        "└─ d",
    ]


@pytest.mark.case("A36")
def test_a_long_chain_is_shown_without_recursion(space: Space) -> None:
    size = amount(5_000, 50_000)
    targets = [f'[target.t{n}]\nneeds = ["t{n + 1}"]\n' for n in range(size)]
    space.jobfile("".join(targets) + f'[target.t{size}]\nrun = "true"\n')

    out = space.run("graph").out

    assert out.count("(see below)") == (size - 1) // 30
    assert out.endswith(f"└─ t{size}\n")
    told = json.loads(space.run("graph", "--json").out)["targets"]
    assert [len(told), told[0]["name"], told[-1]["name"]] == [size + 1, f"t{size}", "t0"]
    assert space.run("graph", "--dot").out.count(" -> ") == size


def test_json_holds_everything_in_the_order_of_needs(space: Space) -> None:
    space.jobfile(PIPELINE)

    graph = json.loads(space.run("graph", "--json").out)

    assert graph["version"] == 1
    assert [target["name"] for target in graph["targets"]] == [
        "prepare",
        "train[seed=1]",
        "train[seed=2]",
        "notify",
        "report",
    ]
    assert graph["targets"][0] == {
        "name": "prepare",
        "family": "prepare",
        "type": "shell",
        "doc": "Prepare",
        "matrix": {},
        "inputs": ["raw.csv"],
        "sources": ["src/**/*.py"],
        "outputs": ["build/clean.csv", "build/parts/"],
        "needs": [],
        "after": [],
        "provisional": False,
        "service": False,
    }
    assert graph["targets"][2] == {
        "name": "train[seed=2]",
        "family": "train",
        "type": "shell",
        "doc": "",
        "matrix": {"seed": 2},
        "inputs": ["build/clean.csv", "build/parts/"],
        "sources": [],
        "outputs": ["model-2"],
        "needs": ["prepare"],
        "after": [],
        "provisional": False,
        "service": False,
    }
    assert graph["targets"][4]["type"] == "group"
    assert graph["targets"][4]["needs"] == ["train[seed=1]", "train[seed=2]", "notify"]
    assert graph["targets"][4]["after"] == ["notify"]


def test_json_has_no_dates_and_no_infinity(space: Space) -> None:
    space.jobfile("""
[target.a]
run = "true"
matrix = { x = [2020-01-02, inf, nan, 1.5, true, "é\\n", 12:30:00] }
""")

    out = space.run("graph", "--json").out

    assert [
        target["matrix"]["x"] for target in json.loads(out, parse_constant=pytest.fail)["targets"]
    ] == [
        "2020-01-02",
        "inf",
        "nan",
        1.5,
        True,
        "é\n",
        "12:30:00",
    ]
    assert "é" in out


# -- Graphviz -------------------------------------------------------------------------------

STRANGE = """
[target.node]
doc = '''it's "so" \\N &lt; <b>
{x|y} \\'''
run = "true"
matrix.x = ["a b", "a  b", 'q"q', "q'q", 'back\\slash', 'end\\', 'end\\"', "new\\nline", "日本 🐧",
            "{a|b}<c>", '\\N \\G \\l', "a,b;c", "tab\\there", "&amp;&lt;", "%", "#x", "\\u0007",
            "/* x */", "// x", "-> --", "", "[1]", "1", 1, 1.0, true, 2020-01-02, "<b>bold</b>"]
[target.graph]
needs = ["node"]
after = ["edge"]
[target.edge]
run = "true"
[target.digraph]
run = "true"
needs = ["edge"]
"""


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Space:
    space = Space(tmp_path_factory.mktemp("strange"))
    space.jobfile(STRANGE)
    return space


@pytest.fixture(scope="module")
def drawn(strange: Space) -> Any:
    """The graph as Graphviz understands it."""
    dot = strange.run("graph", "--dot", "--all").out
    done = subprocess.run(
        ["dot", "-Tjson"], input=dot.encode(), capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""
    return json.loads(done.stdout)


def texts(drawn: Any) -> list[str]:
    """What stands in each box, as it is drawn."""
    return [
        "\n".join(step["text"] for step in node["_ldraw_"] if step["op"] == "T")
        for node in drawn["objects"]
    ]


def test_graphviz_draws_exactly_the_names(strange: Space, drawn: Any) -> None:
    assert texts(drawn) == list(open_project(str(strange.root)).graph.order)


def test_graphviz_draws_an_arrow_from_each_need_to_its_user(strange: Space, drawn: Any) -> None:
    names = texts(drawn)
    graph = open_project(str(strange.root)).graph

    arrows = {
        (names[edge["tail"]], names[edge["head"]]): edge.get("style") for edge in drawn["edges"]
    }

    assert arrows == {
        (need, name): "dashed" if (need, name) == ("edge", "graph") else None
        for name in graph.order
        for need in graph.needs[name]
    }


def test_graphviz_sees_docs_as_hints_and_groups_as_such(drawn: Any) -> None:
    nodes = {node["name"]: node for node in drawn["objects"]}

    assert nodes["graph"]["style"] == "rounded,dashed"
    assert nodes["edge"]["style"] == "rounded"
    # in a hint, too, a backslash and an ampersand are escaped, and a line's end is `\\n`
    assert nodes['node[x="a b"]']["tooltip"] == ('it\'s "so" \\\\N &amp;lt; <b>\\n{x|y} \\\\')


def test_only_the_wanted_part_is_drawn(space: Space) -> None:
    space.jobfile(PIPELINE)

    told = """\
digraph jobmake {
  rankdir="LR";
  node [shape="box", style="rounded", fontname="sans-serif"];
  "prepare" [label="prepare", tooltip="Prepare"];
  "train[seed=1]" [label="train[seed=1]", tooltip="train[seed=1]"];
  "prepare" -> "train[seed=1]";
}
"""
    assert space.run("graph", "--dot", "train[seed=1]").out == told
