"""The plan: which targets a build wants, in which order, and whether it can begin.

Knows the graph, and looks once at the disk: whether every file that nobody makes exists.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.jobfile.selectors import Names
from jobmake.model.errors import UsageError
from jobmake.tools.pathnames import parents, static_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobmake.memory.files import Files
    from jobmake.memory.records import Records
    from jobmake.model.graph import Graph
    from jobmake.model.target import FilePattern, Target


@dataclass(frozen=True, slots=True)
class Plan:
    """The wanted targets in topological order. ``goals`` are the words that were asked for:
    none means all targets; ``named`` are the targets that they mean."""

    wanted: tuple[str, ...]
    goals: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()


def plan(graph: Graph, names: Iterable[str]) -> Plan:
    """Return the plan for the named targets (or families, or the files that targets make).

    No name means every target. Raises UsageError for what is not in the graph.
    """
    goals = tuple(names)
    chosen = [one for name in goals for one in resolve(graph, name)]
    return Plan(graph.closure(chosen or graph.targets), goals, frozenset(chosen))


def unfinished(graph: Graph, wanted: Plan, records: Records) -> Plan:
    """Return what is left of a plan: the targets whose last run did not succeed, those that
    need them, and what these need."""
    lost: set[str] = set()
    for name in wanted.wanted:
        if records.trouble(name) is not None or any(one in lost for one in graph.needs[name]):
            lost.add(name)
    return Plan(graph.closure(lost) if lost else (), wanted.goals, wanted.named)


def ranks(
    graph: Graph, wanted: Sequence[str], seconds: Mapping[str, float]
) -> dict[str, tuple[float, ...]]:
    """Return the rank of each wanted target: what has the lowest goes first.

    That is by priority, which what a target needs shares; then by the longest way from it
    to an end, in the seconds that its targets took in the past; then as they stand.
    """
    usual = sum(seconds.values()) / len(seconds) if seconds else 1.0
    way: dict[str, float] = {}
    urgency: dict[str, int] = {}
    found: dict[str, tuple[float, ...]] = {}
    for position in range(len(wanted) - 1, -1, -1):
        name = wanted[position]
        users = [user for user in graph.users[name] if user in way]
        longest = max((way[user] for user in users), default=0.0)
        own = graph.targets[name].demands.priority
        way[name] = seconds.get(name, usual) + longest
        urgency[name] = max([own, *(urgency[user] for user in users)])
        found[name] = (-urgency[name], -way[name], position)
    return found


def shuffled(wanted: Sequence[str], seed: str) -> dict[str, tuple[float, ...]]:
    """Return ranks that are as good as random, and the same for the same seed."""
    import random

    source = random.Random(seed)
    return {name: (source.random(),) for name in wanted}


def resolve(graph: Graph, name: str) -> tuple[str, ...]:
    """Return the targets that a word of the command line means. Raises UsageError."""
    names = Names(graph.families, graph.targets, graph.may_make)
    found = names.resolve(name)
    if not found:
        maker = graph.producers.get(name.removeprefix("./").rstrip("/"))
        found = (maker,) if maker else ()
    if not found:
        hint = names.hint(name) or "`jobmake list` shows the targets"
        raise UsageError(f"there is no target `{name}`", hint)
    return found


def missing_inputs(
    graph: Graph, wanted: Iterable[str], files: Files
) -> Iterator[tuple[Target, FilePattern]]:
    """Yield each input of a wanted target that neither exists nor is made by a target."""
    for name in wanted:
        target = graph.targets[name]
        for pattern in (*target.inputs, *target.sources):
            if not _is_made(graph, target, pattern) and not _exists(files, pattern):
                yield target, pattern


def behind_links(
    graph: Graph, wanted: Iterable[str], root: str
) -> Iterator[tuple[FilePattern, str]]:
    """Yield each file pattern that a link within the project leads to what a target makes,
    and the path that it leads to: by their texts alone nobody sees who makes it."""
    real_root = os.path.realpath(root)
    made_in: set[str] | None = None
    seen: dict[str, str] = {}
    for name in wanted:
        target = graph.targets[name]
        for pattern in (*target.inputs, *target.sources, *target.outputs):
            folder = static_folder(pattern.path) if pattern.kind != "folder" else pattern.path
            if folder not in seen:
                seen[folder] = os.path.realpath(os.path.join(real_root, folder))
            real = seen[folder]
            if real == os.path.normpath(os.path.join(real_root, folder)):
                continue
            if not real.startswith(real_root + os.sep):
                continue
            real = os.path.relpath(real, real_root)
            if made_in is None:
                made_in = {one for path in graph.producers for one in (path, *parents(path))}
            if pattern in target.outputs or real in made_in:
                yield pattern, real


def _exists(files: Files, pattern: FilePattern) -> bool:
    if pattern.kind == "glob":
        return bool(files.matching(pattern))
    return files.exists(pattern.path) and files.wrong_kind(pattern) is None


def _is_made(graph: Graph, target: Target, pattern: FilePattern) -> bool:
    """Say whether a target makes what the pattern names, or may make something of it."""
    return any(overlaps(pattern, graph.made_by(need)) for need in graph.needs[target.name])


def names_outputs(target: Target, made: Sequence[FilePattern]) -> bool:
    """Say whether a target names something that is, or may be, among these outputs."""
    return any(overlaps(pattern, made) for pattern in (*target.inputs, *target.sources))


def overlaps(pattern: FilePattern, outputs: Sequence[FilePattern]) -> bool:
    """Say whether a pattern may name something that is among the outputs."""
    base = _base(pattern)
    for output in outputs:
        other = _base(output)
        if base == other or other in parents(base) or base in ("", *parents(other)):
            return True
    return False


def _base(pattern: FilePattern) -> str:
    return static_folder(pattern.path) if pattern.kind == "glob" else pattern.path
