"""`jobmake graph --dot --mermaid --svg --html` with states: what is drawn, and that no text of a
Jobfile gets out of its place. Graphviz is real; the page is read as a browser reads it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support import Space

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "{http://www.w3.org/1999/xlink}title"

STATES = """
[params]
rate = 1
[target.raw]
doc = "The raw data"
run = "echo {params.rate} > {outputs}"
outputs = ["raw.txt"]
[target.page]
run = "cat {inputs} > {outputs}"
inputs = ["@raw"]
outputs = ["page.txt"]
[target.broken]
run = "exit 3"
[target.calm]
run = "echo calm > {outputs}"
outputs = ["calm.txt"]
[target.all]
needs = ["page", "broken"]
after = ["calm"]
"""


@pytest.fixture
def mixed(space: Space) -> Space:
    """A project with one target in each state."""
    space.jobfile(STATES)
    space.build("-k", code=1)
    space.replace("Jobfile.toml", "rate = 1", "rate = 2")
    return space


def boxes(svg: str) -> dict[str, tuple[str, str]]:
    """What stands in each box of an SVG: its class and its hint."""
    found = {}
    for node in ET.fromstring(svg).iter(f"{SVG}g"):
        kind = node.get("class", "").split()
        if kind[:1] == ["node"]:
            text = "\n".join(one.text or "" for one in node.iter(f"{SVG}text"))
            hints = [one.get(TITLE, "") for one in node.iter(f"{SVG}a")]
            found[ordinary(text)] = (" ".join(kind[1:]), ordinary(hints[0]))
    return found


def ordinary(text: str) -> str:
    """Graphviz keeps several blanks apart by blanks of another kind."""
    return text.replace("\xa0", " ")


class Page(HTMLParser):
    """A page as a browser takes it apart: its elements, and the text of each script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)

    @property
    def data(self) -> Any:
        return json.loads(self.texts["script"][0])


# -- states ---------------------------------------------------------------------------


def test_each_state_has_its_look_and_its_first_reason(mixed: Space) -> None:
    drawn = boxes(mixed.run("graph", "--svg").out)

    assert {text: kind for text, (kind, _) in drawn.items()} == {
        "● raw": "stale",
        "? page": "maybe",
        "✗ broken": "failed",
        "✓ calm": "fresh",
        "▣ all": "group",
    }
    hint = drawn["● raw"][1]
    assert hint.startswith(
        "The raw data\nmakes `raw.txt`\nstale: param `rate` changed 1 -> 2\nits last good run took "
    )
    assert "may be stale: depends on `raw`" in drawn["? page"][1]
    assert drawn["✗ broken"][1] == "its last run failed: exit code 3"


def test_the_legend_counts_the_states(mixed: Space) -> None:
    svg = mixed.run("graph", "--svg").out

    texts = {one.text for one in ET.fromstring(svg).iter(f"{SVG}text")}
    assert {
        "✓ up to date: 1", "? may be stale: 1", "● stale: 1", "✗ last run failed: 1", "▣ group: 1"
    } <= texts  # fmt: skip
    assert "✓ up to date: 1" in mixed.run("graph", "--dot", "--states").out


def test_states_can_be_left_out_and_asked_for(mixed: Space) -> None:
    assert set(boxes(mixed.run("graph", "--svg", "--no-states").out)) == {
        "raw", "page", "broken", "calm", "all"
    }  # fmt: skip
    assert "✓" not in mixed.run("graph", "--dot").out
    told = json.loads(mixed.run("graph", "--json", "--states").out)["targets"]
    by_name = {target["name"]: target for target in told}
    assert by_name["raw"]["state"] == "stale"
    assert by_name["raw"]["reasons"][0]["text"] == "param `rate` changed 1 -> 2"
    assert by_name["broken"]["last_run"]["ended"] == "failed"
    assert by_name["all"]["last_run"] is None


def test_a_picture_writes_nothing_but_its_file(mixed: Space) -> None:
    before = mixed.tree()
    own = {path: path.stat().st_mtime_ns for path in mixed.path(".jobmake").rglob("*")}

    mixed.run("graph", "--html", "-o", "graph.html")

    assert set(mixed.tree()) - set(before) == {"graph.html"}
    assert {path: path.stat().st_mtime_ns for path in mixed.path(".jobmake").rglob("*")} == own


def test_a_file_that_cannot_be_written_is_named(mixed: Space) -> None:
    result = mixed.run("graph", "--svg", "-o", "no/such.svg", code=3)
    assert result.err == "error: cannot write `no/such.svg`: No such file or directory\n"


# -- big matrices ---------------------------------------------------------------------

MATRIX = """
[target.train]
run = "echo {matrix.seed} > {outputs}"
outputs = ["model-{matrix.seed}"]
matrix = { seed = [%s] }
[target.score]
run = "cat {inputs} > {outputs}"
inputs = ["@train[seed={matrix.seed}]"]
outputs = ["score-{matrix.seed}"]
matrix = { seed = [1, 2] }
"""


def test_many_instances_share_a_box_that_counts_their_states(space: Space) -> None:
    space.jobfile(MATRIX % ", ".join(map(str, range(1, 14))))
    space.build()
    space.path("model-13").unlink()

    drawn = boxes(space.run("graph", "--svg").out)

    assert drawn["● train (13)\n● 1  ✓ 12"] == (
        "stale",
        "stale: 1 instance\nup to date: 12 instances",
    )
    assert "✓ score[seed=1]" in drawn
    dot = space.run("graph", "--dot").out
    assert dot.count("->") == 2
    assert '"train (13)" -> "score[seed=1]";' in dot
    assert len(boxes(space.run("graph", "--svg", "--all").out)) == 15


