"""The plan: which targets a build wants, in which order, and whether it can begin.

Knows the graph, and looks once at the disk: whether every file that nobody makes exists.
"""

from __future__ import annotations

import os

from jobmake.engine.meeting import Meeting
from jobmake.model.errors import UsageError
from jobmake.tools.pathnames import parents, static_folder
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from jobmake.jobfile.selectors import Names
    from jobmake.memory.files import Files
    from jobmake.memory.records import Records
    from jobmake.model.graph import Graph
    from jobmake.model.state import State
    from jobmake.model.target import FilePattern, Target


class Standing(Value):
    """What a build takes over from the one before. ``states`` are of wanted targets that it
    does not look at: nothing that they depend on changed. At those in ``held`` it looks only
    if something that they need is not as it was; else they are in that state."""

    states: Mapping[str, State] = field(default_factory=dict)
    held: Mapping[str, State] = field(default_factory=dict)


class Plan(Value):
    """The wanted targets in topological order. ``goals`` are the words that were asked for:
    none means all targets; ``named`` are the targets that they mean. ``partial``: not all
    of these and of their needs are wanted."""

    wanted: tuple[str, ...]
    goals: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    partial: bool = False
    standing: Standing = Standing()


class Aftermath(Value):
    """How a build left its targets: its plan as it has grown, the state of each wanted one, and
    those that were ``moved``: made anew, or of another result than before."""

    plan: Plan
    states: Mapping[str, State]
    moved: Collection[str]


def plan(graph: Graph, names: Iterable[str]) -> Plan:
    """Return the plan for the named targets (or families, or the files that targets make).

    No name means every target. Raises UsageError for what is not in the graph.
    """
    goals = tuple(names)
    chosen = resolve(graph, *goals)
    return Plan(graph.closure(chosen or graph.targets), goals, frozenset(chosen))


def unfinished(graph: Graph, wanted: Plan, records: Records) -> Plan:
    """Return what is left of a plan: the targets whose last run did not succeed, those that
    need them, and what these need. Of a family that is not open yet instances may have failed
    that are not known now."""
    from jobmake.jobfile.selectors import family_of

    bad = {family_of(one) for one in records.unfinished()} & graph.unopened
    lost: set[str] = set()
    for name in wanted.wanted:
        failed = name in bad or records.trouble(name) is not None
        if failed or any(one in lost for one in graph.needs[name]):
            lost.add(name)
    return replace(wanted, wanted=graph.closure(lost) if lost else (), partial=True)


def grown(graph: Graph, old: Plan, opened: Iterable[str]) -> Plan:
    """Return a plan for a graph in which some families have been opened."""
    new = replace(plan(graph, old.goals), standing=old.standing)
    if not old.partial:
        return new
    names = [name for name in old.wanted if name in graph.targets]
    names += (one for family in opened for one in graph.families.get(family, ()))
    return replace(new, wanted=graph.closure(names), partial=True)


def ranks(
    graph: Graph, wanted: Sequence[str], seconds: Mapping[str, float]
) -> dict[str, tuple[float, ...]]:
    """Return the rank of each wanted target: what has the lowest goes first.

    That is by priority, which what a target needs shares; then by the longest way from it
    to an end, in the seconds that its targets took in the past; then as they stand.
    """
    usual = sum(seconds.values()) / len(seconds) if seconds else 1.0
    weight = {name: _coarse(took) for name, took in seconds.items()}
    way: dict[str, float] = {}
    urgency: dict[str, int] = {}
    found: dict[str, tuple[float, ...]] = {}
    for position in range(len(wanted) - 1, -1, -1):
        name = wanted[position]
        users = [user for user in graph.users[name] if user in way]
        longest = max((way[user] for user in users), default=0.0)
        own = graph.targets[name].demands.priority
        way[name] = weight.get(name, usual) + longest
        urgency[name] = max([own, *(urgency[user] for user in users)])
        found[name] = (-urgency[name], -way[name], position)
    return found


def _coarse(seconds: float) -> float:
    """Return a duration in half seconds: what is less is chance, and the order is to be the
    same from build to build. What takes next to no time still counts as something."""
    return max(round(2 * seconds) / 2, 0.05)


def shuffled(wanted: Sequence[str], seed: str) -> dict[str, tuple[float, ...]]:
    """Return ranks that are as good as random, and the same for the same seed."""
    import random

    source = random.Random(seed)
    return {name: (source.random(),) for name in wanted}


def resolve(graph: Graph, *words: str) -> tuple[str, ...]:
    """Return the targets that words of the command line mean, word by word. Raises UsageError."""
    from jobmake.jobfile.selectors import Names

    names = Names(graph.families, graph.targets, graph.may_make)
    return tuple(one for word in words for one in _meant(graph, names, word))


def _meant(graph: Graph, names: Names, word: str) -> tuple[str, ...]:
    found = names.resolve(word)
    if not found:
        maker = graph.producers.get(word.removeprefix("./").rstrip("/"))
        found = (maker,) if maker else ()
    if not found:
        hint = names.hint(word) or "`jobmake list` shows the targets"
        raise UsageError(f"there is no target `{word}`", hint)
    return found


def missing_inputs(
    graph: Graph, wanted: Iterable[str], files: Files
) -> Iterator[tuple[Target, FilePattern]]:
    """Yield each input of a wanted target that neither exists nor is made by a target."""
    for name in wanted:
        target = graph.targets[name]
        needs = graph.needs[name]
        made = Meeting(one for need in needs for one in graph.made_by(need)) if needs else None
        for pattern in (*target.inputs, *target.sources):
            if not (made and made.meets(pattern)) and not _exists(files, pattern):
                yield target, pattern


def behind_links(
    graph: Graph, wanted: Iterable[str], root: str
) -> Iterator[tuple[FilePattern, str]]:
    """Yield each file pattern that a link within the project leads to what a target makes,
    and the path that it leads to: by their texts alone nobody sees who makes it."""
    real_root = os.path.realpath(root)
    made_in: set[str] | None = None
    seen: dict[str, str | None] = {}
    for name in wanted:
        target = graph.targets[name]
        for pattern in (*target.inputs, *target.sources, *target.outputs):
            folder = _folder_of(pattern)
            if folder not in seen:
                seen[folder] = _by_link(real_root, folder)
            real = seen[folder]
            if real is None:
                continue
            if made_in is None:
                made_in = {one for path in graph.producers for one in (path, *parents(path))}
            if pattern in target.outputs or real in made_in:
                yield pattern, real


def _folder_of(pattern: FilePattern) -> str:
    """Return the folder in which all that a pattern names lies."""
    if pattern.kind == "file":
        return pattern.path.rpartition("/")[0]
    return static_folder(pattern.path) if pattern.kind == "glob" else pattern.path


def _by_link(root: str, folder: str) -> str | None:
    """Return where in the project a folder lies if that is not what its path says, else None."""
    real = os.path.realpath(os.path.join(root, folder))
    if real == os.path.normpath(os.path.join(root, folder)):
        return None
    return os.path.relpath(real, root) if real.startswith(root + os.sep) else None


def _exists(files: Files, pattern: FilePattern) -> bool:
    return bool(files.matching(pattern)) if pattern.kind == "glob" else files.is_there(pattern)


def names_outputs(target: Target, made: Sequence[FilePattern]) -> bool:
    """Say whether a target names something that is, or may be, among these outputs."""
    meeting = Meeting(made)
    return any(meeting.meets(pattern) for pattern in (*target.inputs, *target.sources))
