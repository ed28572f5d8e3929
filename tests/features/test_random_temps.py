"""Random graphs with temp outputs and a cache, switched to and fro, against a model.

The model knows what every target has to make, what was recorded, what the cache must hold
and which temp files are there. It says for each build exactly what runs, what is restored,
and what then lies on the disk; so nothing is missed, nothing needless is done, and temp
files come only for those who run, and go.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.walks.ground import Built, Walk, seeds
from tests.walks.temp_model import KINDS, MOST, Model, One, Plan

if TYPE_CHECKING:
    from collections.abc import Sequence


class TempWalk(Walk):
    """Edits of every kind, in any order, with builds in between."""

    def begin(self) -> None:
        self.model = Model()
        self.edits: dict[str, str] = {}
        for number, text in self.model.sources.items():
            self.ground.write(f"src/{number}.txt", text)
        for _ in range(self.chance.randint(4, MOST)):
            self.add()

    # -- edits of the Jobfile -------------------------------------------------------------

    def add(self) -> None:
        chance, count = self.chance, len(self.model.all)
        if count == MOST:
            return
        reads = self._some(range(count), 3)
        self.model.all.append(
            One(
                chance.choice(KINDS),
                self._some(range(3), 2),
                tuple(read for read in reads if self.model.main(read)),
                self._some(range(count), 1),
                temp=chance.random() < 0.5,
                cache=chance.random() < 0.7,
                param=chance.choice("pq"),
                fragile=chance.random() < 0.15,
                allowed=chance.random() < 0.2,
                attempts=chance.choice([1, 1, 1, 2]),
                isolated=chance.random() < 0.2,
                publish=chance.choice(["", "", "link", "copy"]),
                behind=chance.random() < 0.3,
                aside=chance.random() < 0.4,
            )
        )

    def turn(self) -> None:
        number = self._one()
        what = self.chance.choice(["temp", "cache", "fragile", "isolated", "behind"])
        changes: dict[str, Any] = {what: not getattr(self.model.all[number], what)}
        self.model.all[number] = replace(self.model.all[number], **changes)

    def change_param(self) -> None:
        self.model.params[self.chance.choice("pq")] = self.chance.choice([1, 1, 2, 3])

    # -- edits of files -------------------------------------------------------------------

    def edit_source(self) -> None:
        number, text = self.chance.randrange(3), self.chance.choice("abc")
        self.model.sources[number] = text
        self.ground.write(f"src/{number}.txt", text)

    def edit_an_output(self) -> None:
        for path in self._some(sorted(self.ground.disk()), 1):
            self.edits[path] = f"edit {self.count}"
            self.ground.write(path, self.edits[path])

    def delete_an_output(self) -> None:
        for path in self._some(sorted(self.ground.disk()), 1):
            self.ground.delete(path)
            self.edits.pop(path, None)

    def delete_all_of_a_target(self) -> None:
        number = self._one()
        for path in self.ground.disk():
            if self.model.owner(path) == number:
                self.edits.pop(path, None)
        for path in (f"out/{number}", f"out/{number}.txt", f"out/{number}.side"):
            self.ground.delete(path)

    # -- the cache ------------------------------------------------------------------------

    def lose_the_cache(self) -> None:
        if self.chance.random() < 0.5:
            shutil.rmtree(self.ground.root / ".jobmake/cache", ignore_errors=True)
            self.model.cache.clear()
            self.model.is_sound = True

    def damage_the_cache(self) -> None:
        if self.chance.random() < 0.3:
            for path in sorted((self.ground.root / ".jobmake/cache").glob("v1/objects/*/*")):
                if self.chance.random() < 0.5:
                    path.chmod(0o600)
                    path.write_bytes(b"garbage") if self.chance.random() < 0.5 else path.unlink()
                    self.model.is_sound = False

    # -- builds ---------------------------------------------------------------------------

    def build(self) -> None:
        goals = [self._one()] if self.chance.random() < 0.2 else []
        jobs = self.chance.randint(1, 4)
        self._build(jobs, goals)
        if self.chance.random() < 0.2:
            self._build(jobs, [])
            again = self._build(jobs, [])
            # a failed target, and what it lacks, is tried again; nothing else is
            if not self.model.trouble:
                assert (list(again.ran), list(again.restored)) == ([], [])

    def _build(self, jobs: int, goals: list[int]) -> Built:
        self.ground.write("Jobfile.toml", self.model.jobfile())
        before = self.ground.disk()
        plan = self.model.build(goals, before)

        built = self.ground.build([f"t{number}" for number in goals], jobs=jobs, keep_going=True)

        self._check(plan, built)
        self.tell(ran=plan.ran, restored=plan.restored, failed=plan.failed, asked=plan.asked)
        self.model.note(plan)
        if self.model.is_sound:
            assert self.ground.disk() == self.model.after(plan, goals, before)
        self._check_finals(plan)
        self._check_edits(plan, before)
        return built

    def _check(self, plan: Plan, built: Built) -> None:
        ran, restored = _numbers(built.ran), _numbers(built.restored)
        assert _numbers(built.failed) == plan.failed
        assert _numbers(built.summary.blocked) == plan.blocked
        if self.model.is_sound:
            assert ran == plan.ran
            assert restored == plan.restored - plan.ran
        else:  # what cannot be restored runs, and may need temp files for that
            assert plan.ran <= ran
            assert ran | restored >= plan.stale
            makers = {one for number in ran | restored for one in self.model.temp_makers(number)}
            assert ran | restored <= plan.stale | makers
            plan.ran, plan.restored = ran, restored - ran
            plan.asked |= makers & (ran | restored)
        for number in plan.ran:
            if number not in plan.failed:
                assert built.ran[f"t{number}"] == self.model.all[number].attempts

    def _check_finals(self, plan: Plan) -> None:
        """All but temp files is there, as a clean build makes it, and published."""
        disk = self.ground.disk()
        for number in plan.wanted:
            if number in plan.blocked | plan.failed:
                continue
            for path, text in self.model.recorded[number][1].items():
                assert disk.get(path, text if self.model.is_temp(path, number) else None) == text
            if self.model.publishes(number):
                assert self.ground.read(f"published/{number}") == disk[f"out/{number}.txt"]

    def _check_edits(self, plan: Plan, before: dict[str, str]) -> None:
        """What a person wrote into an output is kept aside, not lost."""
        for path, text in list(self.edits.items()):
            if self.ground.exists(path) and self.ground.read(path) == text:
                continue
            kept = self.ground.root.glob(f".jobmake/runs/*/*/{path}")
            assert any(one.read_text() == text for one in kept), f"{path} was lost"
            del self.edits[path]

    def _one(self) -> int:
        return self.chance.randrange(len(self.model.all))

    def _some(self, those: Sequence[Any], most: int) -> tuple[Any, ...]:
        count = min(len(those), self.chance.randint(0, most))
        return tuple(sorted(self.chance.sample(those, count)))


def _numbers(names: Any) -> set[int]:
    return {int(name[1:]) for name in names if name[0] == "t"}


@pytest.mark.parametrize("seed", seeds(4, 100))
def test_temp_files_and_what_was_made_before(seed: int) -> None:
    TempWalk(seed).go(turns=25, least={"ran": 8})
