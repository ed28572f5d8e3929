"""Git merges the lockfile by jobmake: branches that were built apart come together without
conflict markers, and the next build runs what has to run, and nothing else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from jobmake.memory import lockfile
from jobmake.model.fingerprint import Fingerprint, Record
from tests.amounts import amount
from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = """
[params]
rate = 1

# room for more

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
    """A project under git, with jobmake as what merges its lockfile; what is made is not
    committed. ``folder`` is that of the project in it."""

    def __init__(self, root: Path, folder: str = ".") -> None:
        super().__init__(root / folder)
        self.top = root
        program = root.parent / "bin" / "jobmake"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobmake "$@"\n')
        program.chmod(0o755)
        self.bin = str(program.parent)
        self.write(".gitignore", "*.out\n")
        self.jobfile(JOBFILE)
        self.write("raw.txt", "raw\n")
        self.git("init", "--quiet", "--initial-branch=main", str(root))
        self.run("init", "--git")
        self.build()
        self.commit()

    def git(self, *words: str, code: int | None = 0) -> str:
        settings = ("-c", "user.name=Ada", "-c", "user.email=ada@localhost")
        done = subprocess.run(
            ["git", *settings, *words],
            cwd=self.root,
            env=self.environ({"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
                              "HOME": str(self.top.parent), "GIT_EDITOR": "true"}),
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def commit(self) -> None:
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--message=a change")

    def branch(self, name: str, *edits: tuple[str, str, str]) -> None:
        """Make a branch of `main` in which edits (file, old, new) are built and committed."""
        self.git("checkout", "--quiet", "-b", name, "main")
        for file, old, new in edits:
            self.replace(file, old, new)
        self.build()
        self.commit()

    def unmerged(self) -> list[str]:
        return self.git("diff", "--name-only", "--diff-filter=U").split()

    def assert_settled(self) -> None:
        """The lockfile is right, committed, and the next build has nothing to do."""
        assert self.run("lock", "--check").out == "Jobfile.lock is as it should be\n"
        assert self.build().built == []


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


def target(name: str) -> str:
    return f"[target.{name}]\nrun = 'echo {name} > {{outputs}}'\noutputs = ['{name}.out']\n\n"


RATE_2 = ("Jobfile.toml", "rate = 1", "rate = 2")
RATE_3 = ("Jobfile.toml", "rate = 1", "rate = 3")
RAW = ("raw.txt", "raw", "better")


# -- merge ------------------------------------------------------------------------------------


def test_of_two_branches_that_built_different_targets_one_is_built_here(
    repository: Repository,
) -> None:
    repository.branch("left", RATE_2)
    repository.branch("right", RAW)

    repository.git("merge", "--quiet", "left")

    result = repository.build()
    # the disk is as the right branch left it
    assert (result.built, result.fresh) == (["train"], ["clean", "middle"])
    assert repository.git("status", "--porcelain") == ""
    repository.assert_settled()


@pytest.mark.case("C15")
def test_neighbours_in_the_lockfile_make_no_conflict(repository: Repository) -> None:
    # `dear` and `ear` come to stand side by side, where lines alone would conflict
    repository.branch("left", ("Jobfile.toml", "[target.m", target("dear") + "[target.m"))
    repository.branch("right", ("Jobfile.toml", "[target.t", target("ear") + "[target.t"))

    repository.git("merge", "--quiet", "left")

    assert repository.build().last_line == "up to date: 5 targets checked"
    assert repository.git("status", "--porcelain") == ""


def fifty(chosen: random.Random) -> tuple[str, list[str]]:
    """Return the text of fifty targets with names from all over the alphabet, and the names."""
    names = sorted({"".join(chosen.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(50)})
    return "".join(map(target, names)), names


@pytest.mark.case("C15")
@pytest.mark.parametrize("seed", range(amount(2, 20)))
@pytest.mark.parametrize("driver", [True, False], ids=["driver", "by lines"])
def test_branches_that_add_fifty_targets_each(
    repository: Repository, seed: int, driver: bool
) -> None:
    """Their records stand one among the other: lines alone often cannot be merged, records can;
    and what git leaves the next build settles."""
    if not driver:
        repository.write(".gitattributes", "")
        repository.commit()
    chosen = random.Random(seed)
    (left, those), (right, these) = fifty(chosen), fifty(chosen)
    repository.branch("left", ("Jobfile.toml", "[target.clean]", left + "[target.clean]"))
    repository.branch("right", ("Jobfile.toml", "[target.train]", right + "[target.train]"))

    repository.git("merge", "--quiet", "left", code=0 if driver else None)

    if driver:
        assert repository.git("status", "--porcelain") == ""
        assert repository.run("lock", "--check").out == "Jobfile.lock is as it should be\n"
    else:
        assert repository.unmerged() in ([], ["Jobfile.lock"])
    result = repository.build()
    assert result.built == []
    assert set(result.fresh) == {"clean", "middle", "train", *those, *these}
    assert "<<<<" not in repository.read("Jobfile.lock")
    if not driver:
        repository.git("commit", "--all", "--quiet", "--message=merged", code=None)
    assert repository.git("status", "--porcelain") == ""
    repository.assert_settled()


@pytest.mark.parametrize("rate", [2, 3, 4])
def test_of_one_target_built_in_both_the_record_of_the_disk_is_kept(
    repository: Repository, rate: int
) -> None:
    repository.branch("left", RATE_2)
    repository.branch("right", RATE_3)

    repository.git("merge", "--quiet", "left", code=1)

    assert repository.unmerged() == ["Jobfile.toml"]
    repository.jobfile(JOBFILE.replace("rate = 1", f"rate = {rate}"))
    result = repository.build()
    assert result.built == ([] if rate == 3 else ["train"])
    assert rate == 3 or result.reason("train") == f"param `rate` changed 3 -> {rate}"
    repository.commit()
    repository.assert_settled()


def test_of_one_target_built_in_both_no_record_is_kept_that_the_disk_contradicts(
    repository: Repository,
) -> None:
    repository.branch("left", RATE_2)
    repository.branch("right", RATE_3)
    repository.write("train.out", "by hand\n")

    told = repository.git("merge", "--quiet", "left", code=1)

    assert (
        "Jobfile.lock: dropped the record of `train`, which both sides changed: it will be"
        " built again\n"
    ) in told
    repository.git("checkout", "--ours", "Jobfile.toml")
    result = repository.build()
    assert result.reason("train") == "it was never built"
    assert result.built == ["train"]


def test_a_target_renamed_in_one_branch_and_others_built_in_the_other(
    repository: Repository,
) -> None:
    repository.branch("left", ("Jobfile.toml", "[target.middle]", "[target.centre]"))
    repository.branch("right", RATE_2)

    repository.git("merge", "--quiet", "left")

    assert "middle" not in repository.read("Jobfile.lock").replace("middle.out", "")
    assert repository.build().fresh == ["clean", "centre", "train"]
    repository.assert_settled()


def test_a_target_removed_in_one_branch_and_built_in_the_other(repository: Repository) -> None:
    repository.branch("left", RATE_2)
    end = JOBFILE[JOBFILE.index("\n# room for more\n\n[target.train]") :]
    repository.branch("right", ("Jobfile.toml", end, "\n"))

    repository.git("merge", "--quiet", "left")

    assert repository.build().built == []
    assert "train" not in repository.read("Jobfile.lock")


def test_a_project_in_a_folder_of_the_repository_is_merged_by_its_own_disk(
    tmp_path: Path,
) -> None:
    repository = Repository(tmp_path / "all", "here/the project")
    repository.branch("left", RATE_2)
    repository.branch("right", RATE_3)

    repository.git("merge", "--quiet", "left", code=1)
    repository.git("checkout", "--ours", "Jobfile.toml")

    assert repository.build().fresh == ["clean", "middle", "train"]


# -- rebase and cherry-pick -------------------------------------------------------------------


def test_a_rebase_keeps_what_was_built_on_the_branch(repository: Repository) -> None:
    repository.branch("topic", RATE_2)
    repository.git("checkout", "--quiet", "main")
    repository.replace("raw.txt", "raw", "better")
    repository.build()
    repository.commit()
    repository.git("checkout", "--quiet", "topic")
    repository.build()
    assert repository.git("status", "--porcelain") == ""

    repository.git("rebase", "--quiet", "main")

    result = repository.build()
    assert sorted(result.built) == ["clean", "middle"]  # the disk was as `topic` began
    assert repository.git("status", "--porcelain") == ""
    repository.assert_settled()


def test_a_rebase_over_a_change_of_the_same_target(repository: Repository) -> None:
    repository.branch("topic", RATE_2)
    repository.git("checkout", "--quiet", "main")
    repository.replace(*RATE_3)
    repository.build()
    repository.commit()
    repository.git("checkout", "--quiet", "topic")
    repository.build()

    repository.git("rebase", "--quiet", "main", code=1)
    assert repository.unmerged() == ["Jobfile.toml"]
    repository.git("checkout", "--theirs", "Jobfile.toml")
    repository.git("add", "Jobfile.toml")
    repository.git("rebase", "--continue")

    # what the branch built is on the disk, and its record was kept
    assert repository.build().fresh == ["clean", "middle", "train"]
    assert repository.git("status", "--porcelain") == ""


def test_a_cherry_pick_brings_the_records_of_its_targets_only(repository: Repository) -> None:
    repository.branch("left", RATE_2)
    repository.replace("raw.txt", "raw", "better")
    repository.build()
    repository.commit()
    repository.branch("right", ("Jobfile.toml", "[target.m", target("dear") + "[target.m"))

    repository.git("cherry-pick", "left~1")

    result = repository.build()
    assert (result.built, len(result.fresh)) == (["train"], 3)
    assert repository.git("status", "--porcelain") == ""
    repository.assert_settled()


# -- the driver itself ------------------------------------------------------------------------


def record(value: str) -> Record:
    return Record(Fingerprint.of([("version", "", f'"{value}"')]), {"out": f"xxh3:{value}"})


def test_a_side_that_cannot_be_read_is_left_to_git(space: Space) -> None:
    good = lockfile.write({"a": record("1")})
    space.write("base", good)
    space.write("ours", good)
    space.write("theirs", "<html>")

    result = space.run("lock", "--merge-driver", "base", "ours", "theirs", code=1)

    assert result.err.startswith("error: the lockfile cannot be merged: one side cannot be read: ")
    assert space.path("ours").read_bytes() == good


@pytest.mark.parametrize("base", ["", "<html>", "good"])
def test_what_one_side_lacks_from_the_start_is_taken_from_the_other(
    space: Space, base: str
) -> None:
    space.write("base", lockfile.write({"b": record("b")}) if base == "good" else base)
    space.write("ours", lockfile.write({"a": record("1"), "b": record("b")}))
    space.write("theirs", lockfile.write({"b": record("b"), "c": record("3")}))

    space.run("lock", "--merge-driver", "base", "ours", "theirs")

    whole = {"a": record("1"), "b": record("b"), "c": record("3")}
    assert space.path("ours").read_bytes() == lockfile.write(whole)


def test_without_a_project_at_hand_no_side_is_believed(space: Space) -> None:
    for name, value in (("base", "0"), ("ours", "1"), ("theirs", "2")):
        space.write(name, lockfile.write({"a": record(value)}))

    result = space.run("lock", "--merge-driver", "base", "ours", "theirs", "no/Jobfile.lock")

    assert space.path("ours").read_bytes() == lockfile.write({})
    assert "dropped the record of `a`" in result.err


def test_markers_that_somebody_committed_are_merged_away(space: Space) -> None:
    one, two = (lockfile.write({"a": record(value)}).decode() for value in "12")
    space.write("base", one)
    space.write("ours", f"<<<<<<< ours\n{one}=======\n{two}>>>>>>> theirs\n")
    space.write("theirs", one)

    space.run("lock", "--merge-driver", "base", "ours", "theirs")

    assert space.path("ours").read_bytes() == lockfile.write({})


def test_the_driver_wants_three_or_four_files(space: Space) -> None:
    result = space.run("lock", "--merge-driver", "base", "ours", code=2)
    assert result.err.startswith("error: `--merge-driver` takes three files, and the path")


# -- init -------------------------------------------------------------------------------------


def test_init_sets_git_up_once_and_keeps_what_is_there(space: Space) -> None:
    subprocess.run(["git", "init", "--quiet", "."], cwd=space.root, check=True)
    space.write(".gitattributes", "*.png binary")

    first = space.run("init")

    assert space.read(".gitattributes") == "*.png binary\nJobfile.lock merge=jobmake\n"
    assert first.err == (
        "wrote Jobfile.toml: try `jobmake build`, and `jobmake list`\n"
        "wrote .gitattributes: git merges Jobfile.lock by jobmake; commit it\n"
        "told git in this clone how to call jobmake; other clones need `jobmake init --git`\n"
    )
    assert space.run("init", "--git").err == "git knows how to call jobmake already\n"
    assert space.read(".gitattributes") == "*.png binary\nJobfile.lock merge=jobmake\n"
    config = ["git", "config", "--local", "merge.jobmake.driver"]
    told = subprocess.run(config, cwd=space.root, capture_output=True, check=True, text=True)
    assert told.stdout == "jobmake lock --merge-driver %O %A %B %P\n"


def test_init_leaves_another_way_to_merge_alone(space: Space) -> None:
    subprocess.run(["git", "init", "--quiet", "."], cwd=space.root, check=True)
    space.write(".gitattributes", "*.lock merge=ours\n")

    result = space.run("init", "--git", "-f", "other.toml")

    assert "left .gitattributes as it is: there git merges other.lock by `merge=ours`" in result.err
    assert space.read(".gitattributes") == "*.lock merge=ours\n"
    assert not space.exists("other.toml")


def test_init_for_git_outside_of_git_is_an_error(space: Space) -> None:
    result = space.run("init", "--git", code=2)
    assert result.err == (
        f"error: `{space.root}` is not in a work tree of git\nhint: `git init` makes one\n"
    )
    assert not space.exists("Jobfile.toml")
