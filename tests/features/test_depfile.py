"""What a command names in its depfile counts from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

# "compiles" a text by putting in the files it names, and says which it read
INCLUDE = """
out=$1 dep=$2 main=$3
echo "$out: $main \\\\" > $dep
for name in $(sed -n 's/^include //p' $main); do
    echo "  $name \\\\" >> $dep
    cat $name >> $out.tmp
done
echo >> $dep
echo "$main" >> $out.tmp
mv $out.tmp $out
"""
JOBFILE = """
[target.main]
run = "sh include.sh {outputs} build/main.d {inputs}"
inputs = ["main.txt"]
outputs = ["build/main.out"]
depfile = "build/main.d"
"""


@pytest.fixture
def project(space: Space) -> Space:
    space.write("include.sh", INCLUDE)
    space.write("main.txt", "include a.inc\ninclude dir/b.inc\n")
    space.write("a.inc", "a\n")
    space.write("dir/b.inc", "b\n")
    space.jobfile(JOBFILE)
    space.build()
    return space


def test_a_named_file_that_changes_makes_the_target_stale(project: Space) -> None:
    assert project.build().built == []

    project.write("dir/b.inc", "B\n")
    result = project.build()

    assert result.built == ["main"]
    assert result.reason("main") == "file `dir/b.inc` changed"
    assert project.read("build/main.out").startswith("a\nB\n")


def test_a_named_file_that_goes_makes_it_stale(project: Space) -> None:
    project.path("a.inc").unlink()
    project.write("main.txt", "include dir/b.inc\n")

    assert project.build().built == ["main"]
    assert project.build().built == []


def test_what_is_no_longer_named_does_not_count(project: Space) -> None:
    project.write("main.txt", "include dir/b.inc\n")
    project.build()
    project.write("a.inc", "A\n")

    assert project.build().built == []


def test_the_lockfile_tells_what_was_named(project: Space) -> None:
    lock = project.read("Jobfile.lock")

    section = lock.partition("[target.main.discovered]\n")[2].partition("[")[0]
    assert [line.partition(" = ")[0] for line in section.splitlines()] == [
        '"a.inc"',
        '"dir/b.inc"',
    ]


def test_the_depfile_itself_is_read_and_removed(project: Space) -> None:
    assert not project.exists("build/main.d")


def test_a_depfile_that_is_an_output_stays(project: Space) -> None:
    project.replace("Jobfile.toml", '["build/main.out"]', '["build/main.out", "build/main.d"]')
    project.replace("Jobfile.toml", "{outputs} build", "{outputs[0]} build")

    project.build()

    assert project.exists("build/main.d")
    assert project.build().built == []


def test_switching_back_restores_what_was_made_of_the_same_files(project: Space) -> None:
    project.write("a.inc", "A\n")
    project.build()
    project.write("a.inc", "a\n")

    result = project.build()

    assert result.last_line == "restored 1"
    assert project.read("build/main.out").startswith("a\nb\n")


def test_files_outside_the_project_count_here_and_are_not_in_the_lockfile(
    project: Space, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside: Path = tmp_path_factory.mktemp("outside") / "c.inc"
    outside.write_text("c\n")
    project.write("main.txt", f"include a.inc\ninclude {outside}\n")
    project.build()
    assert project.build().built == []
    assert str(outside) not in project.read("Jobfile.lock")

    outside.write_text("C\n")
    result = project.build()

    assert result.built == ["main"]
    assert result.reason("main") == f"file `{outside}` changed"


@pytest.mark.case("A27")
def test_a_named_file_that_another_target_makes_must_be_needed(project: Space) -> None:
    generated = '[target.made]\nrun = "echo made > {outputs}"\noutputs = ["build/made.inc"]\n'
    project.jobfile(generated + JOBFILE)
    project.build("made")
    project.write("main.txt", "include build/made.inc\n")

    result = project.build("main", code=1)

    assert (
        "error: target `main` failed: it read `build/made.inc`, which `made` makes and which it"
        " does not need\n" in result.err
    )
    assert 'hint: add `"build/made.inc"` to its inputs, or `"made"` to its `after`\n' in result.err
    project.jobfile(generated + JOBFILE + 'after = ["made"]\n')
    assert project.build().built == ["main"]
    project.replace("Jobfile.toml", "echo made", "echo anew")
    assert project.build().built == ["made", "main"]


def test_a_depfile_that_is_missing_or_damaged_is_a_failure(project: Space) -> None:
    project.replace("Jobfile.toml", 'depfile = "build/main.d"', 'depfile = "build/other.d"')
    result = project.build(code=1)
    assert "did not write the depfile `build/other.d`" in result.err

    project.replace("Jobfile.toml", "{inputs}", "{inputs}; echo nonsense > build/other.d")
    result = project.build(code=1)
    assert "its depfile `build/other.d` is damaged: `nonsense` is no rule" in result.err


def test_a_named_file_written_during_the_run_makes_it_run_again(project: Space) -> None:
    gate = project.gate("read")
    project.write("main.txt", "include a.inc\ninclude new.inc\n")
    project.write("new.inc", "old\n")
    project.replace("Jobfile.toml", "{inputs}", f"{{inputs}}; {gate.command}")
    process = project.start("build")
    gate.reached()
    project.write("new.inc", "new\n")  # nobody has seen it before the run
    gate.open()
    gate.reached()
    gate.open()
    _, err = process.communicate(timeout=60)

    assert b"`main` runs once more: `new.inc` was written while it ran" in err
    assert project.read("build/main.out").startswith("a\nnew\n")
    assert process.returncode == 0
