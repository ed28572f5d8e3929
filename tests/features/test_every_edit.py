"""Random projects, every kind of edit in any order, kills, and builds in between, against a model
that knows what is right without building.

After each build every output of what was wanted is what the model says (so: what a clean build
would make), nothing ran twice, what ran had to run or may have had to (`edits_model`), what was
restored had been built like that before; and a build after it does nothing and touches nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from jobmake.memory.stamps import MARGIN
from tests.amounts import amount
from tests.oracles import Marker, RunLog, leaves_nothing, no_orphans, stamps
from tests.walks.edits_model import KINDS, MOST, SOURCES, Expected, Model, Rule
from tests.walks.forked import Asked, Forge, build_here

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = st.sampled_from(["", "a", "b", "ab", "ba", "longer text\n", "x y", "é"])
SOURCE = st.integers(0, SOURCES - 1)
AXES = st.sampled_from([(), (), (), (1,), (1, 2), (2, 1), (1, 2, 3)])
# files younger than that are read again: an edit within one tick of the clock may leave the stat
# as it was. A tick is 10 ms at most where stamps have fractions of a second
MARGINS = st.sampled_from([0.03, MARGIN])
NUMBERS = st.integers(0, 10**6)
# thousands of files come and go, and no disk has to know of them
EXAMPLES = amount(200, 100)  # of each part: who is cut off loses one
PARTS = range(amount(1, 20))
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@dataclass(frozen=True)
class Then:
    """What is done after an edit: a build of all or of one goal, or one that is killed: at a
    move, or when the command of some target has made half of its output."""

    what: str
    number: int
    jobs: int
    cached: bool
    margin: float


THEN = st.none() | st.builds(
    Then,
    what=st.sampled_from(["all", "all", "all", "goal", "kill", "half"]),
    number=NUMBERS,
    jobs=st.integers(1, 8),
    cached=st.booleans(),
    margin=MARGINS,
)


def change(when: str = "", **given: Any) -> Any:
    """Make a method an edit that may be followed by a build; ``when``: and that can only be done
    where the model has some of these."""

    def of(method: Callable[..., None]) -> Any:
        def step(self: EveryEdit, then: Then | None, **drawn: Any) -> None:
            method(self, **drawn)
            if then is not None:
                self.build(then)

        step.__name__ = method.__name__
        one = rule(then=THEN, **given)(step)
        return precondition(lambda self: getattr(self.model, when))(one) if when else one

    return of


class EveryEdit(RuleBasedStateMachine):
    """A project, and a model of it."""

    forge: ClassVar[Forge]
    told: ClassVar[Counter[str]]  # what all builds did, so that nothing proved is noticed

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="jobmake-every-edit-", dir=IN_MEMORY))
        self.root = self.folder / "project"
        self.root.mkdir()
        self.builds = 0
        self.marker = Marker()
        self.model = Model()
        self.was: dict[str, list[str]] = {}  # the texts that each file had

    def teardown(self) -> None:
        no_orphans(self.marker)
        shutil.rmtree(self.folder)

    @initialize(data=st.data(), texts=st.lists(TEXTS, max_size=SOURCES))
    def begin(self, data: st.DataObject, texts: list[str]) -> None:
        for number, text in enumerate(texts):
            self._write(f"src/{number}.txt", text)
        self._write("glob/first.txt", "g")
        self._write("tree/in/first", "t")
        for number in data.draw(st.lists(st.integers(0, MOST - 1), max_size=6, unique=True)):
            self._add(data, number)

    # -- edits of the Jobfile ---------------------------------------------------------------

    @change("free", data=st.data(), number=NUMBERS)
    def add_target(self, data: st.DataObject, number: int) -> None:
        self._add(data, self.model.free[number % len(self.model.free)])

    @change("rules", number=NUMBERS)
    def remove_target(self, number: int) -> None:
        gone = self._one(number)
        del self.model.rules[gone]
        for user, one in self.model.rules.items():
            left = {
                what: tuple(other for other in getattr(one, what) if other != gone)
                for what in ("targets", "needs")
            }
            self._change(user, **left)

    @change(
        "rules", number=NUMBERS, salt=st.sampled_from("stu"), param=st.sampled_from("pq"), axis=AXES
    )
    def change_command(self, number: int, salt: str, param: str, axis: tuple[int, ...]) -> None:
        one = self._one(number)
        changes = [{"salt": salt}, {"param": param}, {"axis": axis}, {"env": salt == "s"}]
        self._change(one, **changes[number % 4])

    @change("rules", data=st.data(), number=NUMBERS, glob=st.booleans())
    def change_inputs(self, data: st.DataObject, number: int, glob: bool) -> None:
        one = self._one(number)
        changes: list[dict[str, Any]] = [
            {"sources": self._some_sources(data)}, {"glob": glob},
            {"targets": self._below(data, one)}, {"needs": self._below(data, one)},
        ]  # fmt: skip
        self._change(one, **changes[number % 4])

    @change(name=st.sampled_from("pq"), value=st.sampled_from([1, 2, "1", "2", "a b", "$(x)"]))
    def change_param(self, name: str, value: Any) -> None:
        self.model.params[name] = value

    @change(value=st.sampled_from([None, "", "a", "b"]))
    def change_variable(self, value: str | None) -> None:
        self.model.variable = value

    # -- edits of files -----------------------------------------------------------------------

    @change(number=SOURCE, text=TEXTS)
    def edit(self, number: int, text: str) -> None:
        self._write(f"src/{number}.txt", text)

    @change("files", number=NUMBERS)
    def edit_keeping_size_and_time_stamp(self, number: int) -> None:
        path = self._a_file(number)
        status = self.root.joinpath(path).stat()
        text = self.model.files[path]
        self._write(path, text[1:] + text[:1] if len(set(text)) > 1 else "z" * len(text.encode()))
        os.utime(self.root / path, ns=(status.st_atime_ns, status.st_mtime_ns))

    @change("files", number=NUMBERS)
    def replace_by_an_older_one(self, number: int) -> None:
        path = self._a_file(number)
        self._write(path, "old")
        os.utime(self.root / path, ns=(10**18, 10**18))

    @change("files", number=NUMBERS)
    def touch(self, number: int) -> None:
        os.utime(self.root / self._a_file(number))

    @change("files", number=NUMBERS)
    def revert(self, number: int) -> None:
        path = sorted(self.was)[number % len(self.was)]
        self._write(path, self.was[path][number % len(self.was[path])])

    @change("files", number=NUMBERS)
    def delete(self, number: int) -> None:
        path = self._a_file(number)
        os.unlink(self.root / path)
        del self.model.files[path]

    @change(
        "files",
        number=NUMBERS,
        name=st.sampled_from(["src/0.txt", "glob/a.txt", "glob/z.txt", "tree/x"]),
    )
    def rename(self, number: int, name: str) -> None:
        path = self._a_file(number)
        os.renames(self.root / path, self.root / name)
        self._know(name, self.model.files.pop(path))

    @change(
        name=st.sampled_from(["glob/a.txt", "glob/first.txt", "tree/a", "tree/in/b"]), text=TEXTS
    )
    def add_to_glob_or_folder(self, name: str, text: str) -> None:
        self._write(name, text)

    @change(number=NUMBERS, text=TEXTS)
    def tamper_with_an_output(self, number: int, text: str) -> None:
        path = self._an_output(number)
        if path:
            path.write_text(text)

    @change(number=NUMBERS)
    def tamper_with_an_output_keeping_size_and_time_stamp(self, number: int) -> None:
        path = self._an_output(number)
        if path:
            status = path.stat()
            path.write_bytes(b"z" * status.st_size)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    @change(number=NUMBERS)
    def drop_an_output(self, number: int) -> None:
        path = self._an_output(number)
        if path:
            path.unlink()

    @rule(then=THEN)
    def do_nothing(self, then: Then | None) -> None:
        if then is not None:
            self.build(then)

    # -- the rest is bookkeeping ----------------------------------------------------------------

    def build(self, then: Then) -> None:
        goals = [self._one(then.number)] if then.what == "goal" and self.model.rules else []
        names = [name for one in self.model.rules for name, _ in self.model.instances(one)]
        dies = {"DIE": names[then.number % len(names)]} if then.what == "half" and names else {}
        self.root.joinpath("Jobfile.toml").write_text(self.model.jobfile())
        variable = {} if self.model.variable is None else {"V": self.model.variable}
        self.builds += 1
        # one for each: the last line of a build that was killed may come when it is gone
        self.log = RunLog(self.folder / f"ran-{self.builds}")
        asked = Asked(
            str(self.root),
            [f"t{goal}" for goal in goals],
            then.jobs,
            then.cached,
            then.margin,
            {
                **variable,
                **dies,
                **self.marker.env,
                "RUNLOG": str(self.log.path),
                "XDG_STATE_HOME": str(self.folder),
            },
            then.number % 120 + 1 if then.what == "kill" else 0,
        )
        (self._killed if then.what in ("kill", "half") else self._whole)(goals, asked)

    def _whole(self, goals: list[int], asked: Asked) -> None:
        wanted = self.model.wanted(goals)
        will = self._expected(wanted)
        if will is None:  # it is refused before it waits for what a killed build left running
            no_orphans(self.marker)
        before = self._stamps()
        done = build_here(asked)
        if will is None:
            if self._stamps() != before:
                # a command that a killed build had asked for began after we looked for such
                no_orphans(self.marker)
                before = self._stamps()
                done = build_here(asked)
            assert done.end == "refused", done
            assert not self.log.once()
            assert self._stamps() == before
            return
        assert done.end == "ended", done
        self._check(wanted, will, asked.cache, set(done.restored))
        after = self._stamps()
        again = build_here(asked)
        assert again.end == "ended", again
        assert not again.restored
        assert not self.log.once(), "a build after a build ran something"
        assert self._stamps() == after

    def _killed(self, goals: list[int], asked: Asked) -> None:
        wanted = self.model.wanted(goals)
        will = self._expected(wanted)
        done = self.forge.build(asked)
        if will is None:
            assert done.end in ("refused", "killed"), done
            assert not self.log.once()
        elif done.end == "killed":
            assert self.log.once() <= will.may
            self.told["killed"] += 1
            self.told["killed with something to do"] += bool(will.may)
            self.model.cut_short(will, cached=asked.cache)
        else:  # it ended before
            assert done.end == "ended", done
            self._check(wanted, will, asked.cache, set(done.restored))

    def _check(self, wanted: list[int], will: Expected, cached: bool, restored: set[str]) -> None:
        ran = self.log.once()
        assert will.must <= ran | restored, f"missed: {will.must - ran - restored}"
        assert ran | restored <= will.may, f"needless: {(ran | restored) - will.may}"
        assert not ran & restored
        for name in restored:
            assert cached
            assert (name, will.records[name][0]) in self.model.kept, f"{name} was never built so"
        self.told.update(builds=1, ran=len(ran), restored=len(restored))
        self.told["up to date"] += len(will.records) - len(ran | restored)
        self.told["left open"] += len(will.may - will.must)
        disk = self._disk()
        places = [
            self.model.rules[one].output(one, value)
            for one in wanted for _, value in self.model.instances(one)
        ]  # fmt: skip
        found = {path: disk[path] for path in disk if path.startswith(tuple(places))}
        left_out = {path: will.made[path] for path in will.temps - found.keys()}
        assert found | left_out == will.made
        leaves_nothing(self.root, ran=bool(ran))
        self.model.done(will, cached=cached)

    def _expected(self, wanted: list[int]) -> Expected | None:
        """Return what is to be done, None if files are missing that targets name."""
        if self.model.missing(wanted) or (
            not self.root.joinpath("tree").is_dir()
            and any(self.model.rules[one].kind == "tree" for one in wanted)
        ):
            return None
        listing = sorted(self.root.joinpath("tree").rglob("*"))
        tree = tuple((str(one), one.read_text() if one.is_file() else None) for one in listing)
        return self.model.expected(wanted, self._disk(), tree)

    def _some_sources(self, data: st.DataObject) -> tuple[int, ...]:
        there = [number for number in range(SOURCES) if f"src/{number}.txt" in self.model.files]
        if not there:
            return ()
        return tuple(data.draw(st.lists(st.sampled_from(there), max_size=3, unique=True)))

    def _below(self, data: st.DataObject, number: int) -> tuple[int, ...]:
        below = [other for other in self.model.rules if other < number]
        if not below:
            return ()
        return tuple(data.draw(st.lists(st.sampled_from(below), max_size=2, unique=True)))

    def _add(self, data: st.DataObject, number: int) -> None:
        kind, temp = data.draw(st.sampled_from(sorted(KINDS))), data.draw(st.booleans())
        self.model.rules[number] = Rule(
            kind,
            self._some_sources(data),
            self._below(data, number),
            self._below(data, number),
            data.draw(AXES),
            glob=data.draw(st.booleans()),
            temp=temp and kind != "folder",
            env=data.draw(st.booleans()),
        )

    def _change(self, number: int, **changes: Any) -> None:
        self.model.rules[number] = replace(self.model.rules[number], **changes)

    def _one(self, number: int) -> int:
        return sorted(self.model.rules)[number % len(self.model.rules)]

    def _a_file(self, number: int) -> str:
        return sorted(self.model.files)[number % len(self.model.files)]

    def _an_output(self, number: int) -> Path | None:
        paths = sorted(self._disk())
        return self.root / paths[number % len(paths)] if paths else None

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self._know(name, text)

    def _know(self, name: str, text: str) -> None:
        self.model.files[name] = text
        self.was.setdefault(name, []).append(text)

    def _disk(self) -> dict[str, str]:
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in self.root.joinpath("out").rglob("*") if path.is_file()
        }  # fmt: skip

    def _stamps(self) -> dict[str, tuple[int, ...]]:
        own = (".", ".jobmake")
        return {path: one for path, one in stamps(self.root).items() if not path.startswith(own)}


@pytest.mark.case("A01")
@pytest.mark.timeout(7200)  # what fails is made smaller first
@pytest.mark.parametrize("part", PARTS)
def test_after_any_edits_a_build_makes_what_is_right_and_runs_what_must(
    part: int, record_property: Callable[[str, object], None]
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    with Forge() as forge:
        EveryEdit.forge, EveryEdit.told = forge, Counter()
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            EveryEdit,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=amount(14, 50),
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    told = EveryEdit.told
    least = {"builds": 2, "ran": 2, "up to date": 1, "killed": 0.2, "restored": 0.01}
    for what, each in least.items():
        assert told[what] >= each * EXAMPLES, told
    record_property("figures", dict(told))
