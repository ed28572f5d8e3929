"""The lockfile under git: merged by lines, mended after conflicts, never lost.

The file is committed. Of what git or a person does to it jobmake believes only records
that are whole, and of two that differ the one that the disk agrees with.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import Gate, Space

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = """
[params]
rate = 1

[target.clean]
run = "cat {inputs} > {outputs}"
inputs = ["raw.txt"]
outputs = ["clean.out"]

# room for more

[target.middle]
run = "cat {inputs} > {outputs}"
inputs = ["@clean"]
outputs = ["middle.out"]

# room for more

[target.train]
run = "echo {params.rate} > {outputs}"
outputs = ["train.out"]
"""


class Repository(Space):
    """A project under git; what is made is not committed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.write(".gitignore", "*.out\n")
        self.jobfile(JOBFILE)
        self.write("raw.txt", "raw\n")
        self.build()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *words: str, code: int = 0, config: str = "core.pager=cat") -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Ada", "-c", "user.email=ada@localhost", "-c", config, *words],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "HOME": str(self.root.parent), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=a change")

    def branch(self, name: str, old: str, new: str) -> None:
        """Make a branch of `main` in which an edit of the Jobfile is built and committed."""
        self.git("checkout", "--quiet", "-b", name, "main")
        self.replace("Jobfile.toml", old, new)
        self.build()
        self.commit()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


def target(name: str) -> str:
    return f"[target.{name}]\nrun = 'echo {name} > {{outputs}}'\noutputs = ['{name}.out']\n"


# -- branches ---------------------------------------------------------------------------------


@pytest.mark.case("C15")
def test_targets_added_in_two_branches_merge_without_a_conflict(repository: Repository) -> None:
    repository.branch("left", "[target.clean]", target("before") + "[target.clean]")
    repository.branch("right", "[target.train]", target("next_to_last") + "[target.train]")

    repository.git("merge", "--quiet", "left")

    result = repository.build()
    assert result.last_line == "up to date: 5 targets checked"
    assert repository.git("status", "--porcelain") == ""


def test_a_switch_between_branches_runs_what_they_differ_in(repository: Repository) -> None:
    repository.branch("other", "rate = 1", "rate = 2")

    repository.git("checkout", "--quiet", "main")
    result = repository.build()

    # the output on the disk is that of the other branch
    assert result.reason("train") == "output `train.out` was edited"
    assert result.built == ["train"]
    assert repository.git("status", "--porcelain") == ""


def test_a_clone_with_the_outputs_runs_nothing(repository: Repository) -> None:
    repository.write(".gitignore", "")
    repository.commit()

    clone = Space(repository.root.with_name("clone"))
    repository.git("clone", "--quiet", ".", str(clone.root))

    assert clone.build().fresh == ["clean", "middle", "train"]
    assert repository.git("-C", str(clone.root), "status", "--porcelain") == ""


# -- conflicts --------------------------------------------------------------------------------


@pytest.mark.case("C14", "C15")
@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_targets_added_side_by_side_are_both_kept(repository: Repository, style: str) -> None:
    repository.branch("left", "# room for more\n\n[target.m", target("dear") + "\n[target.m")
    repository.branch("right", "[target.train]", target("ear") + "[target.train]")
    config = f"merge.conflictStyle={style}"

    repository.git("merge", "--quiet", "left", code=1, config=config)
    assert repository.git("diff", "--name-only", "--diff-filter=U") == "Jobfile.lock\n"

    assert repository.build().last_line == "up to date: 5 targets checked"
    assert "<<<<" not in repository.read("Jobfile.lock")


@pytest.mark.case("C14")
@pytest.mark.parametrize("jobfile", ["ours", "theirs"])
@pytest.mark.parametrize("disk", ["ours", "theirs", "neither"])
def test_of_a_conflict_the_record_is_kept_that_the_disk_agrees_with(
    repository: Repository, jobfile: str, disk: str
) -> None:
    repository.branch("theirs", "rate = 1", "rate = 2")
    repository.branch("ours", "rate = 1", "rate = 3")
    repository.git("merge", "--quiet", "theirs", code=1)
    repository.git("checkout", f"--{jobfile}", "Jobfile.toml")
    repository.write("train.out", {"ours": "3\n", "theirs": "2\n", "neither": "4\n"}[disk])
    assert repository.read("Jobfile.lock").count("<<<<<<<") > 0

    result = repository.build()

    kept = {"ours": "param `rate` changed 3 -> 2", "theirs": "param `rate` changed 2 -> 3",
            "neither": "it was never built"}[disk]  # fmt: skip
    assert result.built == ([] if jobfile == disk else ["train"])
    assert jobfile == disk or result.reason("train") == kept
    assert repository.read("train.out") == ("3\n" if jobfile == "ours" else "2\n")
    assert repository.build().built == []
    assert "<<<<" not in repository.read("Jobfile.lock")


