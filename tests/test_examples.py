"""The examples build, say what they promise, and build the same bytes elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support import Result, Space

PENGUINS = Path(__file__).resolve().parent.parent / "examples" / "penguins"
MADE = shutil.ignore_patterns("build", ".jobmake", "Jobfile.lock", "__pycache__")
MODELS = ["logistic", "knn", "tree", "forest", "svm", "naive-bayes"]
DEADLINE = 250.0  # seconds; a whole build takes some ten


def build(space: Space) -> Result:
    """Build with the interpreter that runs the tests, and with its packages."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = space.start("build", env={"PATH": programs})
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, err.decode()
    return Result(process.returncode, out.decode(), err.decode())


def penguins(folder: Path) -> Space:
    """The example as a clean checkout has it."""
    return Space(Path(shutil.copytree(PENGUINS, folder, ignore=MADE)))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Space:
    """The example, built. To look at only. `tests/run` keeps a file's tests in one process, so
    that it is built once."""
    space = penguins(tmp_path_factory.mktemp("once") / "penguins")
    assert len(build(space).built) == 4 + 2 * len(MODELS)
    return space


@pytest.fixture
def copy(built: Space, tmp_path: Path) -> Space:
    """The built example, to be changed."""
    return Space(Path(shutil.copytree(built.root, tmp_path / "penguins")))


class Page(HTMLParser):
    """Counts what is on a page, and sees that all that is opened is closed in turn."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attributes)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag in ("img", "script", "link"):
            self.loaded += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_no_other_file(built: Space) -> None:
    text = built.read("build/report.html")
    page = Page(text)
    assert text.startswith("<!doctype html>")
    assert page.seen.count("svg") == 2
    assert page.seen.count("tr") >= 1 + len(MODELS)
    assert not page.loaded
    assert "<b>" in text
    assert not re.search(r"\$\w", text)  # every name of the template is filled in


@pytest.mark.parametrize("picture", ["birds", "confusion"])
def test_the_pictures_are_pictures(picture: str, built: Space) -> None:
    text = built.read(f"build/{picture}.svg")
    assert text.startswith("<?xml")
    drawing = ElementTree.fromstring(text)
    assert drawing.tag.endswith("}svg")
    assert float(drawing.attrib["width"].removesuffix("pt")) > 100
    assert len(drawing.findall(".//{*}path")) > 10
    assert len(text) > 5_000


def test_a_second_build_finds_all_up_to_date(copy: Space) -> None:
    again = build(copy)
    assert not again.built
    assert len(again.fresh) == 4 + 2 * len(MODELS)


def test_the_settings_of_one_model_reach_only_what_follows_it(copy: Space) -> None:
    copy.replace("models/knn.toml", "n_neighbors = 5", "n_neighbors = 40")
    result = build(copy)
    assert result.built == ["train[model=knn]", "evaluate[model=knn]", "plot", "report"]
    assert result.reason("train[model=knn]") == "input `models/knn.toml` changed"


def test_a_model_that_is_taken_out_is_missed_only_by_what_shows_all(copy: Space) -> None:
    before = copy.read("build/report.html")
    copy.replace("Jobfile.toml", '"knn", ', "")
    result = build(copy)
    assert result.built == ["plot", "report"]
    assert len(result.fresh) == 2 + 2 * (len(MODELS) - 1)
    assert "knn" not in copy.read("Jobfile.lock")
    after = copy.read("build/report.html")
    assert "Nearest neighbours" in before
    assert "Nearest neighbours" not in after


def test_another_folder_gives_the_same_bytes(built: Space, tmp_path: Path) -> None:
    elsewhere = penguins(tmp_path / "another place" / "birds")
    build(elsewhere)
    assert elsewhere.tree() == built.tree()
    assert "Jobfile.lock" in built.tree()
