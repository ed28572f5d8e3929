"""Whose code is run: plugins of a project only where this user has built it before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.plugins.support import ONE, fault, hint_of, install, plug, trusted

if TYPE_CHECKING:
    from tests.support import Space

MARKS = """
with open("loaded", "a") as file:
    file.write("x")
def jobmake_targets(jobfile):
    return {"b": {"run": "echo b > {outputs}", "outputs": ["b.txt"]}}
"""
ASKING = """
import os
from jobmake import FactCheck
class Asking(FactCheck):
    name = "asking"
    def facts(self, target, files):
        open(os.path.join(files.root, "asked"), "w").close()
        return {"": "42"}
def jobmake_checks():
    return [Asking()]
"""
NOTE = (
    "note: the plugin was not loaded, because you have not built this project before:"
    " `plugins/mine.py`; `jobmake build` loads what is left out"
)


@pytest.mark.parametrize("words", ["list", "status", "why a", "build -n", "graph", "plugins"])
def test_looking_at_a_fresh_clone_runs_nothing_of_it(space: Space, words: str) -> None:
    plug(space, MARKS)
    result = space.run(*words.split())
    assert not space.exists("loaded")
    if words in ("status", "build -n"):
        assert NOTE in result.err


def test_what_it_would_generate_may_be_named_all_the_same(space: Space) -> None:
    plug(space, MARKS, 'default = ["b"]')
    assert NOTE in space.run("status").err


def test_a_build_loads_it_and_from_then_on_looking_does_too(space: Space) -> None:
    plug(space, MARKS)
    assert space.build().built == ["a", "b"]
    assert space.run("list").out.split() == ["a", "b"]


@pytest.mark.parametrize("words", ["--version", "--help", "schema", "complete-words list  --"])
def test_what_needs_no_project_loads_none(space: Space, words: str) -> None:
    trusted(space)
    plug(space, MARKS)
    space.run(*words.split(), code=None)
    assert not space.exists("loaded")


def test_an_installed_one_is_always_loaded(space: Space) -> None:
    env = install(space, "found", "def jobmake_targets():\n    return {'b': {'needs': ['a']}}\n")
    space.jobfile('[project]\nplugins = ["found"]\n' + ONE)
    assert space.run("list", env=env).out.split() == ["a", "b"]


def test_a_module_that_lies_in_the_project_is_the_projects_by_whatever_name(space: Space) -> None:
    plug(space, MARKS, name="mine.py")
    space.replace("Jobfile.toml", '"mine.py"', '"mine"')
    space.run("status")
    assert not space.exists("loaded")
    assert space.build().built == ["a", "b"]


def test_an_entry_point_in_the_project_is_not_found(space: Space) -> None:
    space.write("evil-1.dist-info/METADATA", "Name: evil\nVersion: 1\n")
    space.write("evil-1.dist-info/entry_points.txt", "[jobmake]\nnice = evil\n")
    space.write("evil.py", MARKS)
    space.jobfile('[project]\nplugins = ["nice"]\n' + ONE)
    assert fault(space.run("list", code=2)) == "there is no plugin `nice`"


COMMAND = """
class Greet:
    name, doc = "greet", "Say hello"
    def add_arguments(self, parser): pass
    def run(self, project, arguments): print("hello")
def jobmake_commands():
    return [Greet()]
"""


def test_a_command_is_looked_for_only_in_plugins_that_may_be_loaded(space: Space) -> None:
    plug(space, COMMAND)
    result = space.run("greet", code=2)
    assert fault(result) == (
        "there is no command `greet`; it may be in `plugins/mine.py`, which you have not loaded yet"
    )
    assert hint_of(result).endswith("when you have built it: `jobmake build`")
    space.build()
    assert space.run("greet").out == "hello\n"


def test_what_is_not_loaded_is_told_with_its_reason(space: Space) -> None:
    plug(space, MARKS)
    [told] = json.loads(space.run("plugins", "--json").out)["plugins"]
    assert told["trouble"] == "it is not loaded, because you have not built this project before"
    assert told["contributes"] == {}


def test_checks_ask_the_world_outside_only_where_you_have_built(space: Space) -> None:
    env = install(space, "asking", ASKING)
    space.jobfile('[project]\nplugins = ["asking"]\ncheck = ["content", "asking"]\n' + ONE)
    told = space.run("status", env=env).err
    assert not space.exists("asked")
    assert told == (
        "note: the checks of 1 target asked nobody, because you have not built this project"
        " before: what they say is taken as unchanged; `jobmake build` asks\n"
    )
    space.run("build", env=env)
    (space.root / "asked").unlink()
    assert "up to date" in space.run("status", env=env).out
    assert space.exists("asked")
