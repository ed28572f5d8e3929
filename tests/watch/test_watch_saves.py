"""Editors save in ways of their own, tools write thousands of files, folders are swapped: a watch
builds what there is at the end, and no more often than it has to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.amounts import amount, needs_root
from tests.faults.disks import in_memory
from tests.watch.rig import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support import Space
    from tests.watch.rig import Watch

COPY = """
[target.copy]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["out/copy"]
[target.all]
run = "cat {inputs} | sort | uniq -c > {outputs}"
inputs = ["src/**/*.txt"]
outputs = ["out/all"]
"""


@pytest.fixture
def copy(space: Space) -> Space:
    """One file that is copied, and a folder of which all files are."""
    space.jobfile(COPY)
    space.write("a.txt", "begin\n")
    space.write("src/one.txt", "one\n")
    return space


# -- editors ---------------------------------------------------------------------------


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def vim(path: Path, text: str) -> None:
    probe = path.with_name("4913")
    probe.touch()
    probe.unlink()
    swap = path.with_name(f".{path.name}.swp")
    swap.write_bytes(b"b0VIM")
    os.rename(path, f"{path}~")
    path.write_text(text)
    os.unlink(f"{path}~")
    swap.unlink()


def emacs(path: Path, text: str) -> None:
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("someone@somewhere.1:2")
    draft = path.with_name(f"#{path.name}#")
    draft.write_text(text)
    shutil.copy2(path, f"{path}~")
    path.write_text(text)
    draft.unlink()
    lock.unlink()


def gedit(path: Path, text: str) -> None:
    new = path.with_name(".goutputstream-A1B2C3")
    new.write_text(text)
    new.rename(path)


def vscode(path: Path, text: str) -> None:
    with path.open("r+") as file:
        file.truncate()
        file.write(text)
        os.fsync(file.fileno())


def sed(path: Path, text: str) -> None:
    subprocess.run(["sed", "-i", f"s/.*/{text.strip()}/", path], check=True)


def in_two_steps(path: Path, text: str) -> None:
    os.truncate(path, 0)
    with path.open("a") as file:
        file.write(text[:2])
        file.flush()
        file.write(text[2:])


def twice(path: Path, text: str) -> None:
    path.write_text("a draft\n")
    gedit(path, text)


@pytest.mark.case("E04")
@pytest.mark.parametrize("save", [in_place, vim, emacs, gedit, vscode, sed, in_two_steps, twice])
def test_what_an_editor_saves_is_built_once(copy: Space, save: Callable[[Path, str], None]) -> None:
    with watching(copy, "copy") as watch:
        watch.rests()
        for turn in range(amount(3, 50)):
            text = f"saved {turn}\n"
            with watch.held():  # a save that is seen half-way may be built twice
                save(copy.path("a.txt"), text)
            told = watch.rests()
            assert (told.built, told.builds) == (["copy"], 1)
            assert copy.read("out/copy") == text
        copy.write("a.txt", "last\n")  # nothing came after what was saved
        assert watch.rests().builds == 1


@pytest.mark.case("E04")
@pytest.mark.parametrize("save", [vim, emacs, in_two_steps])
def test_a_save_that_is_seen_half_way_ends_with_what_was_saved(
    copy: Space, save: Callable[[Path, str], None]
) -> None:
    with watching(copy, "copy") as watch:
        watch.rests()
        for turn in range(amount(2, 50)):
            save(copy.path("a.txt"), f"saved {turn}\n")
            until(watch, partial(copied, copy, f"saved {turn}\n"))
    copy.run("status", "--check", "copy")


def copied(space: Space, text: str) -> bool:
    return space.read("out/copy") == text


def until(watch: Watch, done: Callable[[], bool]) -> int:
    """Wait until what is built is as it should be; return how many builds that took."""
    builds = 0
    while not done():
        builds += watch.rests().builds
    return builds


# -- many files at once ----------------------------------------------------------------


@pytest.mark.case("E01")
def test_a_flood_of_events_leads_to_a_few_builds(copy: Space) -> None:
    names = [f"src/{number % 20}/{number}.txt" for number in range(500)]
    for name in names:
        copy.write(name, "old\n")
    with watching(copy, "all") as watch:
        watch.rests()
        with watch.held():
            for turn in range(20):
                for name in names:
                    os.utime(copy.path(name), (turn, turn))
            for name in names:
                copy.write(name, "new\n")
        told = watch.rests()
        assert (told.built, told.builds) == (["all"], 1)
        assert copy.read("out/all").split() == ["500", "new", "1", "one"]


@pytest.mark.case("E10")
def test_a_checkout_of_many_files_is_built_once_or_twice(copy: Space) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", copy.root, *identity, *words], check=True)

    names = [f"src/{number % 50}/{number}.txt" for number in range(amount(500, 5000))]
    copy.write(".gitignore", "out/\n.jobmake/\nJobfile.lock\n")
    git("init", "-q", "-b", "left")
    for branch in ("left", "right"):
        for name in names:
            copy.write(name, f"{branch}\n")
        git("add", ".")
        git("commit", "-q", "-m", branch)
        git("checkout", "-q", "-B", "right")
    with watching(copy, "all") as watch:
        watch.rests()
        for turn in range(amount(2, 20)):
            branch = "left" if turn % 2 == 0 else "right"
            with watch.held():
                git("checkout", "-q", branch)
            wanted = sorted([f"{len(names)} {branch}", "1 one"])
            assert until(watch, partial(is_counted, copy, wanted)) <= 2


def is_counted(space: Space, wanted: list[str]) -> bool:
    return counted(space) == wanted


def counted(space: Space) -> list[str]:
    """The lines of the file that counts."""
    return sorted(" ".join(line.split()) for line in space.read("out/all").splitlines())


# -- folders ---------------------------------------------------------------------------


@pytest.mark.case("E05")
def test_a_folder_that_another_is_mounted_over_and_away(copy: Space) -> None:
    needs_root()
    with watching(copy, "all") as watch:
        watch.rests()
        with in_memory(copy.path("src"), "size=1m"):
            copy.write("src/mounted.txt", "mounted\n")
            watch_sees_by_an_edit(copy, watch, ["1 mounted"])
        copy.write("src/two.txt", "two\n")
        until(watch, lambda: counted(copy) == ["1 one", "1 two"])


def watch_sees_by_an_edit(space: Space, watch: Watch, wanted: list[str]) -> None:
    """What is mounted is no event of its own: a save of the Jobfile has all looked at again."""
    space.jobfile(COPY + "# saved\n")
    until(watch, lambda: counted(space) == wanted)


@pytest.mark.case("E05")
def test_a_new_tree_that_is_deep_is_seen_to_its_leaves(copy: Space) -> None:
    depth = amount(60, 200)
    deep = "/".join("d" for _ in range(depth))
    with watching(copy, "all") as watch:
        watch.rests()
        copy.write(f"src/{deep}/leaf.txt", "leaf\n")
        until(watch, lambda: "1 leaf" in counted(copy))
        copy.write(f"src/{deep}/leaf.txt", "green\n")
        assert watch.rests().built == ["all"]
        assert "1 green" in counted(copy)


# -- its own outputs -------------------------------------------------------------------


@pytest.mark.case("E07")
def test_outputs_in_a_folder_that_is_watched_lead_to_no_other_build(space: Space) -> None:
    space.jobfile(
        """
        [target.made]
        run = "cat {inputs} > {outputs}; echo said"
        inputs = ["src/in.txt"]
        outputs = ["src/made.md"]
        capture = "stdout"
        [target.all]
        run = "cat {inputs} > {outputs}"
        inputs = ["src/*.txt", "@made"]
        outputs = ["src/all.out"]
        [target.folder]
        run = "mkdir -p src/tree; cp {inputs} src/tree"
        inputs = ["src/in.txt"]
        outputs = ["src/tree/"]
        """
    )
    space.write("src/in.txt", "1\n")
    with watching(space, "--no-cache") as watch:
        assert watch.rests().builds == 1
        for text in ("2\n", "3\n"):
            space.write("src/in.txt", text)
            told = watch.rests()
            # were there a build for what was written, it would come before the next edit's
            assert (told.builds, sorted(told.built)) == (1, ["all", "folder", "made"])
            assert told.changed == ["src/in.txt"]
