"""Where code hides what it uses, more counts, and a note says why."""

from __future__ import annotations

import pytest

from tests.code.project import CodeProject


@pytest.mark.parametrize(
    "use", ["exec(text)", "eval(text)", "globals()[text]", "sys.modules[__name__]"]
)
def test_code_that_can_use_any_name_makes_all_of_its_file_count(
    project: CodeProject, use: str
) -> None:
    project.write(
        "job.py", f"import sys, helpers\ndef run(text):\n  return {use}\ndef other(): return 1\n"
    )
    project.write("helpers.py", "def f(): return 1\n")
    note = "job.py:3: can use any name of its file, so all of it counts"
    assert project.of("job:run").notes == (note,)
    assert project.changes("job:run", "job.py", "return 1", "return 2")
    assert project.changes("job:run", "helpers.py", "return 1", "return 2")


@pytest.mark.parametrize(
    "use",
    [
        "importlib.import_module(name)",
        "importlib.import_module('.' + name, __package__)",
        "__import__(name)",
        "map(importlib.import_module, name)",
        "sys.modules[name]",
        "runpy.run_path(name)",
        "importlib.util.spec_from_file_location(name, name)",
    ],
)
def test_a_computed_import_can_be_of_any_module_of_the_package(
    project: CodeProject, use: str
) -> None:
    project.write(
        "pkg/job.py", f"import importlib.util, runpy, sys\ndef run(name):\n  return {use}\n"
    )
    project.write("pkg/__init__.py", "")
    project.write("pkg/deep/more.py", "def f(): return 1\n")
    project.write("other/more.py", "def f(): return 1\n")
    note = "pkg/job.py:3: imports what cannot be told, so all files of `pkg` count"
    assert note in project.of("pkg.job:run").notes
    assert set(project.of("pkg.job:run").folders) == {"pkg", "pkg/deep"}
    assert project.changes("pkg.job:run", "pkg/deep/more.py", "1", "2")
    assert not project.changes("pkg.job:run", "other/more.py", "1", "2")

    before = project.of("pkg.job:run").parts
    project.write("pkg/deep/new.py", "x = 1\n")
    assert project.of("pkg.job:run").parts != before


def test_a_computed_import_outside_of_packages_can_be_of_any_file(project: CodeProject) -> None:
    project.write("job.py", "def run(name): return __import__(name)\n")
    project.write("more.py", "def f(): return 1\n")
    project.write("broken.py", "def f(:\n")
    project.write(".venv/pyvenv.cfg", "")
    project.write(".venv/lib/never.py", "x = 1\n")
    project.write("env/pyvenv.cfg", "")
    project.write("env/lib/never.py", "x = 1\n")
    assert project.of("job:run").notes == (
        "job.py:1: broken.py:1: invalid syntax, so any change of that file counts",
        "job.py:1: imports what cannot be told, so all files of the project count",
    )
    assert set(project.of("job:run").parts) == {"job.py", "more.py", "broken.py", "python"}


def test_modules_found_through_a_changed_path_are_looked_for_everywhere(
    project: CodeProject,
) -> None:
    project.write("scripts/job.py", "import sys\nsys.path.append('../lib')\nimport tools.deep\n")
    project.write("lib/tools/__init__.py", "")
    project.write("lib/tools/deep.py", "x = 1\n")
    reached = project.code().of_script("scripts/job.py")
    assert "lib/tools/deep.py" in reached.parts
    assert reached.notes == (
        "lib/tools/__init__.py: may be the `tools` that a changed `sys.path` leads to",
        "lib/tools/deep.py: may be the `tools` that a changed `sys.path` leads to",
    )


@pytest.mark.parametrize(
    "use",
    ["importlib.import_module('a.b')", "importlib.import_module('.b', 'a')", "__import__('a.b')"],
)
def test_an_import_of_a_constant_name_is_that_import(project: CodeProject, use: str) -> None:
    project.write("job.py", f"import importlib\ndef run(): return {use}\n")
    project.write("a/__init__.py", "")
    project.write("a/b.py", "def f(): return 1\n")
    assert project.changes("job:run", "a/b.py", "1", "2")


def test_a_relative_import_of_a_constant_name_is_that_import(project: CodeProject) -> None:
    project.write(
        "a/job.py",
        "from importlib import import_module as load\n"
        "def run(): return load('.b', package=__package__), load('.c', __package__)\n",
    )
    for name in "__init__", "b", "c", "d":
        project.write(f"a/{name}.py", "def f(): return 1\n")
    assert set(project.of("a.job:run").parts) == {"a/job.py", "a/b.py", "a/c.py", "python"}


def test_an_attribute_by_a_constant_name_is_that_attribute(project: CodeProject) -> None:
    project.write("job.py", "import helpers\ndef run(): return getattr(helpers, 'f')()\n")
    project.write("helpers.py", "def f(): return 1\ndef g(): return 1\n")
    assert list(project.of("job:run").bindings["helpers.py"]) == ["f"]
    assert project.of("job:run").notes == ()
