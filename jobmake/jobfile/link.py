"""From targets to the Graph: who makes an input, who needs whom, what contradicts.

Knows all targets at once. Looks at no disk: an input that nobody makes is taken for a
file of the person's.

Invariant: nothing here is quadratic. Paths are looked up by themselves and by the folders
above them; globs look only at what begins like them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobmake.jobfile.expand import Reference
from jobmake.model.graph import Graph, topological
from jobmake.model.target import FilePattern
from jobmake.tools.hints import did_you_mean
from jobmake.tools.pathnames import (
    glob_regex,
    has_magic,
    literal_start,
    parents,
    static_folder,
    step_regex,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobmake.jobfile.expand import UnlinkedTarget
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.target import Target


def link(unlinked: Sequence[UnlinkedTarget], problems: Problems) -> Graph:
    """Return the graph of all targets; what contradicts is noted in ``problems``."""
    names = _Names(unlinked)
    made = _Made.of((one.target for one in unlinked), problems)
    targets: dict[str, Target] = {}
    needs: dict[str, tuple[str, ...]] = {}
    for one in unlinked:
        target = _with_references(one, names, problems)
        targets[target.name] = target
        needs[target.name] = _all_needs(target, made, names.references[target.name], problems)
    order, cycle = topological(targets, needs)
    if cycle:
        _note_cycle(cycle, targets, problems)
        order = tuple(targets)
    return Graph(targets, needs, _users(needs), order, names.families, made.exact)


class _Names:
    """Which targets a text names: a target, an instance, or all instances of a family."""

    def __init__(self, unlinked: Sequence[UnlinkedTarget]) -> None:
        self.by_name = {one.target.name: one.target for one in unlinked}
        families: dict[str, list[str]] = {}
        for one in unlinked:
            families.setdefault(one.target.family, []).append(one.target.name)
        self.families = {family: tuple(names) for family, names in families.items()}
        self.references: dict[str, list[str]] = {}

    def resolve(self, text: str) -> tuple[str, ...]:
        """Return the names meant by ``text``; none where there is no such target."""
        return self.families.get(text) or ((text,) if text in self.by_name else ())

    def hint(self, text: str) -> str | None:
        """Return the nearest name."""
        family = text.partition("[")[0]
        if "[" in text and family in self.families:
            return did_you_mean(text, self.families[family])
        return did_you_mean(text, self.families)


@dataclass(slots=True)
class _Made:
    """All outputs: by path, and the folders that belong to one target as a whole."""

    exact: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    sorted_paths: list[str] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, targets: Iterable[Target], problems: Problems) -> _Made:
        """Return the outputs of all targets; two makers of one file are noted."""
        made = cls()
        patterns: list[tuple[Target, FilePattern, str]] = []
        for target in targets:
            for output in target.outputs:
                owned = static_folder(output.path) if output.kind == "glob" else output.path
                patterns.append((target, output, owned))
                first = made.exact.setdefault(owned, target.name)
                if output.kind != "file":
                    made.folders.setdefault(owned, target.name)
                if first != target.name:
                    _note_two_makers(output, first, target.name, problems)
        for target, output, owned in patterns:
            for folder in parents(owned):
                other = made.exact.get(folder)
                if other is not None and other != target.name:
                    _note_two_makers(output, other, target.name, problems, folder)
                    break
        made.sorted_paths = sorted(made.exact)
        return made

    def makers(self, wanted: FilePattern) -> tuple[str, ...]:
        """Return the targets that make what ``wanted`` names, or something in it."""
        asked = (wanted.kind, wanted.path)
        found = self.answers.get(asked)
        if found is None:
            # all instances of a target may have the same glob over many outputs
            found = self.answers[asked] = tuple(dict.fromkeys(self._makers(wanted)))
        return found

    def _makers(self, wanted: FilePattern) -> Iterator[str]:
        base = static_folder(wanted.path) if wanted.kind == "glob" else wanted.path
        if base:
            for path in (base, *parents(base)):
                table = self.exact if path == base else self.folders
                if path in table:
                    yield table[path]
        if wanted.kind == "file":
            return
        begin = literal_start(wanted.path) if wanted.kind == "glob" else base + "/"
        for path in self._beginning(begin):
            if wanted.kind == "folder" or self._may_match(wanted.path, path):
                yield self.exact[path]

    def _beginning(self, text: str) -> Iterator[str]:
        index = bisect_left(self.sorted_paths, text)
        while index < len(self.sorted_paths) and self.sorted_paths[index].startswith(text):
            yield self.sorted_paths[index]
            index += 1

    def _may_match(self, pattern: str, path: str) -> bool:
        if glob_regex(pattern).fullmatch(path):
            return True
        return path in self.folders and _may_reach_into(pattern.split("/"), path.split("/"))


def _may_reach_into(pattern: list[str], folder: list[str]) -> bool:
    """Say whether a glob can match something below a folder."""
    for number, step in enumerate(folder):
        if number >= len(pattern) - 1:
            return pattern[-1] == "**"
        if pattern[number] == "**":
            return True
        matches = step_regex(pattern[number]) if has_magic(pattern[number]) else None
        if not (matches.fullmatch(step) if matches else pattern[number] == step):
            return False
    return True


def _with_references(one: UnlinkedTarget, names: _Names, problems: Problems) -> Target:
    """Return the target with its needs resolved and its `@target` inputs put in."""
    target = one.target
    used = names.references[target.name] = []
    return replace(
        target,
        inputs=_resolved(one.inputs, names, used, target, problems),
        sources=_resolved(one.sources, names, used, target, problems),
        needs=_resolved_needs(one.needs, names, target, problems),
        after=_resolved_needs(one.after, names, target, problems),
    )


def _resolved(
    entries: tuple[FilePattern | Reference, ...],
    names: _Names,
    used: list[str],
    target: Target,
    problems: Problems,
) -> tuple[FilePattern, ...]:
    found: list[FilePattern] = []
    for entry in entries:
        if isinstance(entry, FilePattern):
            found.append(entry)
            continue
        wanted, output = _split_reference(entry.text, names)
        makers = names.resolve(wanted)
        if not makers:
            _note_unknown(entry.text, entry.place, names, target, problems)
        for maker in makers:
            used.append(maker)
            found.extend(_outputs_of(names.by_name[maker], output, entry, problems))
    return tuple(found)


def _split_reference(text: str, names: _Names) -> tuple[str, str | None]:
    """Split `target:name`; a colon may also belong to an instance's name."""
    name, colon, output = text.rpartition(":")
    if colon and not names.resolve(text) and "]" not in output:
        return name, output
    return text, None


