"""What a build of a project has to make and to run, said without jobmake.

Knows what each target of the test makes of its inputs, what was recorded, and what a killed build
may have recorded or not. Does not know jobmake's engine, nor time stamps.

A target is a number; those it uses are below its own. What it makes is told by `outputs_of`, so
nothing has to be built to know what is right. Of what has to run there are two answers: what
must, and what may. They differ where a kill left it open how far a build had come, and where a
temp file is made again for who needs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from tests.walks.ground import toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 12
SOURCES = 8

# what each kind of command does, when it has said that it runs and made a part of its output
KINDS = {
    "copy": "cat /dev/null {inputs} > {outputs}; printf '|%s' {params.PARAM} SALT AXIS VALUE"
    " >> {outputs}",
    "count": "cat /dev/null {inputs} | wc -c > {outputs}",
    "constant": "printf constant > {outputs}",
    "folder": "mkdir -p {outputs}/in; cat /dev/null {inputs} > {outputs}/main;"
    " printf %s {params.PARAM} > {outputs}/in/param",
    "tree": "cat /dev/null $(find tree -type f | LC_ALL=C sort) > {outputs}",
}
TELLS = "echo $JOBMAKE_TARGET >> $RUNLOG; "
PART = "printf part > {outputs}; "
MAY_DIE = '[ "$DIE" != "$JOBMAKE_TARGET" ] || kill -9 $BUILDER; '


@dataclass(frozen=True)
class Rule:
    """One declared target. ``axis``: the values of its matrix; none is one target. ``env``:
    whether it reads the variable V."""

    kind: str
    sources: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()
    needs: tuple[int, ...] = ()
    axis: tuple[int, ...] = ()
    glob: bool = False
    temp: bool = False
    env: bool = False
    param: str = "p"
    salt: str = "s"

    def output(self, number: int, value: object) -> str:
        stem = f"out/{number}" if not self.axis else f"out/{number}-{value}"
        return f"{stem}/" if self.kind == "folder" else f"{stem}.txt"

    def read_as(self, number: int) -> list[str]:
        """Return the inputs with which others read it."""
        if self.kind == "folder":
            return [f"{self.output(number, value)}main" for value in self.axis or (None,)]
        return [f"@t{number}"]

    @property
    def uses_param(self) -> bool:
        return "PARAM" in KINDS[self.kind]

    @property
    def used(self) -> set[int]:
        return {*self.targets, *self.needs}


@dataclass
class Expected:
    """What a build has to do. ``records``: what is true of each instance when it is done."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    temps: set[str] = field(default_factory=set)  # paths of `made` that may have been removed
    records: dict[str, Any] = field(default_factory=dict)


