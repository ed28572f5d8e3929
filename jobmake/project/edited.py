"""A project of which nothing is another than when it was built last but the content of some files:
opened only as far as these reach.

    what the fast path found ──▶ the graph that was kept ──▶ targets that are concerned,
                                                             and all that needs them

Knows what was kept of the last build. Does not know the Jobfile: nobody has read it.

Invariants: everything that the last build looked at was looked at again before, under the same
lock; a build here does what one of the whole project would do. What it does not reach is as the
last build left it. What is kept for the next build holds all that it held before, as it is now;
where that cannot be said, nothing is kept.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from functools import cached_property

from jobmake.engine.plan import Plan, Standing
from jobmake.executors.local import LocalExecutor
from jobmake.jobfile.problems import Problems
from jobmake.memory import index as indexes
from jobmake.memory import keptgraph
from jobmake.memory.entries import Entries
from jobmake.memory.layout import Layout, remove_cut_off
from jobmake.memory.lock import ProjectLock
from jobmake.memory.records import Records
from jobmake.memory.section import encoded
from jobmake.memory.stamps import signature
from jobmake.model import events
from jobmake.model.errors import StateError, TargetError, state_error
from jobmake.model.names import JOBFILE
from jobmake.model.state import State
from jobmake.plugins.registry import collect
from jobmake.project.graphkeeping import JobfileFacts
from jobmake.project.project import Project
from jobmake.project.renewal import Renewal
from jobmake.project.sighting import Doubt, heard, refuse_lockfile
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from jobmake.engine.judge import Judge
    from jobmake.engine.options import Options
    from jobmake.jobfile.load import LoadedJobfile
    from jobmake.memory.files import Files
    from jobmake.memory.keptgraph import KeptGraph
    from jobmake.memory.section import Section
    from jobmake.model.events import Event
    from jobmake.model.graph import Graph
    from jobmake.model.state import Summary
    from jobmake.project.building import Building, SeenAs
    from jobmake.project.settings import Settings
    from jobmake.unchanged.answer import Edited as Found

MOST = 1000  # targets that are concerned at once; of more of them the whole project is opened


class KeptJobfile(JobfileFacts):
    """What a build asks of a Jobfile, as far as it was kept."""

    graph: Graph
    reports: tuple[()] = ()
    reads_code: bool = False

    def as_known(self) -> KeptJobfile:
        """Return it as it is: nothing of it follows from runs."""
        return self

    def problems(self) -> Problems:
        """Return an empty collection of problems."""
        return Problems(self.shown, {})


class EditedProject(Project):
    """A project that can build what an edit reaches."""

    is_partial = True

    @classmethod
    def reached(cls, found: Found, settings: Settings) -> EditedProject | None:
        """Return the project with what was found of it, None if it takes more to build it."""
        layout = Layout(os.path.join(found.root, JOBFILE))
        kept = keptgraph.read(layout.graphs, found.section["graph"])
        if kept is None:
            return None
        try:
            with kept.held():
                due = _due(kept, found)
                reach = None if due is None else _Reach(kept, due)
        except (OSError, StateError):
            return None  # damage
        return None if reach is None else cls(found, reach, layout, settings)

    def __init__(self, found: Found, reach: _Reach, layout: Layout, settings: Settings) -> None:
        kept = reach.kept
        jobfile: Any = KeptJobfile(*kept.facts, kept.graph())  # type: ignore[call-arg]
        super().__init__(jobfile, layout, collect(), settings)
        self._found, self._kept, self._reach = found, kept, reach
        self._executor = LocalExecutor()
        self._building: Building | None = None
        self._beside: dict[str, State] = {}  # what is needed, and not reached
        self._judged: set[str] = set()  # what is to be judged in any case

    @cached_property
    def whole(self) -> LoadedJobfile:
        """The Jobfile, read: it is as it was when it was built last."""
        return Project.open(self.settings).jobfile

    def build(
        self,
        names: Sequence[str],
        options: Options,
        emit: Callable[[Event], None],
        *,
        wait: bool = True,
        what: str = "jobmake build",
        seen_as: SeenAs | None = None,
    ) -> Summary:
        """Build what is reached; see `Project.build`. The names are those of the last build."""
        assert self.settings.looks is not None
        emit = heard(emit, self.settings.looks)
        with self.locked(emit, wait=wait, what=what) as lock, closing(self._executor):
            self._executor.get_ready()
            from jobmake.project.building import Building

            judge = self.judge_of(self.files(writable=True))
            plan = self._plan(judge)
            self._building = Building(self, options, emit, judge, seen_as=seen_as)
            summary = self._building.run(plan, lock)
        looked_at = (*summary.built, *summary.restored, *summary.fresh, *summary.failed,
                     *summary.stopped, *summary.blocked, *summary.not_started,
                     *summary.allowed)  # fmt: skip
        targets = judge.graph.targets
        counted = sum(1 for name in looked_at if not targets[name].is_group)
        return replace(summary, as_before=max(0, self._found.section["targets"] - counted))

    @contextmanager
    def locked(
        self, emit: Callable[[Event], None], *, wait: bool, what: str
    ) -> Iterator[ProjectLock]:
        """Hold the project, as it was held while it was looked at."""
        self._refuse_nesting()
        lock = ProjectLock.held(self.layout.own("lock"), self._found.lock, what)
        try:
            remove_cut_off(self.layout)
            yield lock
        finally:
            lock.release()

    def entries(self) -> Entries:
        """Return the entries of the index, of which only those are decoded that are asked for."""
        return Entries(self._found.index)

    def executor(self) -> LocalExecutor:
        """Return where the runs of the build execute: those of plugins are not for edits."""
        return self._executor

    def records(self, files: Files) -> Records:
        """Return the records, of which only those are decoded that are asked for."""
        layout = self.layout
        return Records(layout.lockfile, layout.journal, files.agree, layout.left, is_canonical=True)

    def keep_index(self, judge: Judge, emit: Callable[[Event], None], seen: object = None) -> None:
        """Write what was learned of files, and what the next build is to look at."""
        try:
            judge.outside.save(judge.is_gone)
            entries = judge.files.entries
            assert isinstance(entries, Entries)
            section = self._renewed(judge, entries)
            if section is None:
                section, entries = self._pending(judge, entries)
            index, key = entries.index(), self._found.key
            index.sections.pop(key, None)
            if section is not None:
                numbers = self._found.index.sections[key]
                index.sections[key] = indexes.with_rest(numbers, encoded(section))
            indexes.write(self.layout.own("index"), index)
        except OSError as error:
            emit(events.Notice(f"{state_error(error, 'write')}: files will be read again"))

    def _renewed(self, judge: Judge, entries: Entries) -> Section | None:
        """Return what the next build is to look at, None if that cannot be said."""
        found, building = self._found, self._building
        if building is None or building.aftermath is None or building.summary is None:
            return None
        states, summary = building.aftermath.states, building.summary
        reached = {name: states[name] for name in states if name not in self._beside}
        judged = {*self._judged, *summary.built, *summary.restored, *summary.fresh}
        numbers = found.index.sections[found.key]
        renewal = Renewal(self, judge, entries, numbers, self._kept)
        try:
            return renewal.renewed(found.section, found.paths, summary, reached, judged)
        except (Doubt, TargetError):
            return None

    def _pending(self, judge: Judge, entries: Entries) -> tuple[Section | None, Entries]:
        """Return what the next build is to look at after one that did not end well: all as it was
        before this one, which is what it will compare with, but for the targets that were reached,
        which are to be judged then in any case; and the entries that belong to it."""
        building, lockfile = self._building, os.path.basename(self.layout.lockfile)
        summary = building.summary if building else None
        if building is None or summary is None or summary.ok or building.aftermath is None:
            return None, entries
        try:
            refuse_lockfile(judge, lockfile)
        except (Doubt, TargetError):
            return None, entries
        journal = os.stat(self.layout.journal)
        as_before = self.entries()
        as_before[lockfile] = entries[lockfile]
        reached = [one for one in building.aftermath.states if one not in self._beside]
        due = tuple(dict.fromkeys((*self._found.section["due"], *reached)))
        left = signature(journal) if journal.st_size else None
        return {**self._found.section, "due": due, "journal": left}, as_before

    def _plan(self, judge: Judge) -> Plan:
        """Return the targets that are concerned, and all that needs them. Those others are looked
        at only if something that they need is not as it was; what they need besides stands."""
        kept, targets = self._kept, judge.graph.targets
        reached, beside, due = self._reach.reached, self._reach.beside, self._reach.due
        names = [kept.names[number] for number in sorted(reached | beside)]
        self._beside = {kept.names[number]: State.FRESH for number in beside}
        self._judged = {kept.names[number] for number in due}
        for name in self._judged:
            record = judge.records.get(name)
            if record is not None and not targets[name].is_group:
                judge.results[name] = record.result
        rest = (one for one in names if not (one in self._judged or one in self._beside))
        held = dict.fromkeys(rest, State.FRESH)
        return Plan(tuple(names), partial=True, standing=Standing(self._beside, held))


class _Reach:
    """How far edits reach: the targets that are ``due`` to be judged, and so are the groups, whose
    results are in no record; with all that needs them, ``reached``; what these need ``beside``. All
    of them are decoded, so that damage is seen."""

    def __init__(self, kept: KeptGraph, due: set[int]) -> None:
        self.kept, self.due = kept, set(due)
        self.reached, self.beside = _with_users(kept, due), set[int]()
        todo = list(self.reached)
        self.due |= {number for number in todo if self._is_group(number)}
        while todo:
            for need in kept.needs(todo.pop()):
                if need in self.reached or need in self.beside:
                    continue
                if self._is_group(need):
                    self.reached.add(need)
                    self.due.add(need)
                    todo.append(need)
                else:
                    self.beside.add(need)

    def _is_group(self, number: int) -> bool:
        return self.kept.target(self.kept.names[number]).is_group


def _with_users(kept: KeptGraph, due: Iterable[int]) -> set[int]:
    """Return some targets, and all that need them and were wanted."""
    todo = list(due)
    found = set(todo)
    while todo:
        for user in kept.users(todo.pop()):
            if user not in found and kept.is_wanted(user):
                found.add(user)
                todo.append(user)
    return found


def _due(kept: KeptGraph, found: Found) -> set[int] | None:
    """Return the targets that are to be judged; None if more may have to be, or too many."""
    due = {number for name in found.section["due"] if (number := kept.names.find(name)) is not None}
    for path in found.paths:
        concerned = kept.concerned(path)
        is_there = os.path.exists(os.path.join(found.root, path))
        if not (concerned if is_there else _is_made(kept, concerned, path)):
            return None  # of an input that is gone people are told before anything is built
        due |= concerned
        if len(due) > MOST:
            return None
    return due


def _is_made(kept: KeptGraph, concerned: Iterable[int], path: str) -> bool:
    """Say whether one of some targets makes what is at a path."""
    targets = (kept.target(kept.names[number]) for number in concerned)
    return any(one.names(path) for target in targets for one in target.owned)
