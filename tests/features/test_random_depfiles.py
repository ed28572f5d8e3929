"""Random include graphs, with files inside and outside the project, one that is made, and a
cache: a small compiler that writes depfiles, against a model.

The model follows the includes by itself. It says for each build exactly what runs and what
is restored: switching an edit back restores, whatever was found in between.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from tests.walks.ground import Walk, jobfile, seeds

if TYPE_CHECKING:
    from collections.abc import Mapping

# writes what it reads, without the lines that include, and the depfile
COMPILER = """
function take(name,  line, got) {
    if (seen[name]++) return
    deps = deps " " name
    while ((got = (getline line < name)) > 0)
        if (line ~ /^include /) take(substr(line, 9)); else print line > out
    if (got < 0) { print "no " name; bad = 1; exit 1 }
    close(name)
}
BEGIN { printf "" > out; take(from); if (!bad) print out ":" deps > out ".d"; exit bad }
"""


@dataclass
class Plan:
    """What a build has to do."""

    made: dict[str, str] = field(default_factory=dict)
    found: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)


class IncludeWalk(Walk):
    """Edits of the files and of who includes whom."""

    def begin(self) -> None:
        self.outside = Path(mkdtemp(prefix="jobmake-outside-"))
        self.ground.write("compile.awk", COMPILER)
        self.made = "1"
        self.files: dict[str, str] = {}
        for number in range(4):
            self._write(f"src/{number}.c", f"source {number}\ninclude inc/{number % 2}.h\n")
            self._write(f"inc/{number}.h", f"header {number}\n")
        self._write("src/3.c", f"source 3\ninclude {self.outside}/o.h\n")
        self._write(f"{self.outside}/o.h", "outside\n")
        # what was true when each was last built: its source, what it found, what it made
        self.recorded: dict[str, tuple[str, dict[str, str], str]] = {}
        self.cache: dict[str, list[tuple[str, dict[str, str], str]]] = {}
        self.trouble: set[str] = set()

    def clear_up(self) -> None:
        shutil.rmtree(self.outside)

    def _write(self, name: str, text: str) -> None:
        self.ground.write(name, text)  # an absolute path leads out
        self.files[name] = text

    # -- edits ----------------------------------------------------------------------------

    def edit_a_file(self) -> None:
        name = self._one()
        lines = [line for line in self.files[name].split("\n") if line.startswith("include")]
        self._write(name, "\n".join([self.chance.choice("xyz"), *lines]) + "\n")

    def include_another(self) -> None:
        self._write(self._one(), self.files[self._one()] + f"include {self._other()}\n")

    def add_an_include(self) -> None:
        name = self._one()
        self._write(name, self.files[name] + f"include {self._other()}\n")

    def drop_an_include(self) -> None:
        name = self._one()
        lines = self.files[name].splitlines(keepends=True)
        self._write(name, "".join(lines[:-1]))

    def edit_outside(self) -> None:
        self._write(f"{self.outside}/o.h", self.chance.choice(["outside\n", "out\n", "side\n"]))

    def change_what_is_made(self) -> None:
        self.made = self.chance.choice("123")

    def remove_a_file(self) -> None:
        names = sorted(name for name in self.files if name.endswith(".h"))
        if len(names) > 3 and self.chance.random() < 0.3:
            name = self.chance.choice(names)
            (self.ground.root / name).unlink()
            del self.files[name]

    def put_back_what_is_missing(self) -> None:
        for number in range(4):
            if f"inc/{number}.h" not in self.files:
                self._write(f"inc/{number}.h", f"header {number}\n")
        if f"{self.outside}/o.h" not in self.files:
            self._write(f"{self.outside}/o.h", "outside\n")

    def rename_a_file(self) -> None:
        names = sorted(name for name in self.files if name.startswith("inc/"))
        if names:
            old, new = self.chance.choice(names), f"inc/n{self.chance.randrange(3)}.h"
            for name in list(self.files):
                self._write(name, self.files[name].replace(f"include {old}", f"include {new}"))
            (self.ground.root / old).unlink()
            self._write(new, self.files.pop(old))

    def undo_all(self) -> None:
        for number in range(4):
            self._write(f"src/{number}.c", f"source {number}\ninclude inc/{number % 2}.h\n")
            self._write(f"inc/{number}.h", f"header {number}\n")

    def delete_an_output(self) -> None:
        self.ground.delete(f"out/{self.chance.randrange(4)}.o")

    def lose_the_cache(self) -> None:
        if self.chance.random() < 0.2:
            shutil.rmtree(self.ground.root / ".jobmake/cache", ignore_errors=True)
            self.cache.clear()

    def _one(self) -> str:
        return self.chance.choice(sorted(self.files))

    def _other(self) -> str:
        return self.chance.choice([*sorted(self.files), "gen/made.h"])

    # -- what there is to make --------------------------------------------------------------

    def _plan(self) -> Plan:
        plan = Plan()
        there = {**self.files, "gen/made.h": f"made {self.made}\n"}
        for number in range(4):
            name, source = f"o{number}", f"src/{number}.c"
            text, found = _compiled(source, there)
            recorded, out = self.recorded.get(name), f"out/{number}.o"
            is_stale = recorded is None or name in self.trouble
            if recorded is not None:
                is_stale |= recorded[0] != there[source]
                is_stale |= any(there.get(path) != one for path, one in recorded[1].items())
                is_stale |= not self.ground.exists(out)
            if not is_stale:
                continue
            kept = [one for one in self.cache.get(name, [])
                    if one[0] == there[source]
                    and all(there.get(path) == text for path, text in one[1].items())]  # fmt: skip
            if kept:
                plan.restored.add(name)
            else:
                plan.ran.add(name)
            if text is None:
                assert not kept
                plan.failed.add(name)
            else:
                plan.made[name], plan.found[name] = text, found
        return plan

    def build(self) -> None:
        tables = {
            "target.gen": {
                "run": f"echo made {self.made} > {{outputs}}",
                "outputs": ["gen/made.h"],
            },
            "target.o": {
                "run": "awk -v from={inputs} -v out={outputs} -f {sources}",
                "inputs": ["src/{matrix.of}.c"],
                "sources": ["compile.awk"],
                "outputs": ["out/{matrix.of}.o"],
                "depfile": "out/{matrix.of}.o.d",
                "after": ["gen"],
                "matrix": {"of": [0, 1, 2, 3]},
            },
        }
        self.ground.write("Jobfile.toml", jobfile(tables))
        plan = self._plan()

        built = self.ground.build(jobs=self.chance.randint(1, 4), keep_going=True)

        assert _names(built.failed) == plan.failed
        assert _names(built.ran) == plan.ran
        assert _names(built.restored) == plan.restored
        self.tell(ran=plan.ran, restored=plan.restored, failed=plan.failed)
        self._note(plan)
        for number in range(4):
            if f"o{number}" not in self.trouble:
                assert self.ground.read(f"out/{number}.o") == self.recorded[f"o{number}"][2]
                assert not self.ground.exists(f"out/{number}.o.d")

    def _note(self, plan: Plan) -> None:
        for name in plan.ran | plan.restored:
            if name in plan.failed:
                self.trouble.add(name)
                continue
            self.trouble.discard(name)
            source = self.files[f"src/{name[1:]}.c"]
            self.recorded[name] = source, plan.found[name], plan.made[name]
            if name in plan.ran:
                self.cache.setdefault(name, []).append(self.recorded[name])


def _compiled(source: str, there: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """What the compiler makes of a source, and the other files that it reads; None where
    one is missing."""
    lines: list[str] = []
    found: dict[str, str] = {}
    missing = False

    def take(name: str) -> None:
        nonlocal missing
        if name in found or missing:
            return
        if name not in there:
            missing = True
            return
        found[name] = there[name]
        for line in there[name].splitlines():
            if line.startswith("include "):
                take(line[8:])
            else:
                lines.append(line + "\n")

    take(source)
    del found[source]
    return None if missing else "".join(lines), found


def _names(those: object) -> set[str]:
    return {f"o{one[-2]}" for one in those if one.startswith("o[")}  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_what_depfiles_name(seed: int) -> None:
    walk = IncludeWalk(seed)
    walk.go(turns=25, least={"ran": 10, "restored": 1})