@pytest.mark.case("C14")
def test_a_conflict_is_looked_at_without_being_mended(repository: Repository) -> None:
    repository.branch("theirs", "rate = 1", "rate = 2")
    repository.branch("ours", "rate = 1", "rate = 3")
    repository.git("merge", "--quiet", "theirs", code=1)
    repository.git("checkout", "--theirs", "Jobfile.toml")
    before = repository.read("Jobfile.lock")

    assert repository.run("why", "train").out.startswith(
        "train is stale:\n  param `rate` changed 3 -> 2\n  its last run: "
    )
    assert repository.read("Jobfile.lock") == before


# -- a lockfile that changes while jobmake builds ---------------------------------------------


@pytest.mark.case("C17")
def test_a_lockfile_changed_during_a_build_is_merged_record_by_record(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(target("other") + target("theirs"))
    space.build()
    elsewhere = space.read("Jobfile.lock")
    space.jobfile(target("other") + f"[target.slow]\nrun = '''{gate.command}'''\n")
    space.replace("Jobfile.toml", "echo other", "echo another")
    space.build("other")

    process = space.start("build")
    gate.reached()
    space.write("Jobfile.lock", elsewhere)  # as `git checkout` of another branch does
    gate.open()
    process.communicate()

    # what this build made is added; all else is as it was found, known to our Jobfile or not
    end = elsewhere.index("[target.theirs]")
    records = space.read("Jobfile.lock")
    assert records.startswith(elsewhere[:end] + "[target.slow]\n")
    assert records.endswith("\n" + elsewhere[end:])
    assert space.run("why", "other").out.startswith("other is stale:\n  command changed:\n")


@pytest.mark.case("C17")
def test_a_lockfile_damaged_during_a_build_is_left_and_the_work_is_not_lost(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(target("other") + f"[target.slow]\nrun = '''{gate.command}'''\n")
    space.build("other")
    lockfile = space.read("Jobfile.lock")

    process = space.start("build")
    gate.reached()
    space.write("Jobfile.lock", "<html>")
    gate.open()
    err = process.communicate()[1].decode()

    assert process.returncode == 3
    assert (
        "error: the lockfile `Jobfile.lock` was changed during the build and cannot be read" in err
    )
    assert space.read("Jobfile.lock") == "<html>"
    space.write("Jobfile.lock", lockfile)
    assert space.build().fresh == ["other", "slow"]


def held_in_git(repository: Repository) -> tuple[Gate, subprocess.Popen[bytes]]:
    """Commit a target that is held, and begin to build it; there is a branch `other`, in which
    another param and another target were built."""
    gate = repository.gate("held")
    repository.write(".gitignore", "*.out\n.gates/\n")
    slow = f'[target.slow]\nrun = "{gate.command}; echo made > {{outputs}}"\n'
    repository.jobfile(JOBFILE + slow + 'outputs = ["slow.out"]\n')
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "other")
    repository.jobfile(JOBFILE.replace("rate = 1", "rate = 2") + target("theirs"))
    repository.build()
    repository.commit()
    repository.git("checkout", "--quiet", "main")
    process = repository.start("build", "-j2")
    gate.reached()
    assert process.stderr is not None
    while not process.stderr.readline().startswith(b"built train"):
        pass
    return gate, process


def records_of(text: str) -> dict[str, str]:
    """Return the text of each record of a lockfile, by the name of its target."""
    found: dict[str, str] = {}
    for table in re.split(r"^(?=\[)", text, flags=re.MULTILINE)[1:]:
        name = table[len("[target.") :].partition("]")[0].partition(".")[0]
        found[name] = found.get(name, "") + table.rstrip("\n") + "\n"
    return found


@pytest.mark.case("C17")
def test_a_checkout_of_another_branch_during_a_build(repository: Repository) -> None:
    gate, process = held_in_git(repository)

    repository.git("checkout", "--quiet", "other")
    gate.open()
    _, err = process.communicate()

    assert process.returncode == 0, err
    theirs = records_of(repository.git("show", "other:Jobfile.lock"))
    now = records_of(repository.read("Jobfile.lock"))
    # of ours there is what this build made, besides theirs
    assert '"slow.out" = ' in now.pop("slow")
    made = now.pop("train")
    assert now == {name: one for name, one in theirs.items() if name != "train"}
    assert "rate = 1\n" in made, "built while the checkout came"
    # the disk has what was built last, and the Jobfile is theirs
    again = repository.build()
    assert again.reason("train") == "param `rate` changed 1 -> 2"
    assert (again.built, again.fresh) == (["train"], ["clean", "middle", "theirs"])
    assert repository.git("status", "--porcelain") == ""
    assert repository.build().built == []


@pytest.mark.case("C17")
def test_a_checkout_there_and_back_during_a_build(repository: Repository) -> None:
    gate, process = held_in_git(repository)
    committed = repository.read("Jobfile.lock")

    repository.git("checkout", "--quiet", "other")
    repository.git("checkout", "--quiet", "main")
    gate.open()
    process.communicate()

    assert process.returncode == 0
    now = records_of(repository.read("Jobfile.lock"))
    assert '"slow.out" = ' in now.pop("slow")
    assert now == records_of(committed)
    assert repository.build().built == []


@pytest.mark.case("C17")
def test_a_stash_during_a_build_loses_nothing_that_was_not_stashed(repository: Repository) -> None:
    gate, process = held_in_git(repository)
    repository.write("raw.txt", "edited\n")  # not built, nor committed

    repository.git("stash", "push", "--quiet")
    gate.open()
    process.communicate()

    assert process.returncode == 0
    assert repository.build().built == []
    repository.commit()
    repository.git("stash", "pop", "--quiet")
    assert repository.build().built == ["clean", "middle"]


# -- a lockfile that cannot be read -----------------------------------------------------------


@pytest.mark.case("C10")
@pytest.mark.parametrize("damage", [b"", b"<html>", b"\xff\xfe", b"lock-version = 'one'", b"a = 1"])
def test_a_damaged_lockfile_is_set_aside_and_named(repository: Repository, damage: bytes) -> None:
    repository.write("Jobfile.lock", damage)

    assert repository.run("status").out.endswith("up to date: 0 targets\n")
    result = repository.build()

    assert "note: the lockfile could not be read (" in result.err
    assert "): it is kept as `Jobfile.lock.damaged-1`, and targets" in result.err
    assert sorted(result.built) == ["clean", "middle", "train"]
    assert repository.path("Jobfile.lock.damaged-1").read_bytes() == damage
    assert repository.git("status", "--porcelain") == "?? Jobfile.lock.damaged-1\n"


def test_a_flipped_bit_costs_one_target(repository: Repository) -> None:
    place = repository.read("Jobfile.lock").index("rate = 1")
    text = repository.read("Jobfile.lock")
    repository.write("Jobfile.lock", text[:place] + "rate = 5" + text[place + 8 :])

    result = repository.build()

    assert (result.built, result.fresh) == (["train"], ["clean", "middle"])
    assert repository.git("status", "--porcelain") == ""


def test_another_way_to_write_it_is_read_and_set_right(repository: Repository) -> None:
    text = repository.read("Jobfile.lock")
    repository.write("Jobfile.lock", text.replace("\n", "  # mine\r\n"))

    assert repository.build().built == []
    assert repository.read("Jobfile.lock") == text


@pytest.mark.case("C16")
@pytest.mark.parametrize("verb", ["build", "status", "why train"])
def test_a_lockfile_of_a_newer_jobmake_is_left_alone(repository: Repository, verb: str) -> None:
    repository.replace("Jobfile.lock", "lock-version = 1", "lock-version = 2")
    text = repository.read("Jobfile.lock")

    result = repository.run(*verb.split(), code=3)

    assert result.err == (
        "error: the lockfile is of version 2, and this jobmake knows 1\n"
        "hint: install a newer jobmake; the lockfile is left as it is\n"
    )
    assert repository.read("Jobfile.lock") == text
