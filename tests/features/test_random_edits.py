"""Random graphs and random edits against a trivial model.

After every build all outputs are what the model says (so: what a clean build makes), and
exactly those targets ran whose fingerprint or outputs had changed, and exactly those of them
were restored that had been built like that before: none missed, none needless.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.amounts import amount
from tests.walks.ground import Ground

EXAMPLES = amount(20, 1000)

TEXTS = st.sampled_from(["", "a", "b", "ab", "ba", "longer text\n", "x y", "é"])
NUMBERS = st.integers(0, 3)

# what each kind of command does: its text, and what it makes of (inputs, param, salt)
KINDS = {
    "copy": "cat {inputs} > {outputs} && printf %s {params.PARAM} SALT >> {outputs}",
    "count": "cat {inputs} | wc -c > {outputs}",
    "constant": "cat {inputs} > /dev/null && printf constant > {outputs}",
    "folder": "mkdir -p {outputs}/in && cat {inputs} > {outputs}/main"
    " && printf %s {params.PARAM} > {outputs}/in/param",
}


@dataclass(frozen=True)
class Rule:
    """One target as the test knows it. Files are named; targets are numbers below its own."""

    kind: str
    sources: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()
    needs: tuple[int, ...] = ()
    glob: bool = False
    param: str = "p"
    salt: str = "s"

    def output(self, number: int) -> str:
        return f"out/{number}/" if self.kind == "folder" else f"out/{number}.txt"

    def main_file(self, number: int) -> str:
        return f"out/{number}/main" if self.kind == "folder" else f"out/{number}.txt"


@dataclass
class Model:
    """The project as it should be."""

    rules: list[Rule] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=lambda: {"p": 1, "q": "1"})
    # what was true when each target last succeeded: what went in, and what came out
    recorded: dict[int, tuple[Any, dict[str, str]]] = field(default_factory=dict)
    kept: set[Any] = field(default_factory=set)  # what ran with a cache

    def jobfile(self) -> str:
        lines = ["[params]"]
        lines += [f"{name} = {_toml(value)}" for name, value in self.params.items()]
        for number, one in enumerate(self.rules):
            run = KINDS[one.kind].replace("PARAM", one.param).replace("SALT", one.salt)
            lines += [
                f"[target.t{number}]",
                f"run = {_toml(run)}",
                f"inputs = [{', '.join(_toml(path) for path in self.patterns(one))}]",
                f"outputs = [{_toml(one.output(number))}]",
                f"needs = [{', '.join(_toml(f't{need}') for need in one.needs)}]",
            ]
        return "\n".join(lines) + "\n"

    def patterns(self, one: Rule) -> list[str]:
        paths = [f"src/{source}.txt" for source in one.sources]
        paths += [self.rules[target].main_file(target) for target in one.targets]
        return paths + (["glob/*.txt"] if one.glob else [])

    def expected(
        self, disk: dict[str, str], cached: bool
    ) -> tuple[set[str], set[str], dict[str, str]]:
        """Return which targets must run, given what is on the disk, which are restored, and
        all outputs."""
        must_run, restored = set(), set()
        made: dict[str, str] = {}
        results: dict[int, Any] = {}
        for number, one in enumerate(self.rules):
            inputs = self._inputs(one, made)
            key = (
                one.kind,
                one.salt if one.kind == "copy" else "",
                tuple(self.patterns(one)),
                tuple(inputs.items()),
                (one.param, repr(self.params[one.param])) if "PARAM" in KINDS[one.kind] else None,
                tuple((need, results[need]) for need in one.needs),
            )
            outputs = self._outputs(number, one, list(inputs.values()))
            there = {path: disk[path] for path in disk if self._belongs(path, number, one)}
            if self.recorded.get(number) != (key, there):
                if cached and (number, key) in self.kept:
                    restored.add(f"t{number}")
                else:
                    must_run.add(f"t{number}")
                    self.kept.update({(number, key)} if cached else ())
            self.recorded[number] = (key, outputs)
            results[number] = tuple(sorted(outputs.items()))
            made.update(outputs)
        return must_run, restored, made

    def _inputs(self, one: Rule, made: dict[str, str]) -> dict[str, str]:
        found = {f"src/{source}.txt": self.sources[f"src/{source}.txt"] for source in one.sources}
        for target in one.targets:
            path = self.rules[target].main_file(target)
            found[path] = made[path]
        if one.glob:
            for path in sorted(path for path in self.sources if path.startswith("glob/")):
                found[path] = self.sources[path]
        return found

    def _outputs(self, number: int, one: Rule, inputs: list[str]) -> dict[str, str]:
        text, param = "".join(inputs), self.params[one.param]
        match one.kind:
            case "copy":
                return {f"out/{number}.txt": f"{text}{param}{one.salt}"}
            case "count":
                return {f"out/{number}.txt": f"{len(text.encode())}\n"}
            case "constant":
                return {f"out/{number}.txt": "constant"}
            case _:
                return {f"out/{number}/main": text, f"out/{number}/in/param": str(param)}

    def _belongs(self, path: str, number: int, one: Rule) -> bool:
        return path.startswith(one.output(number))


class RandomEdits(RuleBasedStateMachine):
    """Edits of every kind, in any order, with builds in between."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="jobmake-edits-"))
        self.model = Model()

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @initialize(texts=st.lists(TEXTS, min_size=4, max_size=4))
    def begin(self, texts: list[str]) -> None:
        for number, text in enumerate(texts):
            self._write(f"src/{number}.txt", text)
        self._write("glob/first.txt", "g")
        self.model.rules = [Rule("copy", sources=(0,))]

    # -- edits of the Jobfile ---------------------------------------------------------

    @precondition(lambda self: len(self.model.rules) < 8)
    @rule(data=st.data(), kind=st.sampled_from(sorted(KINDS)), glob=st.booleans())
    def add_target(self, data: st.DataObject, kind: str, glob: bool) -> None:
        below = st.integers(0, len(self.model.rules) - 1)
        targets = tuple(data.draw(st.lists(below, max_size=3, unique=True)))
        sources = tuple(data.draw(st.lists(NUMBERS, max_size=2, unique=True)))
        needs = tuple(data.draw(st.lists(below, max_size=2, unique=True)))
        if not (targets or sources):
            sources = (0,)
        param = data.draw(st.sampled_from(["p", "q"]))
        self.model.rules.append(Rule(kind, sources, targets, needs, glob, param))

    @rule(data=st.data(), salt=st.sampled_from("stu"))
    def change_command(self, data: st.DataObject, salt: str) -> None:
        self._change(self._one(data), salt=salt)

    @rule(data=st.data())
    def change_inputs(self, data: st.DataObject) -> None:
        number = self._one(data)
        old = self.model.rules[number]
        sources = data.draw(st.permutations(old.sources)) + data.draw(
            st.lists(NUMBERS.filter(lambda one: one not in old.sources), max_size=1)
        )
        self._change(number, sources=tuple(sources), glob=data.draw(st.booleans()))

    @rule(data=st.data())
    def drop_an_input(self, data: st.DataObject) -> None:
        number = self._one(data)
        old = self.model.rules[number]
        if len(old.sources) > 1:
            self._change(number, sources=old.sources[1:])
        elif old.targets and old.sources:
            self._change(number, targets=old.targets[1:])

    @rule(data=st.data())
    def change_needs(self, data: st.DataObject) -> None:
        number = self._one(data)
        below = st.integers(0, number - 1) if number else st.nothing()
        needs = data.draw(st.lists(below, max_size=2, unique=True)) if number else []
        self._change(number, needs=tuple(needs))

    @rule(name=st.sampled_from(["p", "q"]), value=st.sampled_from([1, 2, "1", "2", "a b", "$(x)"]))
    def change_param(self, name: str, value: Any) -> None:
        self.model.params[name] = value

    # -- edits of files ---------------------------------------------------------------

    @rule(number=NUMBERS, text=TEXTS)
    def edit_source(self, number: int, text: str) -> None:
        self._write(f"src/{number}.txt", text)

    @rule(number=NUMBERS, text=TEXTS)
    def replace_source_by_an_older_file(self, number: int, text: str) -> None:
        self._write(f"src/{number}.txt", text)
        os.utime(self.root / f"src/{number}.txt", ns=(10**18, 10**18))

    @rule(number=NUMBERS)
    def touch_source(self, number: int) -> None:
        os.utime(self.root / f"src/{number}.txt")

    @rule(name=st.sampled_from(["a", "b", "first"]), text=TEXTS)
    def add_to_glob(self, name: str, text: str) -> None:
        self._write(f"glob/{name}.txt", text)

    @rule(data=st.data())
    def rename_in_glob(self, data: st.DataObject) -> None:
        names = sorted(path for path in self.model.sources if path.startswith("glob/"))
        old, new = data.draw(st.sampled_from(names)), "glob/renamed.txt"
        os.rename(self.root / old, self.root / new)
        self.model.sources[new] = self.model.sources.pop(old)

    @rule(data=st.data())
    def delete_from_glob(self, data: st.DataObject) -> None:
        names = sorted(path for path in self.model.sources if path.startswith("glob/"))
        if len(names) > 1:
            name = data.draw(st.sampled_from(names))
            os.unlink(self.root / name)
            del self.model.sources[name]

    @rule(data=st.data(), text=TEXTS)
    def edit_an_output(self, data: st.DataObject, text: str) -> None:
        path = self._an_output(data)
        if path:
            path.write_text(text)

    @rule(data=st.data())
    def delete_an_output(self, data: st.DataObject) -> None:
        path = self._an_output(data)
        if path:
            path.unlink()

    # -- builds -----------------------------------------------------------------------

    @rule(jobs=st.integers(1, 4), cached=st.booleans())
    def build(self, jobs: int, cached: bool) -> None:
        must_run, restored, made = self.model.expected(self._disk(), cached)

        assert self._build(jobs, cached) == (must_run, restored)
        assert self._disk() == made

    @rule(cached=st.booleans())
    def build_twice(self, cached: bool) -> None:
        self.build(2, cached)

        assert self._build(2, cached) == (set(), set())

    # -- the rest is bookkeeping --------------------------------------------------------

    def _build(self, jobs: int, cached: bool) -> tuple[set[str], set[str]]:
        (self.root / "Jobfile.toml").write_text(self.model.jobfile())
        ground = Ground(self.root)
        built = ground.build(jobs=jobs, cache=cached)
        assert built.summary.ok, built.summary
        return set(built.ran), built.restored

    def _change(self, number: int, **changes: Any) -> None:
        self.model.rules[number] = replace(self.model.rules[number], **changes)

    def _one(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, len(self.model.rules) - 1))

    def _an_output(self, data: st.DataObject) -> Path | None:
        paths = sorted(self._disk())
        return self.root / data.draw(st.sampled_from(paths)) if paths else None

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.model.sources[name] = text

    def _disk(self) -> dict[str, str]:
        out = self.root / "out"
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in out.rglob("*")
            if path.is_file()
        }


def _toml(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'''" + value + "'''"


TestRandomEdits = RandomEdits.TestCase
TestRandomEdits.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
