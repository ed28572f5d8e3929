"""Jobfiles that include others: names, paths, params, and errors that lead to the right file."""

from __future__ import annotations

import pytest

from jobmake.project import Project, Settings
from tests.support import Space

ROOT = """
[project]
include = ["reports/Jobfile.toml"]
[params]
title = "root"
[target.clean]
run = "echo {params.title} > {outputs}"
outputs = ["build/clean.txt"]
[target.all]
needs = ["reports/page", "clean"]
"""

REPORTS = """
[project]
name = "reports"
default = ["nothing of the kind"]
params_files = ["more.toml"]
shell = "bash -eo pipefail"
[params]
title = "reports"
[target.data]
run = "cp {inputs} {outputs}; pwd; echo {params.unit}"
inputs = ["../build/clean.txt"]
outputs = ["out/data.txt"]
[target.page]
run = "cat {inputs.data} {inputs.style} > {outputs}"
inputs = { data = "@data", style = "style.css" }
outputs = ["out/page.html"]
needs = ["clean", "data"]
"""


@pytest.fixture
def included(space: Space) -> Space:
    """A Jobfile that includes one in another folder."""
    space.jobfile(ROOT)
    space.write("reports/Jobfile.toml", REPORTS)
    space.write("reports/more.toml", 'unit = "m"\ntitle = "file"\n')
    space.write("reports/style.css", "style\n")
    return space


def test_targets_of_included_files_are_named_after_their_folder(included: Space) -> None:
    assert included.run("list").out.split() == ["clean", "all", "reports/data", "reports/page"]
    assert included.build("-j1").built == ["clean", "reports/data", "reports/page"]
    assert included.read("reports/out/page.html") == "root\nstyle\n"
    assert '"reports/page"' in included.read("Jobfile.lock")
    assert not included.exists("reports/Jobfile.lock")
    assert not included.build().built
    assert included.build("reports/page").fresh == ["clean", "reports/data", "reports/page"]
    assert included.build("reports/out/data.txt").fresh == ["clean", "reports/data"]


def test_commands_run_in_the_included_folder_with_its_shell(included: Space) -> None:
    out = included.build("-j1").out.splitlines()
    assert out[0] == str(included.path("reports").resolve())
    assert out[1] == "m"
    graph = Project.open(Settings(str(included.root))).graph
    shells = [graph.targets[name].manner.shell for name in ("clean", "reports/page")]
    assert shells == [("/bin/sh", "-e"), ("bash", "-eo", "pipefail")]


def test_an_included_file_can_stand_alone(space: Space) -> None:
    space.write("reports/Jobfile.toml", '[target.a]\nrun = "echo a > {outputs}"\noutputs = ["o"]\n')
    space.jobfile('[project]\ninclude = ["reports/Jobfile.toml"]\n')
    assert space.build().built == ["reports/a"]
    assert space.build("-C", "reports").built == ["a"]


def test_nested_includes_and_a_file_in_the_same_folder(space: Space) -> None:
    space.jobfile('[project]\ninclude = ["a/Jobfile.toml", "more.toml"]\n[target.top]\nrun = ":"\n')
    space.write("more.toml", '[target.beside]\nrun = ":"\n')
    space.write(
        "a/Jobfile.toml", '[project]\ninclude = ["b/x.toml"]\n[target.t]\nneeds = ["top"]\n'
    )
    space.write("a/b/x.toml", '[target.t]\nrun = ":"\n[target.u]\nneeds = ["t", "a/t", "beside"]\n')

    assert space.run("list").out.split() == ["top", "a/t", "a/b/t", "a/b/u", "beside"]
    assert sorted(space.build("a/b/u").built) == ["a/b/t", "beside", "top"]


def test_each_and_globs_are_relative_to_the_included_folder(space: Space) -> None:
    space.write("x [1]/a.in", "a\n")
    space.write("a.in", "not this\n")
    space.write(
        "x [1]/Jobfile.toml",
        """
[target.t]
run = "cat {each.f} {inputs.all} > {outputs}"
inputs = { f = "{each.f}", all = "*.in" }
outputs = ["out/{each.f.parent}/{each.f.name}"]
each = { f = "*.in" }
""",
    )
    space.jobfile('[project]\ninclude = ["x [1]/Jobfile.toml"]\n')
    assert space.build().built == ['x [1]/t[f="x [1]/a.in"]']
    assert space.read("x [1]/out/a.in") == "a\na\n"


