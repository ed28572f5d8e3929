"""Random edits, by hand and of times, under every combination of checks.

The same edits are made in three projects: with `content`, with `timestamps`, and with both. A
target of the third is stale when, and only when, it is stale by one of the two rules; what was
built is up to date after it; and with `content` among the checks all outputs are those of a clean
build.
"""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING

import pytest

from jobmake.model.decision import Fresh
from tests.checks.rig import build, opened
from tests.support import Space
from tests.walks.ground import seeds

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = """
[project]
check = CHECK

[target.first]
run = "cat {inputs} | tr a-z A-Z > {outputs}"
inputs = ["a.txt", "b.txt"]
outputs = ["first.txt"]

[target.tree]
run = "mkdir {outputs} && cat src/*.txt > {outputs}/all.txt"
inputs = ["src/"]
outputs = ["tree/"]

[target.kept]
run = "sort -u -o {outputs} {inputs}; cut -c 1-3 {outputs} > /dev/null; touch -d @99 {outputs}"
inputs = ["first.txt", "tree/all.txt"]
outputs = ["kept.txt"]
keep = true

[target.last]
run = "cp -p kept.txt {outputs}"
inputs = ["kept.txt"]
outputs = ["last.txt"]
needs = ["tree"]
"""
SOURCES = ("a.txt", "b.txt", "src/c.txt", "src/d/e.txt")
MADE = ("first.txt", "tree/all.txt", "kept.txt", "last.txt")
CHECKS = {
    "content": '"content"',
    "timestamps": '"timestamps"',
    "both": '["content", "timestamps"]',
}
STEP = 1_000_000_000


class Three:
    """Three projects that go through the same edits."""

    def __init__(self, folder: Path, seed: int, *, cache: bool) -> None:
        self.chance = random.Random(seed)
        self.spaces = {name: Space(folder / name) for name in CHECKS}
        self.cache = cache
        for name, space in self.spaces.items():
            space.jobfile(TARGETS.replace("CHECK", CHECKS[name]))
            for path in SOURCES:
                space.write(path, "x\n")

    def edit(self) -> None:
        """Make one edit everywhere."""
        chance = self.chance
        path = chance.choice((*SOURCES, *SOURCES, *MADE))
        what = chance.choice(("write", "touch", "put back", "remove", "new", "clean"))
        text, ago = chance.choice("abc") + "\n", chance.randint(1, 1000) * STEP
        for space in self.spaces.values():
            full = space.path(path)
            if what == "write":
                space.write(path, text)
            elif what == "touch" and full.exists():
                full.touch()
            elif what == "put back" and full.exists():  # another text, and an old time
                space.write(path, text)
                old = full.stat().st_mtime_ns - ago
                os.utime(full, ns=(old, old))
            elif what == "remove" and path in MADE:
                if full.parent != space.root:  # by its times alone a folder is there, or not
                    shutil.rmtree(full.parent, ignore_errors=True)
                full.unlink(missing_ok=True)
            elif what == "new":
                space.write(f"src/{text.strip()}.txt", text)
            elif what == "clean":
                space.path("last.txt").unlink(missing_ok=True)

    def stale(self, space: Space, check: str) -> set[str]:
        """The targets that are not up to date by a check, whatever the Jobfile has."""
        space.jobfile(TARGETS.replace("CHECK", CHECKS[check]))
        project = opened(space, cache=self.cache)
        found = project.forecast(project.graph.order, lambda _event: None)
        return {one.target.name for one in found if not isinstance(one.forecast, Fresh)}

    def check_union(self) -> None:
        """With both rules that is stale which is stale by one of them."""
        space = self.spaces["both"]
        by = {check: self.stale(space, check) for check in CHECKS}
        assert by["both"] == by["content"] | by["timestamps"]

    def build(self) -> None:
        for name, space in self.spaces.items():
            build(opened(space, cache=self.cache))
            again = build(opened(space, cache=self.cache))
            assert (again.ran, again.restored, again.failed) == ([], [], {}), name
            if name != "timestamps":
                self.check_clean(space)

    def check_clean(self, space: Space) -> None:
        upper = "".join(space.read(one) for one in ("a.txt", "b.txt")).upper()
        assert space.read("first.txt") == upper
        files = [one for one in sorted(space.path("src").iterdir()) if one.is_file()]
        assert space.read("tree/all.txt") == "".join(one.read_text() for one in files)
        lines = (upper + space.read("tree/all.txt")).splitlines()
        expected = "".join(f"{one}\n" for one in sorted(set(lines)))
        assert sorted(space.read("kept.txt")) == sorted(expected)
        assert space.read("last.txt") == space.read("kept.txt")


@pytest.mark.parametrize("seed", seeds(2, 50))
@pytest.mark.parametrize("cache", [False, True])
def test_both_rules_are_the_union_and_no_combination_runs_for_ever(
    tmp_path: Path, seed: int, cache: bool
) -> None:
    three = Three(tmp_path, seed, cache=cache)
    three.build()
    for _ in range(5):
        for _ in range(three.chance.randint(1, 3)):
            three.edit()
        three.check_union()
        three.build()