@dataclass
class Model:
    """The project as it should be."""

    rules: dict[int, Rule] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # what a person wrote, but the Jobfile
    params: dict[str, Any] = field(default_factory=lambda: {"p": 1, "q": "1"})
    variable: str | None = None
    # of each instance all that its record may be: (what went in, what came out), or None
    recorded: dict[str, set[Any]] = field(default_factory=dict)
    kept: set[Any] = field(default_factory=set)  # what was ever built with a cache

    # -- the Jobfile ----------------------------------------------------------------------

    def jobfile(self) -> str:
        lines = ["[params]"]
        lines += [f"{name} = {toml(value)}" for name, value in self.params.items()]
        for number, one in sorted(self.rules.items()):
            path = one.output(number, "{matrix.n}")
            lines += [
                f"[target.t{number}]",
                f"run = {toml(self._command(one))}",
                f"inputs = {toml(self._patterns(one))}",
                f"outputs = [{toml({'path': path, 'temp': True}) if one.temp else toml(path)}]",
                f"needs = {toml([f't{need}' for need in one.needs])}",
                *([f"matrix = {{ n = {list(one.axis)} }}"] if one.axis else []),
                *(['env_inputs = ["V"]'] if one.env else []),
            ]
        return "\n".join(lines) + "\n"

    def _command(self, one: Rule) -> str:
        what = KINDS[one.kind].replace("PARAM", one.param).replace("SALT", one.salt)
        what = what.replace("AXIS", "{matrix.n}" if one.axis else "")
        what = what.replace("VALUE", '"${V-none}"' if one.env else "")
        return TELLS + (PART if one.kind != "folder" else "mkdir -p {outputs}; ") + MAY_DIE + what

    def _patterns(self, one: Rule) -> list[str]:
        return [
            *(f"src/{source}.txt" for source in one.sources),
            *chain.from_iterable(self.rules[target].read_as(target) for target in one.targets),
            *(["glob/*.txt"] if one.glob else []),
            *(["tree/"] if one.kind == "tree" else []),
        ]

    @property
    def free(self) -> list[int]:
        """Return the numbers that no target has."""
        return [number for number in range(MOST) if number not in self.rules]

    # -- what there is ----------------------------------------------------------------------

    def wanted(self, goals: Iterable[int]) -> list[int]:
        """Return the goals (none: all targets) and all that they use, users last."""
        waiting, found = [*goals] or [*self.rules], set()
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.rules[number].used
        return sorted(found)

    def instances(self, number: int) -> Iterator[tuple[str, object]]:
        """Yield name and value of each instance of a target."""
        axis = self.rules[number].axis
        yield from ((f"t{number}[n={value}]", value) for value in axis)
        if not axis:
            yield f"t{number}", None

    def missing(self, wanted: Iterable[int]) -> set[str]:
        """Return the files that the wanted targets name and that are not there."""
        named = {f"src/{source}.txt" for one in wanted for source in self.rules[one].sources}
        if any(self.rules[one].glob for one in wanted) and not self._below("glob/"):
            named.add("glob/*.txt")
        return named - self.files.keys()

    def _below(self, folder: str) -> dict[str, str]:
        return {path: self.files[path] for path in sorted(self.files) if path.startswith(folder)}

    # -- what a build has to do ---------------------------------------------------------------

    def expected(self, wanted: list[int], disk: Mapping[str, str], tree: object) -> Expected:
        """Say what a build has to do, given the files below `out/`, and what `tree/` is."""
        will, results = Expected(), dict[str, Any]()
        for number in wanted:
            one = self.rules[number]
            inputs = self._inputs(one, will.made)
            for name, value in self.instances(number):
                outputs = self._outputs_of(one, number, value, list(inputs.values()))
                key = (
                    one.kind, value, tuple(inputs.items()), tuple(self._patterns(one)),
                    one.salt if one.kind == "copy" else None,
                    (one.param, repr(self.params[one.param])) if one.uses_param else None,
                    (self.variable,) if one.env else None,
                    tree if one.kind == "tree" else None,
                    tuple((need, results[need]) for need in self._needed(one)),
                )  # fmt: skip
                results[name] = tuple(sorted(outputs.items()))
                record = will.records[name] = (key, results[name])
                there = {
                    path: disk[path] for path in disk if path.startswith(one.output(number, value))
                }
                as_made = there == outputs or (one.temp and not there)
                known = self.recorded.get(name, {None})
                if not as_made or record not in known:
                    # what becomes of a temp file that somebody edited, nobody has to ask
                    will.must |= set() if one.temp and record in known else {name}
                if not as_made or known != {record}:
                    will.may.add(name)
                will.temps |= set(outputs) if one.temp else set()
                will.made |= outputs
        self._add_temps(will, wanted, disk)
        return will

    def _add_temps(self, will: Expected, wanted: list[int], disk: Mapping[str, str]) -> None:
        """Whoever may run may ask for temp files again, and so on downwards."""
        for number in reversed(wanted):
            users = [
                name for user in wanted if number in self.rules[user].used
                for name, _ in self.instances(user)
            ]  # fmt: skip
            if self.rules[number].temp and will.may.intersection(users):
                will.may.update(name for name, _ in self.instances(number))

    def _needed(self, one: Rule) -> Iterator[str]:
        for need in one.needs:
            yield from (name for name, _ in self.instances(need))

    def _inputs(self, one: Rule, made: Mapping[str, str]) -> dict[str, str]:
        found = {f"src/{number}.txt": self.files[f"src/{number}.txt"] for number in one.sources}
        for target in one.targets:
            other = self.rules[target]
            for _, value in self.instances(target):
                path = other.output(target, value) + ("main" if other.kind == "folder" else "")
                found[path] = made[path]
        return found | (self._below("glob/") if one.glob else {})

    def _outputs_of(
        self, one: Rule, number: int, value: object, inputs: list[str]
    ) -> dict[str, str]:
        text, param, path = "".join(inputs), self.params[one.param], one.output(number, value)
        match one.kind:
            case "copy":
                more = [param, one.salt, *([value] if one.axis else [])]
                more += [self.variable if self.variable is not None else "none"] * one.env
                return {path: text + "".join(f"|{one}" for one in more)}
            case "count":
                return {path: f"{len(text.encode())}\n"}
            case "constant":
                return {path: "constant"}
            case "tree":
                return {path: "".join(self._below("tree/").values())}
            case _:
                return {f"{path}main": text, f"{path}in/param": str(param)}

    # -- what was done ----------------------------------------------------------------------------

    def done(self, will: Expected, *, cached: bool) -> None:
        """Remember a build that came to its end."""
        self.recorded |= {name: {record} for name, record in will.records.items()}
        self._keep(will, will.records, cached)
        self._drop_those_gone({None})

    def cut_short(self, will: Expected, *, cached: bool) -> None:
        """Remember a build that was killed somewhere."""
        for name in will.may:
            old = self.recorded.get(name, {None})
            self.recorded[name] = {*old, None, will.records[name]}
        self._keep(will, will.may, cached)
        self._drop_those_gone({None})

    def _keep(self, will: Expected, names: Iterable[str], cached: bool) -> None:
        if cached:
            self.kept.update((name, will.records[name][0]) for name in names)

    def _drop_those_gone(self, also: set[Any]) -> None:
        """The records of what left the Jobfile may go with any build."""
        there = {name for number in self.rules for name, _ in self.instances(number)}
        for name in self.recorded.keys() - there:
            self.recorded[name] |= also