def test_the_including_file_settles_what_two_included_ones_set_differently(space: Space) -> None:
    space.write("a/j.toml", "[params]\nx = 1\nsame = 1\n[pools]\np = 1\n")
    space.write("b/j.toml", "[params]\nx = 2\nsame = 1\n[pools]\np = 2\n")
    jobfile = '[project]\ninclude = ["a/j.toml", "b/j.toml"]\n[target.t]\nrun = "echo {params.x}"\n'
    space.jobfile(jobfile)

    assert (
        space.run("list", code=2).err
        == """\
error: `a/j.toml` and `b/j.toml` set the param `x` differently
  --> Jobfile.toml:2
2 | include = ["a/j.toml", "b/j.toml"]
  |                        ^^^^^^^^^^
hint: set it in the Jobfile that includes them

error: `a/j.toml` and `b/j.toml` set the pool `p` differently
  --> Jobfile.toml:2
2 | include = ["a/j.toml", "b/j.toml"]
  |                        ^^^^^^^^^^
hint: set it in the Jobfile that includes them
"""
    )
    space.jobfile(jobfile + "[params]\nx = 3\n[pools]\np = 3\n")
    assert space.build().out == "3\n"


def test_an_error_in_an_included_file_shows_that_file(included: Space) -> None:
    included.replace("reports/Jobfile.toml", '"style.css"', '"styl.css"')
    assert (
        included.build(code=2).err
        == """\
error: input `reports/styl.css` of target `reports/page` does not exist
  --> reports/Jobfile.toml:15
15 | inputs = { data = "@data", style = "styl.css" }
   |                                    ^^^^^^^^^^
hint: put it there, or name the target that makes it
"""
    )
    included.replace("reports/Jobfile.toml", '"@data"', '"@dat"')
    included.replace("reports/Jobfile.toml", "{params.unit}", "{params.unt}")
    included.replace("Jobfile.toml", 'needs = ["reports/page"', 'needs = ["reports/pag"')
    assert (
        included.build(code=2).err
        == """\
error: target `all` needs `reports/pag`, which is not in the Jobfile
  --> Jobfile.toml:10
10 | needs = ["reports/pag", "clean"]
   |          ^^^^^^^^^^^^^
hint: did you mean `reports/page`?

error: `{params.unt}`: there is no param `unt`
  --> reports/Jobfile.toml:10
10 | run = "cp {inputs} {outputs}; pwd; echo {params.unt}"
   |                                         ^^^^^^^^^^^^
hint: did you mean `unit`?

error: target `reports/page` needs `dat`, which is not in the Jobfile
  --> reports/Jobfile.toml:15
15 | inputs = { data = "@dat", style = "styl.css" }
   |                   ^^^^^^
hint: did you mean `data`?
"""
    )


@pytest.mark.parametrize(
    ("include", "message"),
    [
        ("no/x.toml", "the Jobfile `no/x.toml` does not exist"),
        ("../x.toml", "`../x.toml` lies outside the project's folder"),
        ("a", "`a` is a folder"),
        ("Jobfile.toml", "Jobfiles include each other: `Jobfile.toml -> Jobfile.toml`"),
        (
            "a/loop.toml",
            "Jobfiles include each other: `Jobfile.toml -> a/loop.toml -> Jobfile.toml`",
        ),
        ('a/ok.toml", "a/../a/ok.toml', "`a/../a/ok.toml` is included twice"),
        ('a/ok.toml", "a/link.toml', "`a/link.toml` is included twice"),
        ('a/ok.toml", "a/same.toml', "`a/ok.toml` has a target `a/t`, too"),
        ("a/bad.toml", "expected `=` after a key in a key/value pair"),
        ("a/keys.toml", "unknown key `verison` of target `t`"),
    ],
)
def test_what_is_wrong_with_an_include_is_told(space: Space, include: str, message: str) -> None:
    space.write("a/ok.toml", '[target.t]\nrun = ":"\n')
    space.write("a/same.toml", '[target.t]\nrun = ":"\n')
    space.write("a/loop.toml", '[project]\ninclude = ["../Jobfile.toml"]\n')
    space.write("a/bad.toml", "[target.t]\nrun\n")
    space.write("a/keys.toml", '[target.t]\nrun = ":"\nverison = "1"\n')
    space.path("a/link.toml").symlink_to("ok.toml")
    space.jobfile(f'[project]\ninclude = ["{include}"]\n')

    lines = space.run("list", code=2).err.splitlines()

    file = "a/same.toml" if "same" in include else include
    inner = file if any(word in include for word in ("bad", "keys", "same", "loop")) else ""
    line = 3 if "keys" in include else 1 if "same" in include else 2
    assert lines[0] == f"error: {message}" or "bad" in include
    assert lines[1] == f"  --> {inner or 'Jobfile.toml'}:{line}"


def test_an_included_jobfile_is_no_output(space: Space) -> None:
    space.write("a/j.toml", '[target.t]\nrun = ":"\noutputs = ["j.toml"]\n')
    space.jobfile('[project]\ninclude = ["a/j.toml"]\n')
    assert space.run("list", code=2).err.startswith("error: output `a/j.toml` is jobmake's own\n")
