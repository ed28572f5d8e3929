"""Random projects and random edits of what is in files: what is built where only an edit is looked
at is what the whole project would have built.

Every such build is compared with one of a copy of which the whole is opened (`Twin` in
`tests/walks/ground.py`): what ran and why, what failed, all files and the lockfile.
"""

from __future__ import annotations

import os

import pytest

from tests.amounts import amount
from tests.unchanged.rig import TOLD
from tests.unchanged.test_random_looks import NEEDS, TARGETS, Looks
from tests.walks.ground import seeds

MORE = {
    "chain": {
        "run": "tr a-z A-Z < {inputs} > {outputs}",
        "inputs": ["@copy"],
        "outputs": ["out/c"],
    },
    "same": {"run": "wc -l < {inputs} > {outputs}", "inputs": ["src/a.txt"], "outputs": ["out/n"]},
    "user": {"run": "cat {inputs} > {outputs}", "inputs": ["@same"], "outputs": ["out/u"]},
    "group": {"needs": ["chain", "user"]},
    "after": {"run": "cat out/c > {outputs}", "needs": ["group"], "outputs": ["out/after"]},
    "picky": {
        "run": "! grep -q more {inputs} && cp {inputs} {outputs}",
        "inputs": ["src/b.txt"],
        "outputs": ["out/p"],
    },
    "loose": {
        "run": "! grep -q more {inputs} && cp {inputs} {outputs}",
        "inputs": ["src/x.dat"],
        "outputs": ["out/l"],
        "allow_failure": True,
    },
}
BEHIND = {"chain": "copy", "user": "same", "group": "chain", "after": "group"}
ODD = ("temp", "after_temp", "code", "over")  # with these the whole project is opened


class Edits(Looks):
    """A project of targets that can be opened one by one; most edits are of contents."""

    _mends = 0.2

    def begin(self) -> None:
        super().begin()
        self._keep_going = self.chance.random() < 0.8
        known = [name for name in TARGETS if name not in ODD]
        chosen = {*self.chance.sample(known, self.chance.randint(2, 6)), *MORE}
        chosen -= set(self.chance.sample(["picky", "loose", "headers"], 2))
        self.targets = {name for one in chosen for name in (one, NEEDS.get(one, one))} | {"copy"}
        self._declare()

    def build(self) -> None:
        super().build()
        for _ in range(self.chance.randint(0, 3)):
            edit = self.chance.choice(
                ["edit_a_source", "edit_an_output", "edit", "edit_slyly", "delete_an_output"]
            )
            self.log.append(edit)
            getattr(self, edit)()
            super().build()

    def edit_twice(self) -> None:
        self.edit()
        self.edit()

    def edit_a_source(self) -> None:
        name = self.chance.choice(["src/a.txt", "src/b.txt", "src/x.dat", "src/sub/y.dat"])
        path = self.ground.root / name
        if path.is_file():
            path.write_text(self.chance.choice(["one", "two\n", "more\n", name]))

    def edit_an_output(self) -> None:
        made = [path for path in self._files() if f"{os.sep}out{os.sep}" in path]
        if made:
            with open(self.chance.choice(sorted(made)), "a") as file:
                file.write("edited")

    def delete_an_output(self) -> None:
        made = [path for path in self._files() if f"{os.sep}out{os.sep}" in path]
        if made:
            os.unlink(self.chance.choice(sorted(made)))

    def _tables(self) -> dict[str, dict[str, object]]:
        return {**TARGETS, **MORE}


@pytest.mark.parametrize("seed", seeds(10, 400))
def test_what_is_built_of_an_edit_is_what_the_whole_project_builds(seed: int) -> None:
    Edits(seed).go(amount(12, 30), {})


def test_edits_were_built_as_such() -> None:
    """A walk in which none was would prove nothing."""
    print(TOLD)
    assert TOLD["edited"] > 10, TOLD