def _outputs_of(
    maker: Target, name: str | None, entry: Reference, problems: Problems
) -> Iterator[FilePattern]:
    outputs = [one for one in maker.outputs if name is None or one.role == name]
    if not outputs:
        what = f"has no output `{name}`" if name else "makes no files"
        roles = [one.role for one in maker.outputs]
        hint = did_you_mean(name, roles) if name else "name it in `needs`"
        problems.value(entry.place, f"target `{maker.family}` {what}", hint)
    for output in outputs:
        yield FilePattern(entry.role, output.kind, output.path, entry.place)


def _resolved_needs(
    needs: tuple[tuple[str, Path], ...], names: _Names, target: Target, problems: Problems
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text, place in needs:
        resolved = names.resolve(text)
        if not resolved:
            _note_unknown(text, place, names, target, problems)
        found.update(dict.fromkeys(resolved))
    return tuple(found)


def _all_needs(
    target: Target, made: _Made, references: list[str], problems: Problems
) -> tuple[str, ...]:
    """Return what must be done before ``target``, in declared order."""
    found: dict[str, None] = dict.fromkeys(references)
    for wanted in (*target.inputs, *target.sources):
        for maker in made.makers(wanted):
            if maker != target.name:
                found[maker] = None
            elif wanted.kind != "glob":  # what it makes itself is no match of its own glob
                problems.value(
                    wanted.place,
                    f"target `{target.name}` reads `{wanted.shown}`, which it makes itself",
                )
    found.update(dict.fromkeys(target.needs))
    found.update(dict.fromkeys(target.after))
    return tuple(found)


def _users(needs: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    users: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for need in needed:
            users[need].append(name)
    return {name: tuple(found) for name, found in users.items()}


def _note_unknown(
    text: str, place: Path, names: _Names, target: Target, problems: Problems
) -> None:
    wanted = _split_reference(text, names)[0]
    problems.value(
        place,
        f"target `{target.family}` needs `{wanted}`, which is not in the Jobfile",
        names.hint(wanted),
    )


def _note_two_makers(
    output: FilePattern, first: str, second: str, problems: Problems, folder: str | None = None
) -> None:
    message = f"targets `{first}` and `{second}` both make `{output.shown}`"
    if folder is not None:
        message = (
            f"target `{second}` makes `{output.shown}` inside `{folder}`, which `{first}` makes"
        )
    hint = None
    if first.partition("[")[0] == second.partition("[")[0]:
        hint = "the path must hold all axes of the matrix, for example `{matrix.NAME}`"
    problems.value(output.place, message, hint)


def _note_cycle(cycle: tuple[str, ...], targets: dict[str, Target], problems: Problems) -> None:
    shown = (*cycle, cycle[0])
    if len(shown) > 8:
        shown = (*shown[:4], "…", *shown[-3:])
    chain = " -> ".join(shown)
    problems.key(targets[cycle[0]].place, f"targets need each other: `{chain}`")
