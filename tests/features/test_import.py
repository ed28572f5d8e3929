"""`jobmake import`: what it writes, says and refuses. (What becomes of each construct is in
tests/importers, whether both tools build the same in test_import_builds.py.)"""

from __future__ import annotations

import json

import pytest

from tests.support import Space

NINJA = """\
rule cp
  command = cp $in $out
  generator = $old
build out/b: cp a
build out/c: cp out/b | missing
  old = 1
default out/b
"""


def test_it_writes_a_jobfile_that_builds(space: Space) -> None:
    space.write("build.ninja", NINJA)
    space.write("a", "x")

    result = space.run("import", "build.ninja")

    assert result.out == ""
    assert result.err == (
        "note: build.ninja:5: `build out/c: cp`: left out: it writes build.ninja anew; after that,"
        " import again\n"
        "wrote Jobfile.toml: 1 target; 1 line needs your eyes\n"
    )
    assert space.build().built == ["out-b"]
    assert space.read("out/b") == "x"


def test_the_jobfile_is_meant_to_be_read(space: Space) -> None:
    space.write("build.ninja", NINJA)
    assert space.run("import", "build.ninja", "-o", "-").out == (
        "# Written by `jobmake import build.ninja`.\n\n"
        '[project]\ndefault = ["out-b"]\n\n'
        '[target.out-b]\nrun = "cp {inputs} {outputs}"\ninputs = ["a"]\noutputs = ["out/b"]\n'
    )
    assert not space.exists("Jobfile.toml")


def test_a_jobfile_that_is_there_is_left_alone_without_force(space: Space) -> None:
    space.write("build.ninja", NINJA)
    space.jobfile("# mine\n")

    result = space.run("import", "build.ninja", code=2)

    assert result.err == "error: there is a `Jobfile.toml` already\nhint: `--force` replaces it\n"
    assert space.read("Jobfile.toml") == "# mine\n"
    space.run("import", "build.ninja", "--force")
    assert "[target.out-b]" in space.read("Jobfile.toml")


def test_the_report_for_programs(space: Space) -> None:
    space.write("sub/build.ninja", NINJA)
    report = json.loads(space.run("import", "sub/build.ninja", "-o", "-", "--json").out)
    assert report.pop("jobfile").startswith("# Written")
    [note] = report.pop("notes")
    assert note == {
        "file": "sub/build.ninja",
        "line": 5,
        "text": "build out/c: cp",
        "done": "left out: it writes build.ninja anew; after that, import again",
    }
    assert report == {
        "version": 1,
        "file": "sub/build.ninja",
        "from": "ninja",
        "written": None,
        "targets": ["out-b"],
    }


def test_the_jobfile_may_lie_above_the_file(space: Space) -> None:
    space.write("sub/build.ninja", NINJA)
    space.write("sub/a", "x")
    space.run("import", "sub/build.ninja", "-o", "Jobfile.toml", "-q")
    space.build()
    assert space.read("sub/out/b") == "x"


def test_the_kind_is_told_by_the_name_or_by_an_option(space: Space) -> None:
    space.write("rules.txt", NINJA)
    assert space.run("import", "rules.txt", code=2).err == (
        "error: the name of `rules.txt` does not tell which tool it is for\n"
        "hint: say so with `--from`: dvc, make, ninja\n"
    )
    assert "[target.out-b]" in space.run("import", "rules.txt", "--from", "ninja", "-o", "-").out


@pytest.mark.parametrize("name", ["build.ninja", "Makefile", "dvc.yaml"])
def test_a_file_that_is_not_there(space: Space, name: str) -> None:
    result = space.run("import", name, code=2)
    assert result.err.startswith("error: it cannot be read: No such file or directory\n")
    assert f"--> {name}" in result.err


@pytest.mark.parametrize("name", ["build.ninja", "Makefile", "dvc.yaml"])
@pytest.mark.parametrize(
    "junk",
    [
        b"\x7fELF\x00\x01",
        b"\xff\xfe\xfa",
        b"]]]{{{",
        b"a: [",
        b"\t\t\t",
        b"$(",
        b"- - -\n  -",
        b"%",
    ],
)
def test_nonsense_is_refused_with_its_place(space: Space, name: str, junk: bytes) -> None:
    space.write(name, junk)
    result = space.run("import", name, code=None)
    # make takes some of it for no rules at all
    assert result.code == 2 or name == "Makefile"
    if result.code:
        assert result.err.startswith("error: ")
        assert f"--> {name}" in result.err
        assert not space.exists("Jobfile.toml")


def test_a_terminals_control_characters_do_not_reach_it(space: Space) -> None:
    space.write("build.ninja", "rule r\n  command = x\n  generator = 1\nbuild \x1b[31mo: r\n")
    assert "\x1b" not in space.run("import", "build.ninja").err
