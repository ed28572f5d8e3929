"""A project, opened: the only place that joins the parts.

Reads the Jobfile, the lockfile and local state once, and hands each part what it needs.
Decides nothing itself.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from functools import cached_property

from jobmake.engine.judge import Judge
from jobmake.engine.overrides import Overrides
from jobmake.engine.plan import behind_links, missing_inputs, plan
from jobmake.executors.asking import Asking
from jobmake.executors.consulting import Consulting
from jobmake.memory.files import Files
from jobmake.memory.index import read_index, write_index
from jobmake.memory.layout import Layout, keep_git_away, make_own_folder, remove_cut_off
from jobmake.memory.leftover import LeftOver
from jobmake.memory.outside import Outside
from jobmake.memory.records import Records
from jobmake.memory.stamps import Clock
from jobmake.memory.tables import Tables
from jobmake.model import events
from jobmake.model.cached import CacheSettings
from jobmake.model.errors import StateError, state_error
from jobmake.plugins.blame import blamed
from jobmake.project.matched import Matched
from jobmake.project.notices import hint_for_missing, not_loaded, not_run
from jobmake.project.pythoncode import PythonCode
from jobmake.project.settings import Settings
from jobmake.tools.quantities import size
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
    from typing import Self

    from jobmake.engine.coding import Coding
    from jobmake.engine.plan import Plan
    from jobmake.engine.slots import Slots
    from jobmake.jobfile.load import LoadedJobfile
    from jobmake.jobfile.problems import Problems
    from jobmake.memory.index import Entry
    from jobmake.memory.lock import ProjectLock
    from jobmake.memory.pastruns import PastRuns
    from jobmake.memory.section import Kept
    from jobmake.model.contracts import Cache, Executor
    from jobmake.model.decision import Outlook
    from jobmake.model.events import Event
    from jobmake.model.graph import Graph
    from jobmake.plugins import Registry

HELD = "JOBMAKE_LOCK_HELD"  # tells a jobmake started by a run which projects are being built


class Opened:
    """One project, read. Opening it writes nothing; what writes takes the lock first.

    ``is_partial``: others keep their records in the same place."""

    is_partial = False

    def __init__(
        self, jobfile: LoadedJobfile, layout: Layout, registry: Registry, settings: Settings
    ) -> None:
        self.jobfile, self.layout, self.registry = jobfile, layout, registry
        self.settings = settings
        self.left_out: Sequence[str] = ()  # plugins that were not loaded
        self._not_asked: set[str] = set()  # targets of which checks could not ask what they need
        self.python, self.tables = PythonCode(layout, settings), Tables(layout.tables)
        self.matched = Matched(lambda _pattern: ())
        self._use_left_over(LeftOver(layout.left))

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Read the Jobfile. Raises UsageError or JobfileError."""
        from jobmake.project.opening import parts_of

        parts = parts_of(settings)
        project = cls(parts.jobfile, parts.layout, parts.registry, settings)
        project.python, project.left_out = parts.python, parts.left_out
        project.matched, project.tables = parts.matched, parts.tables
        project._use_left_over(parts.left_over)
        return project

    @cached_property
    def known(self) -> LoadedJobfile:
        """The Jobfile with all instances, also those that depend on what runs make: as last
        known. Raises JobfileError."""
        return self.jobfile.as_known()

    @property
    def whole(self) -> LoadedJobfile:
        """The Jobfile as it has grown, with the places of all that it holds."""
        return self.jobfile

    @property
    def graph(self) -> Graph:
        """All targets, with the instances last known. A build begins with less (`jobfile`)."""
        return self.known.graph

    def plan(self, names: Sequence[str]) -> Plan:
        """Return the plan for the named targets, or the default ones. Raises UsageError."""
        return plan(self.graph, names or self.known.default)

    def forecast(
        self,
        wanted: Iterable[str],
        emit: Callable[[Event], None],
        *,
        forced: bool = False,
        judge: Judge | None = None,
        restoring: bool = False,
    ) -> list[Outlook]:
        """Return what a build of the wanted targets would do. Writes nothing. Raises StateError.

        ``judge``: one of `judge`, to ask it for more. ``restoring``: say what would be restored.
        """
        from jobmake.engine.forecast import Asked, forecast
        from jobmake.memory.layout import refuse_other_folder

        refuse_other_folder(self.layout)
        judge = judge or self.judge()
        if judge.records.damaged:
            emit(events.Notice(f"the lockfile cannot be read: {judge.records.damaged}"))
        with closing(self._asking()) as asking, closing(self.consulting()) as consulting:
            judge.probe = asking
            judge.ask_job = Overrides(judge, consulting)
            cache = self.cache() if self.cache_settings.enabled and not self.left_out else None
            outlooks = forecast(judge, wanted, forced=forced, asked=Asked(cache, restoring))
        for notice in not_loaded(self.left_out, self.python.left_out):
            emit(events.Notice(notice))
        for notice in not_run(len(asking.not_run), len(self._not_asked)):
            emit(events.Notice(notice))
        running, provisional = self.running(judge), self.graph.provisional
        if not running and not provisional:
            return outlooks
        return [
            replace(
                one,
                run=running.get(one.target.name),
                provisional=one.target.family in provisional,
            )
            for one in outlooks
        ]

    def running(self, judge: Judge) -> dict[str, str]:
        """Return the targets that a build runs at this moment, and the ids of their runs."""
        from jobmake.memory.lock import builder

        process = builder(self.layout.own("lock"))
        return {} if process is None else judge.records.running(process)

    def past_runs(self) -> PastRuns:
        """Return the history of this Jobfile's runs, to read."""
        from jobmake.memory.pastruns import PastRuns

        return PastRuns(self.layout.own("runs.db"), os.path.basename(self.layout.jobfile))

    @property
    def cache_settings(self) -> CacheSettings:
        """Whether outputs are kept, where and how much of them; nobody else says so."""
        table, usual = self.jobfile.cache, CacheSettings()
        return CacheSettings(
            enabled=self.settings.cache and table.get("enabled", usual.enabled),
            folder=self.settings.cache_folder or table.get("folder", usual.folder),
            size=size(table.get("size", usual.size)),
        )

    def cache(self) -> Cache:
        """Return the cache, switched off or not. Opening it writes nothing."""
        settings = self.cache_settings
        folder = os.path.join(self.layout.root, settings.folder)
        kind = self.jobfile.cache.get("kind", "disk")
        return self.registry.caches[kind](folder, settings.size)

    def executor(self) -> Executor:
        """Return where the runs of a build execute."""
        return self.registry.executors[self.jobfile.executor]()

    def slots(self, jobs: int) -> Slots:
        """Return what there is room for, with so many runs at once."""
        from jobmake.engine.slots import Slots, devices_of

        return Slots(jobs, self.jobfile.pools, devices_of(self.settings.environ))

    def judge(self) -> Judge:
        """Return a judge that only reads, and asks no probe."""
        return self.judge_of(self.files())

    def _asking(self) -> Asking:
        """Return how probes are asked by who only looks."""
        from jobmake.memory.trust import is_trusted

        settings = self.settings
        return Asking(
            self.layout.root,
            settings.environ,
            lambda: is_trusted(self.layout.root, settings.environ),
        )

    def consulting(self) -> Consulting:
        """Return how jobs are asked whether they are up to date."""
        return Consulting(self.settings.environ, self._is_trusted)

    def _is_trusted(self) -> bool:
        return self.settings.is_allowed(self.layout.root)

    def check_inputs(self, wanted: Iterable[str], graph: Graph | None = None) -> None:
        """Raise JobfileError for every input that neither exists nor is made, and for links."""
        graph = graph or self.graph
        problems = self.detours(wanted, graph)
        for target, pattern in missing_inputs(graph, wanted, self.files()):
            what = "matches no file" if pattern.kind == "glob" else "does not exist"
            wrong = None if pattern.kind == "glob" else self.files().wrong_kind(pattern)
            problems.value(
                pattern.place,
                f"input `{pattern.shown}` of target `{target.family}` {what}"
                if not wrong
                else f"input {wrong}",
                None if wrong else hint_for_missing(pattern.shown, graph),
            )
        problems.raise_any()

    def detours(self, wanted: Iterable[str], graph: Graph) -> Problems:
        """Return the problems of file patterns that lead by a link to what targets make."""
        problems = self.jobfile.problems()
        for pattern, real in behind_links(graph, wanted, self.layout.root):
            problems.value(
                pattern.place,
                f"`{pattern.shown}` leads by a link into `{real}`, where targets make files",
                f"write it with `{real}`, so that it is known who makes it",
            )
        return problems

    @contextmanager
    def locked(
        self, emit: Callable[[Event], None], *, wait: bool, what: str
    ) -> Iterator[ProjectLock]:
        """Hold the project for ourselves; gives the lock, which says whether we waited."""
        from jobmake.memory.lock import ProjectLock

        self._refuse_nesting()
        make_own_folder(self.layout)
        lock = ProjectLock(self.layout.own("lock"))
        lock.take(
            what,
            wait=wait,
            on_wait=lambda who: emit(
                events.Notice(f"waiting for {who}, which builds this project")
            ),
        )
        try:
            if lock.was_cut_off:
                from jobmake.memory.runfolders import wait_for_ends

                what = "waiting for what a build that was killed has left running"
                wait_for_ends(self.layout, lambda: emit(events.Notice(what)))
            remove_cut_off(self.layout, everywhere=lock.was_cut_off)
            keep_git_away(self.layout)
            yield lock
        finally:
            lock.release()

    def grow(self, names: Iterable[str]) -> Graph:
        """Return the graph with the instances of some families, which can be known now."""
        self.use(self.jobfile.grow(names))
        return self.jobfile.graph

    def use(self, jobfile: LoadedJobfile) -> None:
        """Go on with the Jobfile as it has grown, or as it was before."""
        self.jobfile = jobfile
        self.__dict__.pop("known", None)
        self.left_over.look_again()

    def set_damaged_aside(self, judge: Judge, emit: Callable[[Event], None]) -> None:
        """Move a lockfile that cannot be read out of the way, and say so."""
        aside = judge.records.set_damaged_aside()
        if aside:
            emit(
                events.Notice(
                    f"the lockfile could not be read ({judge.records.damaged}): it is kept as"
                    f" `{aside}`, and targets without a record are built again"
                )
            )

    def keep_index(
        self,
        judge: Judge,
        emit: Callable[[Event], None],
        seen: Callable[[], Kept | None] = lambda: None,
    ) -> None:
        """Write what was learned of files, and what was ``seen``; that it cannot be written costs
        time only."""
        files = judge.files
        try:
            judge.outside.save(judge.is_gone)
            self.python.save()
            self.tables.save()
            key, section = seen() or ("", None)
            if files.changed or section is not None:
                write_index(self.layout.own("index"), files.entries, key=key, section=section)
        except OSError as error:
            emit(events.Notice(f"{state_error(error, 'write')}: files will be read again"))

    def entries(self) -> MutableMapping[str, Entry]:
        """Return path and entry of every known file."""
        return read_index(self.layout.own("index"))

    def files(self, *, writable: bool = False) -> Files:
        """Return the view of the disk; where nothing may be written, nothing new is trusted."""
        clock = Clock(self.layout.own("clock") if writable else None, time.monotonic)
        lock = os.path.basename(self.layout.lockfile)
        files = Files(
            self.layout.root,
            self.entries(),
            clock,
            margin=self.settings.margin,
            hidden=lambda path: path == lock or self.left_over.holds(path, files),
            looks=self.settings.looks,
        )
        return files

    def _use_left_over(self, left_over: LeftOver) -> None:
        self.left_over = left_over
        left_over.is_gone = self._is_no_instance

    def _is_no_instance(self, name: str) -> bool:
        """Say whether a name is that of an instance which its family does not have now."""
        family, bracket, _ = name.partition("[")
        graph = self.jobfile.graph if self.jobfile.graph.unopened else self.graph
        if not bracket or name in graph.targets or family in graph.unopened:
            return False
        return family in graph.families

    def records(self, files: Files) -> Records:
        """Return the records, with this view of the disk."""
        layout = self.layout
        records = Records(layout.lockfile, layout.journal, files.agree, layout.left)
        self.left_over.use(records)
        return records

    def judge_of(self, files: Files, graph: Graph | None = None) -> Judge:
        """Return a judge with this view of the disk, of all targets if no graph is named."""
        records = self.records(files)
        judge = Judge(
            graph=graph or self.graph,
            files=files,
            records=records,
            environ=self.settings.environ,
            job_types=self.registry.job_types,
            checks=self.registry.checks,
            outside=Outside(self.layout.own("outside")),
            results={},
            probe=lambda _target, _text: None,
            ages=self._age,
            varied=bool(self.settings.overrides or self.settings.profile),
            partial=self.is_partial or bool(self.left_out or self.python.left_out),
            code=self._coding(),
            blamed=blamed,
            may_ask=self._may_ask,
            python_path=self.jobfile.python_path,
            input_directory=self.jobfile.input_directory,
        )
        if self.settings.stopwatch is not None:
            from jobmake.project.timings import time_judge

            time_judge(self.settings.stopwatch, judge)
        return judge

    def _may_ask(self, name: str) -> bool:
        """Say whether checks may ask the world outside; they can carry secrets there."""
        if not self._is_trusted():
            self._not_asked.add(name)
        return name not in self._not_asked

    def _coding(self) -> Coding | None:
        """Return what tells the code of targets, None where no code counts."""
        of_plugins = self.registry.code
        if not (self.jobfile.reads_code or of_plugins):
            return None
        return self.python.coding(self.jobfile.python_path, of_plugins)

    def _age(self, name: str) -> float | None:
        """Return how many seconds ago the last good run of a target began."""
        last = self.past_runs().last_built([name]).get(name)
        return None if last is None else time.time() - last[1]

    def _refuse_nesting(self) -> None:
        if self.layout.root in self.settings.environ.get(HELD, "").split("\n"):
            raise StateError(
                "this project is being built by the jobmake that started this command",
                "let the target `needs` what the command builds",
            )