def test_twelve_instances_have_a_box_each(space: Space) -> None:
    space.jobfile(MATRIX % ", ".join(map(str, range(1, 13))))
    assert len(boxes(space.run("graph", "--svg").out)) == 14


# -- Mermaid --------------------------------------------------------------------------


def test_mermaid_has_a_line_per_box_and_arrow(mixed: Space) -> None:
    told = """\
flowchart LR
  n0(["#10003; calm"])
  n1["#9679; raw"]
  n0 -.-> n1
"""
    mixed.jobfile('[target.calm]\nrun = "echo calm > {outputs}"\noutputs = ["calm.txt"]\n'
                  '[target.raw]\nrun = "true"\nafter = ["calm"]\n')  # fmt: skip
    mixed.build("calm")
    out = mixed.run("graph", "--mermaid", "--states").out
    assert out.startswith(told)
    assert "  class n1,stale stale\n" in out
    assert 'fresh(["#10003; up to date#58; 1"])' in out


def test_nothing_in_a_name_means_anything_to_mermaid(space: Space) -> None:
    space.jobfile("""
[target.end]
run = "true"
matrix.x = ['q"q', "<b>bold</b>", "a;b#c", "`x`", "%% x", "new\\nline", "[(x)]", "日本"]
""")

    out = space.run("graph", "--mermaid").out

    labels = re.findall(r'^  n\d+\("(.*)"\)$', out, re.MULTILINE)
    assert len(labels) == 8
    for label in labels:
        assert re.fullmatch(r"(?:[\w ]|#\d+;)+", label)
    decoded = [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) for label in labels]
    assert decoded[1] == 'end[x="<b>bold</b>"]'
    assert decoded[7] == "end[x=日本]"


# -- strange texts --------------------------------------------------------------------

STRANGE = r"""
[project]
name = "</title><script>alert(1)</script>"
[target.a]
doc = "</script><script>alert(1)</script> <!-- \"q\" 'q' & &lt; \u0007 \u001b[2J \uFFFF \u202E"
run = "echo '</script><img src=x onerror=alert(1)>'"
inputs = ["<in>&.txt"]
outputs = ["<svg onload=alert(1)>.txt"]
[target.b]
run = "true"
matrix.x = ["<b>", '"', "&amp;", "\\"]
"""
DOC = "</script><script>alert(1)</script> <!-- \"q\" 'q' & &lt; \\x07  � \\u202e"


@pytest.fixture
def strange(space: Space) -> Space:
    space.jobfile(STRANGE)
    space.write("<in>&.txt", "x")
    return space


def test_an_svg_is_xml_whatever_a_doc_holds(strange: Space) -> None:
    drawn = boxes(strange.run("graph", "--svg").out)
    assert drawn["● a"][1].split("\n")[0] == DOC
    assert '● b[x="<b>"]' in drawn
    assert '● b[x="&amp;"]' in drawn


def test_no_text_gets_out_of_its_place_on_the_page(strange: Space) -> None:
    page = Page(strange.run("graph", "--html").out)

    tags = [tag for tag, _ in page.elements]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "b" not in tags
    assert not [name for _, given in page.elements for name in given if name.startswith("on")]
    assert page.texts["title"][0] == "</title><script>alert(1)</script>"
    told = page.data["targets"]["a"]
    assert told["doc"] == DOC
    assert told["outputs"] == ["<svg onload=alert(1)>.txt"]
    assert told["command"] == "echo '</script><img src=x onerror=alert(1)>'"


def test_the_page_loads_nothing_and_allows_only_its_own_script_and_style(strange: Space) -> None:
    text = strange.run("graph", "--html").out
    page = Page(text)

    [policy] = [given["content"] for _, given in page.elements if "http-equiv" in given]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for content in ("".join(page.texts["style"]), page.texts["script"][-1]):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    for tag, given in page.elements:
        assert not given.keys() & {"src", "href", "style", "action"}, tag


def test_the_page_knows_every_target_and_its_box(mixed: Space) -> None:
    page = Page(mixed.run("graph", "--html").out)

    ids = {given.get("id") for tag, given in page.elements if tag == "g"}
    assert {f"box{number}" for number in range(5)} <= ids
    assert page.data["looks"]["stale"] == {"key": "stale", "mark": "●"}
    raw = page.data["targets"]["raw"]
    assert raw["command"] == "echo {params.rate} > {outputs}"
    assert raw["last_run"]["ended"] == "built"
    assert page.data["targets"]["broken"]["state"] == "last run failed"
    assert page.data["boxes"][0]["members"] == ["raw"]


# -- without Graphviz -----------------------------------------------------------------


def test_without_graphviz_its_package_is_named(mixed: Space) -> None:
    os.mkdir(mixed.path("bin"))
    result = mixed.run("graph", "--svg", env={"PATH": str(mixed.path("bin"))}, code=2)
    assert result.err == (
        "error: this picture needs Graphviz's program `dot`, which is not on PATH\n"
        "hint: install the package `graphviz` (`apt-get install graphviz`); `--mermaid` and"
        " `--dot` need nothing\n"
    )
    mixed.run("graph", "--mermaid", env={"PATH": str(mixed.path("bin"))})
