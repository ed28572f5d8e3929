"""Random chains of `each` over what others make: values come and go, fail, and come back.

    words ─▶ split ─▶ one[…] ─▶ two[…] ─▶ three[…] ─▶ all

A model knows every instance there has to be, what it makes, and what was recorded of it. It
says for each build exactly what runs, what is restored and what is blocked; what instances
left behind that are no more is found by nobody.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.walks.ground import Built, Ground, Walk, jobfile, seeds

WORDS = ("a", "b", "c", "d", "e f")
OVER = {
    "folder": ["@split", "@split:parts", "parts/", "parts/*.txt"],
    "glob": ["@split", "@split:parts", "parts/*.txt"],
}


@dataclass
class Plan:
    """What a build has to do."""

    made: dict[str, dict[str, str]] = field(default_factory=dict)  # of each target
    keys: dict[str, Any] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)


class GrowthWalk(Walk):
    """Edits of the words, of the Jobfile, of outputs."""

    def begin(self) -> None:
        self.words = {"a": "1", "b": "2"}
        self.param = 1
        self.how, self.over = "folder", "@split"
        self.three_over, self.gather = "@two", "@three"
        self.cached = True
        self.recorded: dict[str, tuple[Any, dict[str, str]]] = {}
        self.trouble: set[str] = set()
        self.cache: set[tuple[str, Any]] = set()
        self.last: dict[str, str] = {}  # what was last made at each path

    # -- edits ----------------------------------------------------------------------------

    def add_a_word(self) -> None:
        self.words[self.chance.choice(WORDS)] = self.chance.choice("1234")

    def change_a_word(self) -> None:
        self.words[self.chance.choice([*self.words, "a"])] = self.chance.choice(["1", "5", "bad"])

    def mend_the_bad(self) -> None:
        self.words = {word: text.replace("bad", "7") for word, text in self.words.items()}

    def drop_a_word(self) -> None:
        if self.words:
            del self.words[self.chance.choice(sorted(self.words))]

    def rename_a_word(self) -> None:
        if self.words:
            old, new = self.chance.choice(sorted(self.words)), self.chance.choice(WORDS)
            self.words[new] = self.words.pop(old)

    def change_param(self) -> None:
        self.param = self.chance.randint(1, 3)

    def change_the_chain(self) -> None:
        if self.chance.random() < 0.4:
            self.how = self.chance.choice(sorted(OVER))
        self.over = self.chance.choice(OVER[self.how])
        self.three_over = self.chance.choice(["@two", "twos/*.txt"])
        self.gather = self.chance.choice(["@three", "threes/*.txt"])

    def turn_the_cache(self) -> None:
        self.cached = not self.cached

    def edit_an_output(self) -> None:
        path = self._an_output()
        if path:
            self.ground.write(path, f"edit {self.count}\n")

    def delete_an_output(self) -> None:
        path = self._an_output()
        if path:
            self.ground.delete(path)

    def put_a_file_of_ones_own(self) -> None:
        folder = self.chance.choice(["twos", "threes"])
        self.ground.write(f"{folder}/mine.txt", f"mine {self.count}\n")

    def _an_output(self) -> str | None:
        found = [path for folder in ("parts", "ones", "twos", "threes")
                 for path in self.ground.disk(folder)]  # fmt: skip
        return self.chance.choice(sorted(found)) if found else None

    # -- what there is to make --------------------------------------------------------------

    def _jobfile(self) -> str:
        parts = "parts/" if self.how == "folder" else "parts/*.txt"
        line = "cat {inputs} | sha1sum | cut -c1-8"
        return jobfile(
            {
                "params": {"p": self.param},
                "target.split": {
                    "run": "mkdir -p parts; while IFS='=' read -r word text;"
                    ' do echo "$text" > "parts/$word.txt"; done < {inputs}',
                    "inputs": ["words"],
                    "outputs": {"parts": parts},
                },
                "target.one": {
                    "run": "if grep -q bad {inputs}; then exit 1; fi; "
                    f"({line}; echo {{params.p}}) | tr '\\n' ' ' > {{outputs}}",
                    "inputs": ["{each.p}"],
                    "outputs": ["ones/{each.p.stem}.txt"],
                    "each": {"p": self.over},
                },
                "target.two": {
                    "run": "cut -c1 {inputs} > {outputs}",
                    "inputs": ["{each.q}"],
                    "outputs": ["twos/{each.q.stem}.txt"],
                    "each": {"q": "@one"},
                },
                "target.three": {
                    "run": f"{line} > {{outputs}}",
                    "inputs": ["{each.r}"],
                    "outputs": ["threes/{each.r.stem}.txt"],
                    "each": {"r": self.three_over},
                },
                "target.all": {
                    "run": 'for file in {inputs}; do echo "$file"; cat "$file"; done > {outputs}',
                    "inputs": [self.gather],
                    "outputs": ["all.txt"],
                },
            }
        )

    def _plan(self) -> Plan:
        plan = Plan()
        self.disk = {path: text for folder in ("parts", "ones", "twos", "threes")
                     for path, text in self.ground.disk(folder).items()}  # fmt: skip
        if self.ground.exists("all.txt"):
            self.disk["all.txt"] = self.ground.read("all.txt")
        parts = {f"parts/{word}.txt": text + "\n" for word, text in self.words.items()}
        words = tuple(self.words.items())
        empty = self.how == "glob" and not parts
        if not self._settle(plan, "split", (words, self.how), parts, fails=empty):
            return self._rest_is_blocked(plan, ["all"])
        plan.opened.add("one")
        ones, good = {}, True
        for path, text in parts.items():
            name, made = _instance("one", "p", path, "ones"), _digest(text) + f" {self.param} "
            bad = "bad" in text
            # over a folder, or a glob: that is in its command's text no more than its name
            good &= self._settle(plan, name[0], (text, self.param), {name[1]: made}, fails=bad)
            ones[name[1]] = made
        if not good:
            return self._rest_is_blocked(plan, ["all"])
        plan.opened.add("two")
        twos = {}
        for path, text in ones.items():
            name = _instance("two", "q", path, "twos")
            twos[name[1]] = text[0] + "\n"
            self._settle(plan, name[0], text, {name[1]: twos[name[1]]})
        plan.opened.add("three")
        threes = {}
        for path, text in self._over(twos, "twos", self.three_over).items():
            name = _instance("three", "r", path, "threes")
            threes[name[1]] = _digest(text) + "\n"
            self._settle(plan, name[0], text, {name[1]: threes[name[1]]})
        gathered = dict(sorted(self._over(threes, "threes", self.gather).items()))
        if not gathered and self.gather != "@three":
            plan.failed.add("all")  # its glob matches nothing
            return plan
        made = "".join(f"{path}\n{text}" for path, text in gathered.items())
        key = (tuple(gathered.items()), self.gather)
        self._settle(plan, "all", key, {"all.txt": made})
        return plan

    def _over(self, made: dict[str, str], folder: str, by: str) -> dict[str, str]:
        """What a reference or a glob names: a glob finds a person's files, too, also those
        that were an output and are edited; not what instances left that are no more."""
        if by.startswith("@"):
            return made
        own = {path: text for path, text in self.disk.items()
               if path.startswith(f"{folder}/") and text != self.last.get(path)}  # fmt: skip
        return {**own, **made}

    def _settle(
        self, plan: Plan, name: str, key: Any, made: dict[str, str], fails: bool = False
    ) -> bool:
        plan.made[name], plan.keys[name] = made, key
        is_stale = name in self.trouble or self.recorded.get(name) != (key, made)
        is_stale |= any(self.disk.get(path) != text for path, text in made.items())
        if name == "split":
            is_stale |= any(path.startswith("parts/") and path not in made for path in self.disk)
        if is_stale:
            if self.cached and (name, key) in self.cache:
                plan.restored.add(name)
            else:
                plan.ran.add(name)
                if fails:
                    plan.failed.add(name)
                    return False
        return True

    def _rest_is_blocked(self, plan: Plan, names: list[str]) -> Plan:
        plan.blocked = {*names, *({"one", "two", "three"} - plan.opened)}
        return plan

    # -- builds -----------------------------------------------------------------------------

    def build(self) -> None:
        lines = "".join(f"{word}={text}\n" for word, text in self.words.items())
        self.ground.write("words", lines)
        self.ground.write("Jobfile.toml", self._jobfile())
        plan = self._plan()

        built = self.ground.build(
            jobs=self.chance.randint(1, 4), keep_going=True, cache=self.cached
        )

        self._check(plan, built)
        self._note(plan)
        if not plan.failed:
            if self.chance.random() < 0.3:
                again = self.ground.build(cache=self.cached, locked=self.chance.random() < 0.5)
                assert again.summary.ok
                assert (list(again.ran), list(again.restored)) == ([], [])
            if self.chance.random() < 0.1:
                self._check_clean_build(plan)

    def _check(self, plan: Plan, built: Built) -> None:
        assert built.failed == plan.failed
        assert set(built.ran) == plan.ran
        assert built.restored == plan.restored
        assert {one.partition("[")[0] for one in built.summary.blocked} == plan.blocked
        for name, made in plan.made.items():
            if name not in plan.failed:
                for path, text in made.items():
                    assert self.ground.read(path) == text
        self.tell(ran=plan.ran, restored=plan.restored, failed=plan.failed, targets=plan.made)

    def _note(self, plan: Plan) -> None:
        for name in plan.ran | plan.restored:
            if name in plan.failed:
                self.trouble.add(name)
                continue
            self.trouble.discard(name)
            self.recorded[name] = plan.keys[name], plan.made[name]
            self.last.update(plan.made[name])
            if self.cached and name in plan.ran:
                self.cache.add((name, plan.keys[name]))
        for name in list({*self.recorded, *self.trouble}):
            if name.partition("[")[0] in plan.opened and name not in plan.made:
                self.recorded.pop(name, None)
                self.trouble.discard(name)

    def _check_clean_build(self, plan: Plan) -> None:
        clean = Ground()
        for name in ("Jobfile.toml", "words"):
            shutil.copy(self.ground.root / name, clean.root)
        for path, text in self.disk.items():
            if path not in self.last or text != self.last[path]:
                clean.write(path, text)
        clean.build()
        for path in (path for made in plan.made.values() for path in made):
            assert clean.read(path) == self.ground.read(path)
        clean.remove()


def _instance(family: str, axis: str, path: str, folder: str) -> tuple[str, str]:
    return f'{family}[{axis}="{path}"]', f"{folder}/{Path(path).stem}.txt"


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()[:8]


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_instances_that_come_and_go(seed: int) -> None:
    GrowthWalk(seed).go(turns=20, least={"ran": 20})
