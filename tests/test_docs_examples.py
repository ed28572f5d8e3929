"""The examples of the documents are run: each console block prints what it is said to print,
every Jobfile is right, or what is wrong with it is told."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
import tomllib
from typing import TYPE_CHECKING

import pytest

from jobmake.jobfile import schema
from jobmake.project import Project, Settings
from tests.documents import PAGES, ROOT, Example, blocks, comparable, examples, exchanges, play

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

EXAMPLE = "Jobfile.example.toml"
OF_PLUGINS = {"type", "with"}  # the example names no plugin; docs/10-plugins.md shows them
ALL = [one for page in PAGES for one in examples(page)]
IDS = [f"{one.page}-{number}" for number, one in enumerate(ALL)]


@pytest.mark.parametrize("example", ALL, ids=IDS)
def test_an_example_prints_what_it_is_said_to_print(
    example: Example, space: Space, tmp_path: Path
) -> None:
    for command, said, printed in play(example, space, tmp_path / "bin"):
        assert comparable(printed) == comparable(said), command
    if not example.consoles:
        assert Project.open(Settings(str(space.root))).graph.targets


def test_the_first_example_is_what_the_page_promises() -> None:
    first = examples("README.md")[0]
    assert len(first.jobfile.splitlines()) < 25
    commands = [command for one in first.consoles for command, _ in exchanges(one)]
    assert commands.count("jobmake build") == 3
    assert "changed" in "".join(first.consoles)


def test_every_block_is_of_a_kind_that_is_run_or_known() -> None:
    languages = {info.partition(" ")[0] for text in PAGES.values() for info, _ in blocks(text)}
    assert languages <= {"toml", "console", "yaml", "make", "sh", "python", "json", "sql"}


def test_the_commands_that_set_up_are_there() -> None:
    told = [body.strip() for info, body in blocks(PAGES["README.md"]) if info == "sh"]
    assert told == ["sh examples/penguins/run", "sh tests/run"]
    for command in told:
        script = command.removeprefix("sh ")
        subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec sh tests/run"


def test_the_example_of_all_keys_uses_all_keys() -> None:
    data = tomllib.loads((ROOT / EXAMPLE).read_text())
    targets = data["target"].values()
    assert set(data) == set(schema.TOP_KEYS)
    assert set(data["project"]) == set(schema.PROJECT_KEYS)
    keys = {key for target in targets for key in target}
    assert keys == set(schema.TARGET_KEYS) - OF_PLUGINS


def test_a_copy_of_the_example_of_all_keys_builds_alone(space: Space) -> None:
    shutil.copy(ROOT / EXAMPLE, space.root)
    first = space.build("-f", EXAMPLE)
    second = space.build("-f", EXAMPLE)
    assert not second.built
    assert sorted(second.fresh) == sorted(first.built)
    assert "warm days" in space.read("build/report.txt")
    for _ in range(2):
        assert space.build("-f", EXAMPLE, "now").built == ["now"]
    assert {path.name for path in space.root.iterdir()} == {
        EXAMPLE, "Jobfile.example.lock", ".jobmake", "build"
    }  # fmt: skip


def test_what_the_example_says_of_python_can_be_built_too(space: Space) -> None:
    text = (ROOT / EXAMPLE).read_text()
    [code] = re.findall(r"`weather.py` beside the Jobfile:\n((?:#.*\n)+?)# What", text)
    space.write("weather.py", textwrap.dedent(code.replace("#", "").strip("\n")) + "\n")
    shutil.copy(ROOT / EXAMPLE, space.root)
    assert {"warmest", "title"} < set(space.build("-f", EXAMPLE, "warmest", "title").built)
    assert "was the most in 30 days" in space.run("-f", EXAMPLE, "show", "--value", "warmest").out
