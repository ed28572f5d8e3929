"""Projects for tests of plugins, and what the manual says of `jobmake.testing`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import jobmake.testing
from jobmake.model.errors import JobfileError
from jobmake.testing import Workspace, project
from tests.documents import CODE, PAGES, blocks, first_codes, table

PLUGIN = "def jobmake_targets(jobfile):\n    return {'b': {'needs': ['a']}}\n"
JOBFILE = """
    [params]
    n = 1
    [target.a]
    run = "echo {params.n} > {outputs}"
    outputs = ["a.txt"]
"""
PAGE = PAGES["docs/13-cookbook.md"]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "more.py"
    path.write_text(PLUGIN)
    return path


@pytest.mark.parametrize("head", ["", "[project]\n", '[project]  # mine\nname = "x"\n'])
def test_plugins_are_copied_and_named_in_the_jobfile(
    tmp_path: Path, plugin: Path, head: str
) -> None:
    space = project(tmp_path, head + JOBFILE.replace("    ", ""), plugin)
    assert list(space.status()) == ["a", "b"]
    assert space.path("plugins/more.py").exists()


def test_a_folder_is_a_plugin_too_and_one_that_is_named_stays(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/__init__.py").write_text(PLUGIN)
    space = project(
        tmp_path, f'[project]\nplugins = ["plugins/more"]\n{JOBFILE}', tmp_path / "more"
    )
    assert list(space.status()) == ["a", "b"]


def test_a_project_is_built_and_looked_at(tmp_path: Path) -> None:
    space = project(tmp_path, JOBFILE)
    assert space.status() == {"a": "stale"}
    assert space.build().built == ("a",)
    assert space.build(force=True).built == ("a",)
    assert space.why("a", {"n": 2}) == ["param `n` changed 1 -> 2"]
    assert space.build("a", params={"n": 2}).runs["a"].params["n"] == 2
    space.jobfile('[target.a]\nrun = "exit 3"\n[target.b]\nrun = "true"\n')
    result = space.build()
    assert result.built == ("b",)
    assert result.failed["a"].message == "exit code 3"
    space.jobfile("[target.a]\nrum = 1\n")
    with pytest.raises(JobfileError, match="did you mean `run`"):
        space.build()


def test_a_command_is_a_process_of_its_own(tmp_path: Path) -> None:
    said = project(tmp_path, JOBFILE).command("list")
    assert (said.code, said.out, said.err) == (0, "a\n", "")


def test_variables_of_jobmake_have_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBMAKE_DRY_RUN", "1")
    monkeypatch.setenv("JOBMAKE_NO_CACHE", "1")
    assert not any(name.startswith("JOBMAKE_") for name in project(tmp_path).environ)


def test_every_suite_is_told_with_all_that_may_be_set() -> None:
    suites = [name for name in jobmake.testing.__all__ if name.endswith("Contract")]
    assert sorted(first_codes(PAGE, "suite")) == sorted(suites)
    for name, _, settable in table(PAGE, "suite"):
        suite = getattr(jobmake.testing, name.strip("`"))
        told = {re.match(r"\w+", one)[0] for one in CODE.findall(settable)}  # type: ignore[index]
        own = {
            one
            for one, value in vars(suite).items()
            if not one.startswith(("_", "test_")) and "fixture" not in type(value).__name__.lower()
        }
        assert told == own - {"make", "say"}


def test_all_that_a_project_has_is_told() -> None:
    told = {re.match(r"\w+", one)[0] for one in first_codes(PAGE, "of `space`")}  # type: ignore[index]
    own = {name for name, _ in inspect.getmembers(Workspace, inspect.isfunction) if name[0] != "_"}
    assert told - {"root", "environ"} == own


def test_every_plugin_of_the_cookbook_is_short() -> None:
    plugins = {info: text for info, text in blocks(PAGE) if "plugins/" in info}
    assert len(plugins) == 5
    for info, text in plugins.items():
        assert len(text.splitlines()) < 40, info
