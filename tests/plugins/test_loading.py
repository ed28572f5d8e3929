"""How plugins of a project are loaded: under names of their own, from the bytes that are there."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from jobmake import Project
from tests.plugins.support import ONE, install, plug, trusted, without_shipped

if TYPE_CHECKING:
    from tests.support import Space

AS_INSTALLED = {"PYTHONSAFEPATH": "1"}  # else `python -m` looks into the project first
GENERATES = "def jobmake_targets(jobfile):\n    return {'%s': {'needs': ['a']}}\n"


def test_nothing_is_written_beside_a_plugin(space: Space) -> None:
    plug(space, "import beside\n" + GENERATES % "b")
    space.write("beside.py", "")
    space.build("b")
    space.run("list")
    assert not list(space.root.rglob("__pycache__"))


def test_a_folder_may_use_relative_imports(space: Space) -> None:
    space.jobfile('[project]\nplugins = ["tools/x"]\n' + ONE)
    code = "from .names import NAME\n" + GENERATES.replace("'%s'", "NAME")
    space.write("tools/x/__init__.py", code)
    space.write("tools/x/names.py", "NAME = 'b'\n")
    space.build("b")
    assert space.run("list").out.split() == ["a", "b"]
    assert not list(space.root.rglob("__pycache__"))


def test_modules_of_the_project_are_found_behind_all_that_is_installed(space: Space) -> None:
    plug(space, "import json, mine_too\n" + GENERATES % "b", 'python_path = ["src"]')
    space.write("json.py", "raise ValueError('taken for the library')\n")
    space.write("src/mine_too.py", "")
    space.build("b", env=AS_INSTALLED)
    assert space.run("list", env=AS_INSTALLED).out.split() == ["a", "b"]


def test_a_plugin_takes_the_place_of_no_module(space: Space) -> None:
    plug(space, GENERATES % "b", name="json.py")
    space.build("b", env=AS_INSTALLED)
    told = json.loads(space.run("list", "--json", env=AS_INSTALLED).out)
    assert [one["name"] for one in told["targets"]] == ["a", "b"]


def test_an_edit_counts_in_the_same_process(space: Space) -> None:
    plug(space, "import names\n" + GENERATES.replace("'%s'", "names.NAME"))
    space.write("names.py", "NAME = 'b'\n")
    project = Project(space.root)
    project.build("a")
    assert project.targets == ("a", "b")

    space.write("names.py", "NAME = 'c'\n")
    assert project.targets == ("a", "c")
    space.write("plugins/mine.py", GENERATES % "d")
    assert project.targets == ("a", "d")
    assert "names" not in sys.modules


def test_it_is_loaded_once_as_long_as_nothing_changes(space: Space) -> None:
    times = space.write("times", "")
    counts = f"with open({str(times)!r}, 'a') as file:\n    file.write('x')\n"
    plug(space, counts + GENERATES % "b")
    project = Project(space.root)
    project.build("a")
    assert project.targets == ("a", "b")
    assert space.read("times") == "x"


def test_two_projects_with_files_of_one_name(space: Space) -> None:
    from tests.support import Space

    other = Space(space.root.parent / "other")
    for one, name in ((space, "b"), (other, "c")):
        plug(one, "import names\n" + GENERATES.replace("'%s'", "names.NAME"))
        one.write("names.py", f"NAME = {name!r}\n")
        Project(one.root).build("a")
    assert Project(space.root).targets == ("a", "b")
    assert Project(other.root).targets == ("a", "c")


def test_what_it_prints_does_not_stand_among_data(space: Space) -> None:
    plug(space, "print('loading')\n" + GENERATES.replace("\n", "\n    print('asked')\n", 1) % "b")
    space.build("a")
    result = space.run("list", "--json")
    assert len(json.loads(result.out)["targets"]) == 2
    assert result.err == "loading\nasked\n"


def test_settings_are_those_of_the_jobfile(space: Space) -> None:
    code = "def jobmake_caches(settings):\n    raise ValueError(dict(settings))\n"
    trusted(space)
    plug(space, code)
    space.write("Jobfile.toml", space.read("Jobfile.toml") + "[plugin.mine]\nurl = 'x'\n")
    assert "ValueError: {'url': 'x'} (plugins/mine.py:2)" in space.run("list", code=3).err


def test_jobmake_plugins_lists_all_there_is(space: Space) -> None:
    env = install(space, "used", GENERATES % "c") | install(space, "spare", "", "2.1")
    plug(space, GENERATES % "b")
    more = '.py", "used", "plugins/broken.py", "plugins/gone.py"]'
    space.replace("Jobfile.toml", '.py"]', more)
    space.write("plugins/broken.py", "1 / 0\n")
    text = space.read("Jobfile.toml")
    space.jobfile(ONE)
    space.build()
    space.jobfile(text)

    assert without_shipped(space.run("plugins", env=env).out) == (
        "mine (plugins/mine.py)\n"
        "  targets    b\n"
        "used (used_module of used-package 1.0)\n"
        "  targets    c\n"
        "broken (plugins/broken.py)\n"
        "  not loaded: plugin `broken` cannot be loaded: ZeroDivisionError: division by zero"
        " (plugins/broken.py:1)\n"
        "gone (plugins/gone.py)\n"
        "  not loaded: the plugin `plugins/gone.py` does not exist\n"
        "installed, not used: spare (spare-package 2.1)\n"
    )
    told = json.loads(space.run("plugins", "--json", "-v", env=env).out)
    assert told["plugins"][0]["contributes"]["executors"] == ["local"]
    assert told["plugins"][2] == {
        "name": "used", "written": "used", "source": "used_module", "version": "1.0",
        "distribution": "used-package", "contributes": {"targets": ["c"]}, "trouble": None,
    }  # fmt: skip
    installed = {one["name"]: one["distribution"] for one in told["installed"]}
    assert installed["spare"] == "spare-package"
    assert installed["notebook"] == "jobmake"
    last = space.run("plugins", "-v", env=env).out.splitlines()[-1]
    assert last.startswith("come with jobmake, not used: ")
    assert "notebook" in last
