"""`jobmake whence`: which run made a file."""

from __future__ import annotations

import json
import re
import shutil

import pytest

JOBFILE = """
[params]
most = 3
[target.table]
run = "seq {params.most} > {outputs[0]}; seq 9 > {outputs[1]}; chmod +x {outputs[1]}"
outputs = ["build/table.txt", "build/tool"]
[target.plot]
run = '''
mkdir -p {run_dir}/files
sed s/^/plot/ {inputs} > {run_dir}/files/plot.txt
wc -l < {inputs}
'''
inputs = ["build/table.txt"]
capture = "stdout"
"""


@pytest.fixture
def built(space):
    space.jobfile(JOBFILE)
    space.build()
    return space


def whence(space, *files: str, code: int = 0) -> str:
    """What is told of files, without what differs from time to time."""
    result = space.run("whence", *files, code=code)
    return re.sub(r"(began) .*|\n  host .*", r"\1", result.out) + result.err


def test_an_output_has_its_run(built):
    assert whence(built, "build/table.txt") == (
        "build/table.txt\n"
        "  made by   run 1 of table, as its output `build/table.txt`\n"
        "  found by  its content\n"
        "  began\n"
        "  because   it was never built\n"
        "  command   seq {params.most} > {outputs[0]}; seq 9 > {outputs[1]};"
        " chmod +x {outputs[1]}\n"
        "  params    most = 3\n"
    )


def made_by(space, *files: str) -> list[str]:
    return re.findall(r"^  made by   (.*)$", whence(space, *files), re.MULTILINE)


def test_a_copy_has_it_too_wherever_it_is(built, tmp_path):
    shutil.copy(built.path("build/table.txt"), tmp_path / "other.dat")
    built.path("build/tool").rename(tmp_path / "renamed")
    assert made_by(built, str(tmp_path / "other.dat"), str(tmp_path / "renamed")) == [
        "run 1 of table, as its output `build/table.txt`",
        "run 1 of table, as its output `build/tool`",
    ]


def test_values_and_own_files_have_theirs(built, tmp_path):
    results = built.root / ".jobmake" / "results"
    shutil.copy(next(results.glob("*/files/plot.txt")), tmp_path / "p")
    shutil.copy(next(results.glob("*/value")), tmp_path / "v")
    assert made_by(built, str(tmp_path / "p"), str(tmp_path / "v")) == [
        "run 2 of plot, as its own file `plot.txt`",
        "run 2 of plot, as its value",
    ]


def test_a_file_of_before_has_the_run_of_before(built, tmp_path):
    shutil.copy(built.path("build/table.txt"), tmp_path / "old")
    built.replace("Jobfile.toml", "most = 3", "most = 4")
    built.build()
    assert made_by(built, str(tmp_path / "old"), "build/table.txt") == [
        "run 1 of table, as its output `build/table.txt`",
        "run 3 of table, as its output `build/table.txt`",
    ]


def test_an_edited_or_deleted_file_is_found_by_its_path(built):
    built.write("build/table.txt", "edited")
    assert "  found by  its path; its content is another\n" in whence(built, "build/table.txt")
    built.path("build/table.txt").unlink()
    assert "  found by  its path; it is gone\n" in whence(built, "build/table.txt")


def test_what_nobody_made_ends_with_exit_code_1(built):
    out = whence(built, "Jobfile.toml", "none", "build/table.txt", code=1)
    assert out.startswith("build/table.txt\n")
    assert out.endswith(
        "note: no run that is known here made `Jobfile.toml`\n"
        "note: there is no file, and none was `none`\n"
    )


def test_without_history_the_lockfile_knows_the_target(built):
    built.path(".jobmake/runs.db").unlink()
    assert whence(built, "build/table.txt") == (
        "build/table.txt\n"
        "  made by   table, elsewhere, as its output `build/table.txt`\n"
        "  found by  its content\n"
        "  record    it came with the lockfile, no run here made it\n"
    )


def test_json_has_all_of_it(built):
    [table, none] = json.loads(
        built.run("whence", "--json", "build/table.txt", "none", code=1).out
    )["files"]
    assert (table["path"], table["found"], table["kind"], table["name"], table["target"]) == (
        "build/table.txt", "content", "output", "build/table.txt", "table",
    )  # fmt: skip
    assert table["run"]["params"] == {"most": 3}
    assert table["others"] == []
    assert none == {
        "path": "none", "digest": None, "found": None, "kind": None, "name": None,
        "target": None, "run": None, "others": [],
    }  # fmt: skip


def test_a_file_in_an_output_folder_is_found_by_its_path(space):
    space.jobfile("[target.many]\nrun = 'mkdir -p out; seq 3 > out/a'\noutputs = ['out/']\n")
    space.build()
    assert made_by(space, "out/a") == ["run 1 of many, as its output `out/a`"]
