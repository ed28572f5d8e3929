"""Targets that a plugin generates are targets like all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.support import plug

if TYPE_CHECKING:
    from tests.support import Space

COPIES = """
def jobmake_targets(jobfile):
    return {
        f"copy-{name}": {
            "run": "cp {inputs} {outputs}",
            "inputs": [name],
            "outputs": [f"out/{name}"],
        }
        for name in jobfile.files("*.txt")
        if name != jobfile.params["not"]
    }
"""


def test_they_are_built_and_up_to_date_like_others(space: Space) -> None:
    plug(space, COPIES)
    space.write("Jobfile.toml", '[params]\nnot = "a.txt"\n' + space.read("Jobfile.toml"))
    space.write("b.txt", "b")
    assert space.build().built == ["a", "copy-b.txt"]
    assert space.build().built == []

    space.write("b.txt", "new")
    space.write("c.txt", "c")
    assert space.build().built == ["copy-b.txt", "copy-c.txt"]


def test_an_edit_of_what_they_do_makes_them_stale(space: Space) -> None:
    plug(
        space,
        "def jobmake_targets(jobfile):\n    return {'b': {'run': 'echo 1', 'always': False}}\n",
    )
    space.build()
    space.replace("plugins/mine.py", "echo 1", "echo 2")
    assert space.build().reason("b") == "command changed"


def test_a_plugin_sees_the_targets_of_the_jobfile_and_cannot_change_them(space: Space) -> None:
    code = """
def jobmake_targets(jobfile):
    assert list(jobfile.targets) == ["a"]
    assert jobfile.targets["a"]["outputs"] == ("a.txt",)
    try:
        jobfile.targets["a"]["outputs"] = []
    except TypeError:
        return {"all": {"needs": tuple(jobfile.targets)}}
"""
    plug(space, code)
    assert space.build("all").built == ["a"]


WRONG = {
    '{"b": {"rnu": "x"}}': "unknown key `rnu` of target `b`",
    '{"b": {"run": 3}}': "`run` must be a text or a list of texts, not an integer",
    '{"b": {"run": "{params.x}"}}': "`{params.x}`: there is no param `x`",
    '{"a": {"run": "x"}}': "`Jobfile.toml` has a target `a`, too",
    '{"b c": {"run": "x"}}': "`b c` cannot be the name of a target",
    '{3: {"run": "x"}}': "the name of a target must be a text, not `3`",
    '{"b": {"run": {1}}}': "target `b`: a `set` cannot stand in a Jobfile",
    '{"b": 3}': "`target.b` must be a table",
}


@pytest.mark.parametrize("table", WRONG)
def test_what_is_wrong_with_one_points_at_the_plugin(space: Space, table: str) -> None:
    plug(space, f"\n\ndef jobmake_targets(jobfile):\n    return {table}\n")
    err = space.run("build", "-q", code=2).err
    assert f"error: {WRONG[table]}\n  --> plugins/mine.py:3\n" in err


def test_two_plugins_that_generate_one_target(space: Space) -> None:
    space.jobfile('[project]\nplugins = ["x.py", "y.py"]\n')
    for name in ("x.py", "y.py"):
        space.write(name, "def jobmake_targets(jobfile):\n    return {'b': {'run': 'true'}}\n")
    err = space.run("build", "-q", code=2).err
    assert "error: `x.py` has a target `b`, too\n  --> y.py:1\n" in err


def test_files_outside_of_the_project_are_not_shown(space: Space) -> None:
    plug(space, "def jobmake_targets(jobfile):\n    jobfile.files('../*')\n")
    err = space.run("build", "-q", code=3).err
    assert "ValueError: `../*` lies outside the project's folder (plugins/mine.py:2)" in err
