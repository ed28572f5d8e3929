"""Whatever is done to a tree, the observer tells all that is not as it was: compared with two
plain looks at the disk, before and after."""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from jobmake.tools.globbing import matches, walk
from jobmake.tools.pathnames import parents
from tests.watch.support import MARK, Watching

if TYPE_CHECKING:
    from pathlib import Path

FILES = ["a", "b", "b/a", "b/c/a", "c/b", "c/c/c", "../out/a"]
FOLDERS = ["b/b", "c/a", "a"]
GLOBS = ["*/*/b", "c/**/a", "**/c", "a/*", "../out/b/*"]

NAMES = ("a", "b", "c")


Wanted = tuple[list[str], list[str], list[str]]
ALL: Wanted = (FILES, FOLDERS, GLOBS)


def look(root: str, wanted: Wanted) -> dict[str, object]:
    """What there is of all that is wanted: content and mode by name."""
    files, folders, globs = wanted
    names = {name for glob in globs for name in matches(root, glob)}
    found: dict[str, object] = {name: _state(root, name) for name in {*files, *names}}
    for folder in folders:
        for name, link in _below(root, folder):
            found[name.rstrip("/")] = link or _state(root, name)
    return {name: state for name, state in found.items() if state is not None and name != MARK}


def _below(root: str, folder: str) -> list[tuple[str, str | None]]:
    return walk(root, folder) if os.path.isdir(f"{root}/{folder}") else []


def _state(root: str, name: str) -> object:
    try:
        with open(os.path.join(root, name), "rb") as file:
            return file.read(), os.fstat(file.fileno()).st_mode
    except IsADirectoryError:
        return "folder"
    except OSError:
        return None


class Hand:
    """Does at random what people and programs do to files."""

    def __init__(self, base: Path, seed: int) -> None:
        self.base, self.random = base, random.Random(seed)
        self.count = 0

    def path(self) -> str:
        top = self.random.choice(["project", "project", "project", "out"])
        steps = self.random.choices(NAMES, k=self.random.randint(1, 3))
        return os.path.join(self.base, top, *steps)

    def act(self) -> None:
        deeds = [self.write, self.write, self.save, self.remove, self.move, self.link, self.make,
                 self.mode]  # fmt: skip
        try:
            self.random.choice(deeds)(self.path())
        except (OSError, shutil.Error):
            pass  # what cannot be done is not done

    def some_of(self, wanted: Wanted) -> Wanted:
        files, folders, globs = (
            self.random.sample(kind, self.random.randint(0, len(kind))) for kind in wanted
        )
        return files, folders, globs

    def write(self, path: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.count += 1
        with open(path, self.random.choice("wa")) as file:
            # of another length each time: who only looks tells it by that within one tick
            file.write("x" * self.count)

    def save(self, path: str) -> None:
        self.write(path + ".tmp")
        os.replace(path + ".tmp", path)

    def remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    def move(self, path: str) -> None:
        to = self.path()
        os.rename(path, to)
        if self.has_circle():
            self.remove(to)

    def link(self, path: str) -> None:
        to = self.path()
        if self.random.random() < 0.5:
            to = os.path.relpath(to, os.path.dirname(path))
        os.symlink(to, path + ".tmp")
        os.replace(path + ".tmp", path)
        if self.has_circle():
            os.unlink(path)

    def has_circle(self) -> bool:
        """Say whether a link leads to itself, so that no build can look at the folder."""
        for folder, folders, files in os.walk(self.base):
            for name in (*folders, *files):
                try:
                    os.stat(os.path.join(folder, name))
                except FileNotFoundError:
                    pass
                except OSError:
                    return True
        return False

    def make(self, path: str) -> None:
        os.makedirs(path)

    def mode(self, path: str) -> None:
        os.chmod(path, self.random.choice([0o755, 0o644]) if os.path.isfile(path) else 0o755)


@pytest.mark.parametrize("poll", [None, 0.001], ids=["notify", "polling"])
@pytest.mark.parametrize("seed", range(6))
def test_all_that_changed_is_told(tmp_path: Path, seed: int, poll: float | None) -> None:
    (tmp_path / "out").mkdir()
    seen = Watching(tmp_path / "project", poll)
    hand = Hand(tmp_path, seed)
    for _ in range(20):
        hand.act()
    if hand.has_circle():
        return
    wanted = ALL
    seen.watch(*wanted)
    root = str(seen.root)
    before = look(root, wanted)
    for step in range(40):
        for _ in range(hand.random.randint(1, 6)):
            hand.act()
        if hand.has_circle():
            break
        if step % 3 == 0:
            seen.watch(*ALL)  # what happened before is told all the same
        told = seen.told()
        now = look(root, wanted)
        changed = {name for name in {**before, **now} if before.get(name) != now.get(name)}
        # a folder is as it was if nothing is told that is in it
        told |= {name for one in told for name in parents(one)}
        assert changed <= told, f"step {step}"
        if step % 3 == 1:
            wanted = hand.some_of(ALL)
            seen.watch(*wanted)
        elif step % 3 == 0:
            wanted = ALL
        before = look(root, wanted)
    seen.observer.close()
