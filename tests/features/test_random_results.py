"""Random edits of values and own files, and of what makes them, against a trivial model.

Several targets make the same result now and then, and so share its folder. After every build
the result files of all targets are what the model says; what had changed was run, or restored
where that had been kept; nothing was touched that was whole. Neither `clean` nor `gc` takes
what another target has.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pytest

from jobmake.memory.resultfiles import ResultFiles, result_files, result_folder
from jobmake.project import Project, Settings
from tests.walks.ground import Walk, jobfile, seeds

NAMES = ("a.txt", "in/a.txt", "in/deep/b c.txt", "é")
RUN = """
cat in/NUMBER > /dev/null
printf WORD
for name in NAMES; do
    mkdir -p "{run_dir}/files/$(dirname "$name")"
    printf %s "WORD $name" > "{run_dir}/files/$name"
done
"""


@dataclass(frozen=True)
class One:
    """A target as the test knows it."""

    word: str
    captures: bool
    own: tuple[str, ...]
    needs: tuple[int, ...]

    @property
    def made(self) -> tuple[str | None, dict[str, str]]:
        """Its value, and text by name of its own files."""
        files = {name: f"{self.word} {name}" for name in self.own}
        return (self.word if self.captures else None), files


class ResultWalk(Walk):
    """Results that are edited and lost."""

    def begin(self) -> None:
        self.all = [self._new(number) for number in range(self.chance.randint(3, 6))]
        self.inputs = ["x"] * len(self.all)
        self.recorded: dict[int, Any] = {}
        self.kept: set[Any] = set()  # what ran with a cache

    def _new(self, number: int) -> One:
        chance = self.chance
        own = tuple(sorted(chance.sample(NAMES, chance.randint(0, 3))))
        needs = chance.sample(range(number), min(number, chance.randint(0, 2)))
        return One(
            word=chance.choice(["one", "two"]),
            captures=not own or chance.random() < 0.6,
            own=own,
            needs=tuple(sorted(needs)),
        )

    # -- edits ----------------------------------------------------------------------------

    def change_a_target(self) -> None:
        number = self.chance.randrange(len(self.all))
        self.all[number] = self._new(number)

    def change_an_input(self) -> None:
        self.inputs[self.chance.randrange(len(self.all))] = self.chance.choice("xyz")

    def edit_a_result(self) -> None:
        for path in self._some_file():
            os.chmod(path, 0o600)
            with open(path, "a") as file:
                file.write(self.chance.choice(["", "x", "y"]))

    def edit_another_result(self) -> None:
        self.edit_a_result()

    def lose_a_file(self) -> None:
        for path in self._some_file():
            os.unlink(path)

    def lose_a_folder(self) -> None:
        for number in self.chance.sample(sorted(self.recorded), min(1, len(self.recorded))):
            folder = self._folder(number)
            if folder is not None:
                self.ground.delete(os.path.relpath(folder, self.ground.root))

    def lose_all(self) -> None:
        if self.chance.random() < 0.3:
            self.ground.delete(".jobmake/results")

    def lose_the_cache(self) -> None:
        if self.chance.random() < 0.3:
            self.ground.delete(".jobmake/cache")
            self.kept.clear()

    def leave_rubbish(self) -> None:
        self.ground.write(f".jobmake/results/rubbish-{self.count}/value", "x")

    def clean_a_target(self) -> None:
        self.ground.write("Jobfile.toml", self._jobfile())
        number = self.chance.randrange(len(self.all))
        others = [one for one in self.recorded if one != number and self._is_whole(one)]
        edited = self.chance.random() < 0.5
        self._project().clean([f"t{number}"], lambda _: None, edited=edited)
        assert all(map(self._is_whole, others))

    def collect_garbage(self) -> None:
        whole = [one for one in self.recorded if self._is_whole(one)]
        if self.ground.exists("Jobfile.toml"):
            self._project().prune(lambda _: None)
        assert all(map(self._is_whole, whole))
        assert not [name for name in self._results() if name.startswith("rubbish")] or not whole

    # -- what there is to make --------------------------------------------------------------

    def _jobfile(self) -> str:
        tables: dict[str, dict[str, Any]] = {}
        for number, one in enumerate(self.all):
            self.ground.write(f"in/{number}", self.inputs[number])
            names = " ".join(f'"{name}"' for name in one.own)
            run = RUN.replace("NUMBER", str(number)).replace("WORD", one.word)
            tables[f"target.t{number}"] = {
                "run": run.replace("NAMES", names),
                "inputs": [f"in/{number}"],
                "needs": [f"t{need}" for need in one.needs],
                **({"capture": "stdout"} if one.captures else {}),
            }
        return jobfile(tables)

    def _key(self, number: int) -> Any:
        one = self.all[number]
        made = tuple(repr(self.all[need].made) for need in one.needs)
        return number, one, self.inputs[number], made

    # -- what there is ----------------------------------------------------------------------

    def _project(self) -> Project:
        return Project.open(Settings(str(self.ground.root), environ={"PATH": os.environ["PATH"]}))

    def _there(self, number: int) -> ResultFiles | None:
        project = self._project()
        record = project.judge().records.old(f"t{number}")
        return None if record is None else result_files(project.layout, record)

    def _folder(self, number: int) -> str | None:
        project = self._project()
        record = project.judge().records.old(f"t{number}")
        return None if record is None else result_folder(project.layout, record)

    def _results(self) -> list[str]:
        folder = self.ground.root / ".jobmake/results"
        return sorted(os.listdir(folder)) if folder.exists() else []

    def _some_file(self) -> list[str]:
        """A result file of a target that was built, if there is one."""
        found = []
        for number in self.recorded:
            there = self._there(number)
            if there is not None:
                found += [*([there.value] if there.value else []), *there.files.values()]
        found = [path for path in found if os.path.exists(path)]
        return self.chance.sample(found, min(1, len(found)))

    def _texts(self, number: int) -> tuple[str | None, dict[str, str]] | None:
        """What the result files of a target hold; None if one is missing."""
        there = self._there(number)
        try:
            assert there is not None
            value = None if there.value is None else _read(there.value)
            return value, {name: _read(path) for name, path in there.files.items()}
        except FileNotFoundError:
            return None

    def _is_whole(self, number: int) -> bool:
        """Whether a target's result is as it was made last."""
        return self._texts(number) == self.recorded[number][1].made

    # -- builds -----------------------------------------------------------------------------

    def build(self) -> None:
        self.ground.write("Jobfile.toml", self._jobfile())
        whole = {number for number in self.recorded if self._is_whole(number)}
        cached = self.chance.random() < 0.8
        keys = {number: self._key(number) for number in range(len(self.all))}

        built = self.ground.build(jobs=self.chance.randint(1, 4), cache=cached)

        assert built.summary.ok
        ran = {int(name[1:]) for name in built.ran}
        restored = {int(name[1:]) for name in built.restored}
        self.tell(ran=ran, restored=restored, fresh=built.fresh)
        for number, key in keys.items():
            if self.recorded.get(number) != key:
                assert number in ran | restored, f"t{number} had changed"
            elif number in whole:
                assert number not in ran | restored, f"t{number} was whole"
            known = cached and key in self.kept
            assert number not in (ran if known else restored), f"t{number}, kept: {known}"
            if number in ran and cached:
                self.kept.add(key)
            self.recorded[number] = key
        for number in keys:
            assert self._texts(number) == self.all[number].made
        again = self.ground.build(locked=True)
        assert again.fresh == {f"t{number}" for number in keys}


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_results_are_right_after_random_edits(seed: int) -> None:
    ResultWalk(seed).go(turns=12, least={"ran": 3, "fresh": 5})
