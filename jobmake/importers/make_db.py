"""A Makefile as GNU make itself reads it: make's data base, and recipes expanded by make.

Knows how make is asked and how its answers are read. Does not know Jobfiles.

Make is run three times and never runs a recipe: first to name all rules; then with
all targets as goals and `-n`, so that pattern rules are tried for each (recipes that
call make, which `-n` would run, are put out of action before); then with each recipe
replaced by one that only prints the old one's lines, expanded. Only included makefiles
are remade if they have rules, as by any other run of make.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING

from jobmake.tools.value import Mutable, Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobmake.importers.draft import Source

DEADLINE = 120.0  # seconds for one run of make
_GOAL = "__jobmake_goal"
_MARK = "\x01jobmake "
_STOP = re.compile(
    r"^(?P<file>.+?):(?P<line>\d+): \*\*\* (?P<why>.*?)\.?(?:\s+Stop\.)?$", re.MULTILINE
)
_FROM = re.compile(r"#  recipe to execute \(from '(.+)', line (\d+)\):")
_STEM = re.compile(r"#  Implicit/static pattern stem: '(.*)'")
_RECURSIVE = re.compile(r"^[ \t@-]*\+|\$[({]MAKE[)}]", re.MULTILINE)
_USABLE = re.compile(r"[\w./+@~^,-]+")  # names that need no escaping anywhere


class Rule(Value):
    """One target as make sees it. ``recipe`` holds its lines, ``commands`` their expansions."""

    target: str
    needs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    phony: bool = False
    double_colon: bool = False
    stem: str | None = None
    also_makes: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    recipe: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    is_target: bool = True


class Database(Mutable):
    """What make knows of a Makefile."""

    variables: dict[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    patterns: list[Rule] = field(default_factory=list)
    makefiles: tuple[str, ...] = ()


def read(source: Source, exported: Iterable[str]) -> Database:
    """Return what make makes of a Makefile. Raises JobfileError with make's own words."""
    first = _parse(_run(source, f"{_GOAL}:;\n"))
    targets = [rule.target for rule in first.rules if is_ordinary(rule)]
    quiet = "".join(_silenced(rule) for rule in (*first.rules, *first.patterns))
    second = _parse(_run(source, f"{quiet}{_GOAL}: {' '.join(targets)}\n"))
    originals = {rule.target: rule for rule in first.rules if calls_make(rule)}
    found = []
    for rule in second.rules:
        was = originals.get(rule.target, rule)
        found.append(replace(rule, recipe=was.recipe, file=was.file, line=was.line))
    second.rules = [rule for rule in found if rule.target != _GOAL]
    second.variables.update(_expanded(source, second, exported))
    second.makefiles = tuple(first.variables.get("MAKEFILE_LIST", "").split())
    second.variables[".DEFAULT_GOAL"] = first.variables.get(".DEFAULT_GOAL", "")
    return second


