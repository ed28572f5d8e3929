"""Random graphs with temp outputs and a cache, switched to and fro, against a model.

The model knows what every target has to make, what was recorded, what the cache must hold
and which temp files are there. It says for each build exactly what runs, what is restored,
and what then lies on the disk; so nothing is missed, nothing needless is done, and temp
files come only for those who run, and go.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.walks.ground import Built, Walk, jobfile, seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("file", "folder", "glob", "value", "constant", "two")
MOST = 8


@dataclass(frozen=True)
class One:
    """A target as the test knows it; others are numbers below its own."""

    kind: str
    sources: tuple[int, ...] = (0,)
    reads: tuple[int, ...] = ()
    needs: tuple[int, ...] = ()
    temp: bool = False
    cache: bool = True
    param: str = "p"
    fragile: bool = False  # fails if its param is 2
    allowed: bool = False
    attempts: int = 1  # how many it takes
    isolated: bool = False
    publish: str = ""
    behind: bool = False  # its needs are gathered by a group

    @property
    def is_kept(self) -> bool:
        return self.cache or self.kind == "value"


@dataclass
class Plan:
    """What a build has to do."""

    wanted: list[int]
    ran: set[int] = field(default_factory=set)
    restored: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)  # to make temp files again


class Model:
    """The project as it should be."""

    def __init__(self) -> None:
        self.all: list[One] = []
        self.sources = {number: f"s{number}" for number in range(3)}
        self.params: dict[str, int] = {"p": 1, "q": 1}
        self.recorded: dict[int, tuple[Any, dict[str, str]]] = {}
        self.trouble: set[int] = set()
        self.cache: set[tuple[int, Any]] = set()
        self.is_sound = True  # the cache

    # -- what there is to make ----------------------------------------------------------

    def main(self, number: int) -> list[str]:
        """The files that users of a target read."""
        return {
            "folder": [f"out/{number}/in/main", f"out/{number}/param"],
            "glob": [f"out/{number}/a.txt", f"out/{number}/b.txt"],
            "value": [],
        }.get(self.all[number].kind, [f"out/{number}.txt"])

    def outputs(self, number: int) -> list[dict[str, Any]]:
        one = self.all[number]
        path = {"folder": f"out/{number}/", "glob": f"out/{number}/*.txt"}.get(
            one.kind, f"out/{number}.txt"
        )
        found = [] if one.kind == "value" else [{"path": path, "temp": one.temp}]
        if one.kind == "two":
            found.append({"path": f"out/{number}.side", "temp": False})
        return [{**each, "cache": one.cache} for each in found]

    def reads(self, number: int) -> list[str]:
        one = self.all[number]
        files = [f"src/{source}.txt" for source in one.sources]
        return files + [path for read in one.reads for path in self.main(read)]

    def is_temp(self, path: str, number: int) -> bool:
        return self.all[number].temp and not path.endswith(".side")

    def jobfile(self) -> str:
        tables: dict[str, dict[str, Any]] = {"params": dict(self.params)}
        for number, one in enumerate(self.all):
            needs = [f"t{need}" for need in one.needs]
            if one.behind and needs:
                tables[f"target.g{number}"] = {"needs": needs}
                needs = [f"g{number}"]
            keys: dict[str, Any] = {
                "run": self._command(number),
                "inputs": [f"src/{source}.txt" for source in one.sources]
                + [self.outputs(read)[0]["path"] for read in one.reads if self.main(read)],
                "outputs": self.outputs(number),
                "needs": needs,
                "isolated": one.isolated,
                "allow_failure": one.allowed,
                "retries": one.attempts - 1,
            }
            if one.kind == "value":
                keys["capture"] = "stdout"
            if self.publishes(number):
                keys["publish"] = {
                    f"published/{number}": {
                        "path": f"out/{number}.txt",
                        "copy": one.publish == "copy",
                    }
                }
            tables[f"target.t{number}"] = keys
        return jobfile(tables)

    def publishes(self, number: int) -> bool:
        one = self.all[number]
        return bool(one.publish) and not one.temp and one.kind in ("file", "constant", "two")

    def _command(self, number: int) -> str:
        one = self.all[number]
        param = f"{{params.{one.param}}}"
        digest = (
            f"cat {' '.join(self.reads(number)) or '/dev/null'} > $JOBMAKE_TMP/all;"
            f" printf %s {param} >> $JOBMAKE_TMP/all;"
            " text=$(sha1sum < $JOBMAKE_TMP/all | cut -c1-8)\n"
        )
        begin = f"test $JOBMAKE_ATTEMPT -ge {one.attempts}\n" + digest
        if one.fragile:
            begin = f"echo half > out/{number}.txt\ntest {param} -ne 2\n" + begin
            if one.kind != "file":
                begin = begin.partition("\n")[2]
        mains = self.main(number)
        return begin + {
            "folder": f"mkdir -p out/{number}/in; echo $text > {mains[:1]}"
            f"; printf %s {param} > out/{number}/param".replace("['", "").replace("']", ""),
            "glob": f"echo $text > out/{number}/a.txt; echo b > out/{number}/b.txt",
            "value": "echo $text",
            "constant": f"echo constant > out/{number}.txt",
            "two": f"echo $text > out/{number}.txt; echo side > out/{number}.side",
        }.get(one.kind, f"echo $text > out/{number}.txt")

    def made(self, number: int, contents: dict[str, str]) -> dict[str, str]:
        """What a target makes; "" is its value."""
        one, param = self.all[number], str(self.params[self.all[number].param])
        text = "".join(contents[path] for path in self.reads(number)) + param
        line = hashlib.sha1(text.encode()).hexdigest()[:8] + "\n"
        out = f"out/{number}"
        return {
            "folder": {f"{out}/in/main": line, f"{out}/param": param},
            "glob": {f"{out}/a.txt": line, f"{out}/b.txt": "b\n"},
            "value": {"": line},
            "constant": {f"{out}.txt": "constant\n"},
            "two": {f"{out}.txt": line, f"{out}.side": "side\n"},
        }.get(one.kind, {f"{out}.txt": line})

    # -- what a build has to do -----------------------------------------------------------

    def build(self, goals: list[int], disk: dict[str, str]) -> Plan:
        plan = Plan(self._closure(goals))
        contents = {f"src/{number}.txt": text for number, text in self.sources.items()}
        self._results: dict[int, Any] = {}
        self._now: dict[int, tuple[Any, dict[str, str]]] = {}
        for number in plan.wanted:
            self._settle(number, plan, contents, disk)
        # who runs, and lacks a temp file, has its maker make it again
        for number in reversed(plan.wanted):
            if number in plan.ran:
                for maker in self._temp_makers(number):
                    if maker not in plan.ran and not self._has_temps(maker, plan, disk):
                        self._remake(maker, plan)
        return plan

    def _settle(
        self, number: int, plan: Plan, contents: dict[str, str], disk: dict[str, str]
    ) -> None:
        one = self.all[number]
        lost = plan.failed | plan.blocked
        hard = {other for other in lost if not (other in plan.failed and self.all[other].allowed)}
        if hard.intersection((*one.reads, *one.needs)) or plan.failed.intersection(one.reads):
            plan.blocked.add(number)
            return
        key = (
            self._command(number),
            repr([{**each, "temp": 0, "cache": 0} for each in self.outputs(number)]),
            one.isolated,
            self.params[one.param],
            tuple((path, contents[path]) for path in self.reads(number)),
            tuple((need, self._results[need]) for need in one.needs),
            one.behind and bool(one.needs),
        )
        made = self.made(number, contents)
        there = {path: disk[path] for path in disk if self._owns(number, path)}
        files = {path: text for path, text in made.items() if path}
        is_stale = number in self.trouble or self.recorded.get(number) != (key, files)
        if not is_stale:
            missing = {path for path in files if path not in there}
            is_stale = any(there[path] != files.get(path) for path in there)
            is_stale |= any(not self.is_temp(path, number) for path in missing)
            is_stale |= one.kind == "folder" and 0 < len(missing) < len(files)
        self._now[number] = (key, files)
        if is_stale:
            plan.stale.add(number)
            if one.is_kept and (number, key) in self.cache:
                plan.restored.add(number)
            else:
                plan.ran.add(number)
                if one.fragile and self.params[one.param] == 2:
                    plan.failed.add(number)
                    self._results[number] = "failed"
                    return
        contents.update(files)
        self._results[number] = tuple(sorted(made.items()))

    def _remake(self, maker: int, plan: Plan) -> None:
        plan.asked.add(maker)
        key = self._now[maker][0]
        if self.all[maker].is_kept and (maker, key) in self.cache:
            plan.restored.add(maker)
        else:
            plan.restored.discard(maker)
            plan.ran.add(maker)

    def _temp_makers(self, number: int) -> list[int]:
        one = self.all[number]
        return [other for other in {*one.reads, *one.needs} if self.all[other].temp
                and self.all[other].kind != "value"]  # fmt: skip

    def _has_temps(self, maker: int, plan: Plan, disk: dict[str, str]) -> bool:
        files = self._now[maker][1]
        temps = [path for path in files if self.is_temp(path, maker)]
        return all(disk.get(path) == files[path] for path in temps)

    def note(self, plan: Plan) -> None:
        """Take note of a build that did what the plan said."""
        for number in plan.ran:
            if number in plan.failed:
                self.trouble.add(number)
                continue
            self.trouble.discard(number)
            self.recorded[number] = self._now[number]
            if self.all[number].is_kept:
                self.cache.add((number, self._now[number][0]))
        for number in plan.restored:
            self.trouble.discard(number)
            self.recorded[number] = self._now[number]

    def after(self, plan: Plan, goals: list[int], disk: dict[str, str]) -> dict[str, str]:
        """What is on the disk after the build; ``disk`` is what was there before."""
        found = {path: text for path, text in disk.items()
                 if self._owner(path) not in plan.wanted
                 or self._owner(path) in plan.blocked}  # fmt: skip
        bad = plan.blocked | {n for n in plan.failed if not self.all[n].allowed}
        for number in plan.wanted:
            if number in plan.blocked or number in plan.failed:
                continue
            files = self._now[number][1]
            users = [other for other in plan.wanted if number in
                     (*self.all[other].reads, *self.all[other].needs)]  # fmt: skip
            stays = number in goals or not users or any(user in bad for user in users)
            for path, text in files.items():
                if not self.is_temp(path, number):
                    found[path] = text
                elif stays:
                    made = number in plan.ran or number in plan.asked
                    whole = files if self.all[number].kind == "folder" else {path: text}
                    if made or all(disk.get(one) == whole[one] for one in whole):
                        found[path] = text
        return found

    def _closure(self, goals: list[int]) -> list[int]:
        wanted = set(goals or range(len(self.all)))
        for number in range(len(self.all) - 1, -1, -1):
            if number in wanted:
                wanted.update((*self.all[number].reads, *self.all[number].needs))
        return sorted(wanted)

    def _owner(self, path: str) -> int:
        return int(path.split("/")[1].partition(".")[0])

    def _owns(self, number: int, path: str) -> bool:
        if self._owner(path) != number:
            return False
        kind = self.all[number].kind
        return "/" not in path[4:] if kind not in ("folder", "glob") else "/" in path[4:]


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
            if self.model._owner(path) == number:
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
            makers = {one for number in ran | restored for one in self.model._temp_makers(number)}
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


@pytest.mark.parametrize("seed", seeds(10))
def test_temp_files_and_what_was_made_before(seed: int) -> None:
    TempWalk(seed).go(turns=25, least={"ran": 8})