def _run(source: Source, more: str) -> str:
    """Run make with a few lines after the Makefile's own; return its data base."""
    with tempfile.NamedTemporaryFile("w", suffix=".mk", encoding="utf-8") as file:
        file.write(more)
        file.flush()
        environ = {key: value for key, value in os.environ.items() if key not in _MAKES_OWN}
        name = os.path.basename(source.path)
        try:
            done = subprocess.run(
                ["make", "-npk", "--no-print-directory", "-f", name, "-f", file.name, _GOAL],
                cwd=source.folder,
                env={**environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=DEADLINE,
                check=False,
            )
        except FileNotFoundError:
            raise source.wrong("GNU make is needed to read it", hint="install `make`") from None
        except subprocess.TimeoutExpired:
            raise source.wrong(f"make has not read it after {DEADLINE:.0f} seconds") from None
        words = done.stderr.decode(errors="replace").replace(file.name, "the importer's lines")
    out = done.stdout.decode(errors="surrogateescape")
    _refuse_broken(source, words, "# Make data base" in out)
    return out


_MAKES_OWN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEFILES", "MAKEOVERRIDES", "GNUMAKEFLAGS")


def _refuse_broken(source: Source, words: str, has_database: bool) -> None:
    found = _STOP.search(words)
    if found and found["file"] == os.path.basename(source.path) and "Stop." in found.group():
        number = int(found["line"])
        lines = source.read().split("\n")
        text = lines[number - 1] if number <= len(lines) else None
        raise source.wrong(found["why"], number, text)
    if found and "Stop." in found.group():
        raise source.wrong(f"make refuses it: {found['file']}:{found['line']}: {found['why']}")
    if not has_database:
        why = words.strip().splitlines()
        raise source.wrong(f"make refuses it: {why[-1] if why else 'without a word'}")


def _parse(out: str) -> Database:
    """Read a data base: variables, pattern rules, targets."""
    found = Database()
    head, _, rest = out[out.index("# Make data base") :].partition("\n# Implicit Rules\n")
    patterns, _, files = rest.partition("\n# Files\n")
    for match in re.finditer(r"^([^#\s:=]+) :?:?= (.*)$", head, re.MULTILINE):
        found.variables[match[1]] = match[2]
    found.patterns = [rule for rule in _blocks(patterns) if "%" in rule.target]
    found.rules = list(_blocks(files.partition("\n# files hash-table")[0]))
    return found


def _blocks(text: str) -> Iterator[Rule]:
    for block in re.split(r"\n\n+", text.strip("\n")):
        rule = _block(block.split("\n"))
        if rule is not None:
            yield rule


def _block(lines: list[str]) -> Rule | None:
    header, recipe, marks = "", [], []
    for line in lines:
        if line.startswith("\t"):
            recipe.append(line[1:])
        elif line.startswith("#"):
            marks.append(line)
        elif not recipe and line:
            header = line
    target, colon, rest = header.partition(":")
    if not colon:
        return None
    double = rest.startswith(":")
    needs, _, order = rest.lstrip(":").partition("|")
    told = "\n".join(marks)
    place, stem = _FROM.search(told), _STEM.search(told)
    also = re.search(r"#  Also makes: ?(.*)", told, re.IGNORECASE)
    return Rule(
        target=target.strip(),
        needs=tuple(dict.fromkeys(needs.split())),
        order_only=tuple(dict.fromkeys(order.split())),
        phony="#  Phony target" in told,
        double_colon=double,
        stem=(stem[1] or None) if stem else None,
        also_makes=tuple(also[1].split()) if also else (),
        file=place[1] if place else "",
        line=int(place[2]) if place else 0,
        recipe=tuple(_joined(recipe)),
        is_target="# Not a target:" not in told,
    )


def _joined(lines: list[str]) -> Iterator[str]:
    """Join lines that end in a backslash with the next, which stays on a line of its own."""
    begun: list[str] = []
    for line in lines:
        begun.append(line)
        if not _goes_on(line):
            yield "\n".join(begun)
            begun = []
    if begun:
        yield "\n".join(begun)


def _goes_on(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def is_ordinary(rule: Rule) -> bool:
    """Say whether a rule is for one file or name, not a setting of make or a suffix rule."""
    special = re.fullmatch(r"\.[A-Z_]+|\.\w+(\.\w+)?", rule.target)
    return rule.is_target and not special and bool(_USABLE.fullmatch(rule.target))


def calls_make(rule: Rule) -> bool:
    """Say whether make runs a recipe's lines even where it only tells them."""
    return bool(_RECURSIVE.search("\n".join(rule.recipe)))


def _silenced(rule: Rule) -> str:
    """Return a rule in place of one whose recipe make would run in spite of `-n`."""
    if not calls_make(rule) or (
        rule.is_target and not is_ordinary(rule) and "%" not in rule.target
    ):
        return ""
    if "%" in rule.target:
        order = f" | {' '.join(rule.order_only)}" if rule.order_only else ""
        return f"{rule.target}: {' '.join(rule.needs)}{order} ; @:\n"
    return f"{rule.target}:{':' if rule.double_colon else ''} ;\n"


def _expanded(source: Source, known: Database, exported: Iterable[str]) -> dict[str, str]:
    """Put expanded commands into the rules of ``known``; return variables' values."""
    numbered = [
        (number, rule)
        for number, rule in enumerate(known.rules)
        if rule.recipe and is_ordinary(rule) and not rule.double_colon
    ]
    text = "".join(_printer(number, rule) for number, rule in numbered)
    names = " ".join(rule.target for _, rule in numbered)
    text += _promised(source, [rule for _, rule in numbered])
    values = "".join(f"$(info {_MARK}value {name})\n$(info $({name}))\n" for name in exported)
    out = _run(source, f"{text}{values}$(info {_MARK}end)\n.PHONY: {names}\n{_GOAL}: {names}\n")
    out = out.partition("\n# Make data base")[0]
    said: dict[str, list[str]] = {}
    for piece in out.split(_MARK)[1:]:
        head, _, body = piece.partition("\n")
        said.setdefault(head, []).append(body.removesuffix("\n"))
    for number, rule in numbered:
        lines = [said.get(f"{number} {at}", [""])[0] for at in range(len(rule.recipe))]
        commands = [one for line in lines for one in _joined(line.split("\n"))]
        known.rules[number] = replace(rule, commands=tuple(commands))
    return {name: said.get(f"value {name}", [""])[0] for name in exported}


def _promised(source: Source, rules: list[Rule]) -> str:
    """Return rules for files that are not there, so that make does not stop for want of them."""
    made = {rule.target for rule in rules}
    wanted = dict.fromkeys(one for rule in rules for one in (*rule.needs, *rule.order_only))
    return "".join(
        f"{name}: ;\n"
        for name in wanted
        if name not in made
        and _USABLE.fullmatch(name)
        and not os.path.lexists(os.path.join(source.folder, name))
    )


def _printer(number: int, rule: Rule) -> str:
    """Return a rule that prints what the lines of ``rule`` expand to, and runs nothing."""
    parts = []
    for at, line in enumerate(rule.recipe):
        parts.append(f"define __jobmake_{number}_{at}\n{line}\nendef\n")
    needs = " ".join(one for one in rule.needs if _USABLE.fullmatch(one))
    order = " ".join(one for one in rule.order_only if _USABLE.fullmatch(one))
    pattern = ""
    if rule.stem and rule.stem in rule.target:
        pattern = f" {rule.target.replace(rule.stem, '%', 1)}:"
    parts.append(f"{rule.target}:{pattern} {needs} | {order}\n")
    for at in range(len(rule.recipe)):
        name = f"__jobmake_{number}_{at}"
        parts.append(f"\t@$(info {_MARK}{number} {at})$(info $({name}))$(info {_MARK}end)\n")
    return "".join(parts)
