"""A project, opened: the only place that joins the parts.

Reads the Jobfile, the lockfile and local state once, and hands each part what it needs.
Decides nothing itself.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobmake.engine.judge import Judge
from jobmake.engine.plan import behind_links, missing_inputs, plan, resolve, unfinished
from jobmake.jobfile.load import LoadedJobfile, find_jobfile, load
from jobmake.memory.files import Files
from jobmake.memory.index import read_index, write_index
from jobmake.memory.layout import Layout, make_own_folder
from jobmake.memory.outside import Outside
from jobmake.memory.records import Records
from jobmake.memory.stamps import MARGIN, Clock
from jobmake.model import events
from jobmake.model.cached import CacheSettings
from jobmake.model.errors import JobmakeError, StateError, state_error
from jobmake.plugins import Registry, collect
from jobmake.tools.quantities import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jobmake.engine.options import Options
    from jobmake.engine.plan import Plan
    from jobmake.memory.lock import ProjectLock
    from jobmake.memory.pastruns import PastRuns
    from jobmake.memory.relock import Relocked
    from jobmake.memory.runfolders import Surplus
    from jobmake.model.contracts import Cache
    from jobmake.model.decision import Outlook
    from jobmake.model.events import Event
    from jobmake.model.fingerprint import Claim
    from jobmake.model.graph import Graph
    from jobmake.model.state import Summary

HELD = "JOBMAKE_LOCK_HELD"  # tells a jobmake started by a run which projects are being built


@dataclass(frozen=True, slots=True)
class Settings:
    """How a project is opened.

    ``jobfile``: path, or None to look for it from ``folder`` upwards. ``overrides``: the
    `key=value` of `-D`. ``margin``: seconds that a file must have been left alone before
    its stat is trusted; infinity reads every file every time. ``cache``: whether
    outputs are kept and restored, ``cache_folder``: where, if not where the Jobfile says.
    """

    folder: str = "."
    jobfile: str | None = None
    overrides: tuple[str, ...] = ()
    margin: float = MARGIN
    cache: bool = True
    cache_folder: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Project:
    """One project. Opening it writes nothing; only `build` and `clean` do."""

    def __init__(
        self, jobfile: LoadedJobfile, layout: Layout, registry: Registry, settings: Settings
    ) -> None:
        self.jobfile, self.layout, self.registry = jobfile, layout, registry
        self.settings = settings

    @classmethod
    def open(cls, settings: Settings) -> Project:
        """Read the Jobfile. Raises UsageError or JobfileError."""
        if settings.jobfile is None:
            path = find_jobfile(settings.folder)
        else:
            path = os.path.abspath(os.path.join(settings.folder, settings.jobfile))
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        registry = collect()
        loaded = load(path, settings.overrides, settings.environ, registry.job_types)
        return cls(loaded, Layout(path), registry, settings)

    @property
    def graph(self) -> Graph:
        """All targets."""
        return self.jobfile.graph

    def plan(self, names: Sequence[str]) -> Plan:
        """Return the plan for the named targets, or the default ones. Raises UsageError."""
        return plan(self.graph, names or self.jobfile.default)

    def forecast(
        self,
        wanted: Iterable[str],
        emit: Callable[[Event], None],
        *,
        forced: bool = False,
        judge: Judge | None = None,
    ) -> list[Outlook]:
        """Return what a build of the wanted targets would do. Writes nothing.

        ``judge`` is one from `judge`, for those who will ask it for more.
        """
        from jobmake.engine.forecast import forecast

        judge = judge or self.judge()
        if judge.records.damaged:
            emit(events.Notice(f"the lockfile cannot be read: {judge.records.damaged}"))
        outlooks = forecast(judge, wanted, forced=forced)
        running = self.running(judge)
        if not running:
            return outlooks
        return [replace(one, run=running.get(one.target.name)) for one in outlooks]

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
        return self.registry.caches["disk"](folder, settings.size)

    def surplus_runs(self) -> Surplus:
        """Return the run folders that nobody needs. Writes nothing."""
        from jobmake.memory.runfolders import surplus

        return surplus(self.layout)

    def prune_runs(self, emit: Callable[[Event], None]) -> Surplus:
        """Remove the run folders that nobody needs, and return which they were."""
        from jobmake.memory.lock import ProjectLock
        from jobmake.memory.runfolders import remove, surplus
        from jobmake.model.errors import LockedError

        if not os.path.isdir(self.layout.own("runs")):
            return surplus(self.layout)
        lock = ProjectLock(self.layout.own("lock"))
        try:
            lock.take("jobmake gc", wait=False, on_wait=lambda _: None)
            found = surplus(self.layout)
        except LockedError as error:
            # runs may go on: only those whose end is told are looked at
            emit(events.Notice(f"{error.message}: folders of runs without history are left"))
            found = surplus(self.layout, going_on=True)
        try:
            remove(found)
        finally:
            lock.release()
        return found

    def judge(self) -> Judge:
        """Return a judge that only reads."""
        return self._judge(self._files(None))

    def check_inputs(self, wanted: Iterable[str]) -> None:
        """Raise JobfileError for every input that neither exists nor is made."""
        problems = self.jobfile.problems()
        for pattern, real in behind_links(self.graph, wanted, self.layout.root):
            problems.value(
                pattern.place,
                f"`{pattern.shown}` leads by a link into `{real}`, where targets make files",
                f"write it with `{real}`, so that it is known who makes it",
            )
        for target, pattern in missing_inputs(self.graph, wanted, self._files(None)):
            what = "matches no file" if pattern.kind == "glob" else "does not exist"
            wrong = None if pattern.kind == "glob" else self._files(None).wrong_kind(pattern)
            problems.value(
                pattern.place,
                f"input `{pattern.shown}` of target `{target.family}` {what}"
                if not wrong
                else f"input {wrong}",
                None if wrong else self._hint_for_missing(pattern.shown),
            )
        problems.raise_any()

    def build(
        self,
        names: Sequence[str],
        options: Options,
        emit: Callable[[Event], None],
        *,
        wait: bool = True,
        only_failed: bool = False,
        what: str = "jobmake build",
    ) -> Summary:
        """Build the named targets, or the default ones, and all that they need; with
        ``only_failed``, of these only what failed last time and what waited for it.

        Raises UsageError, JobfileError, StateError, and LockedError with ``wait`` false.
        """
        self.plan(names)  # what is wrong with the names is said before anything is waited for
        with self._locked(emit, wait=wait, what=what) as lock:
            # the Jobfile may have changed while we waited
            project = Project.open(self.settings) if lock.waited else self
            plan = project.plan(names)
            if only_failed:
                plan = unfinished(project.graph, plan, project.judge().records)
            project.check_inputs(plan.wanted)
            return project._build_locked(plan, options, emit, lock)

    def clean(
        self,
        names: Sequence[str],
        emit: Callable[[Event], None],
        *,
        only_left: bool = False,
        edited: bool = False,
        dry_run: bool = False,
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Remove the outputs of the named targets, or of all, also of those that left the
        Jobfile, or of these only; return (removed, kept with why).

        Outputs that are not as jobmake made them are kept unless ``edited``.
        """
        from jobmake.engine.clean import clean

        chosen = [one for name in names for one in resolve(self.graph, name)]
        targets = [] if only_left else chosen or self.graph.targets
        with nullcontext() if dry_run else self._locked(emit, wait=True, what="jobmake clean"):
            judge = self.judge()
            found = [self.graph.targets[name] for name in targets]
            removed, kept = clean(found, judge, edited=edited, dry_run=dry_run)
            if not chosen:
                more, also_kept = self._clean_left(judge, edited=edited, dry_run=dry_run)
                removed, kept = removed + more, kept + also_kept
        return removed, kept

    def _clean_left(
        self, judge: Judge, *, edited: bool, dry_run: bool
    ) -> tuple[list[str], list[tuple[str, str]]]:
        from jobmake.engine.clean import clean_left
        from jobmake.memory.left import Made, read_left, write_left

        known = read_left(self.layout.left)
        left = dict(known)
        for name in filter(judge.is_gone, judge.records.names()):  # no build saw it go
            record = judge.records.old(name)
            for path, digest in record.outputs.items() if record else ():
                left[path] = Made(name, digest)
        removed, kept, forgotten = clean_left(left, judge, edited=edited, dry_run=dry_run)
        if not dry_run and not known.keys().isdisjoint(forgotten):
            try:
                over = set(forgotten)
                write_left(self.layout.left, {one: known[one] for one in known if one not in over})
            except OSError as error:
                raise state_error(error, "write") from None
        return removed, kept

    def relock(self, emit: Callable[[Event], None]) -> Relocked:
        """Write the lockfile anew, from itself, the journal and the disk. Raises StateError."""
        from jobmake.memory.relock import rewrite

        with self._locked(emit, wait=True, what="jobmake lock"):
            judge = self.judge()
            with closing(judge.records):
                return rewrite(self.layout.lockfile, judge.records, judge.is_gone)

    def accept(
        self, names: Sequence[str], claim: Claim, emit: Callable[[Event], None]
    ) -> tuple[list[str], list[str]]:
        """Record the named targets as they are, without a run; return the names that were
        (accepted, up to date before). Raises TargetError for one that cannot be."""
        from jobmake.engine.accept import accept

        self.plan(names)
        with self._locked(emit, wait=True, what="jobmake accept") as lock:
            project = Project.open(self.settings) if lock.waited else self
            chosen = [one for name in names for one in resolve(project.graph, name)]
            files = self._files(Clock(self.layout.own("clock"), time.monotonic))
            judge = project._judge(files)
            self._set_damaged_aside(judge, emit)
            with closing(judge.records):
                done = accept(chosen, claim, judge)
                judge.records.save(judge.is_gone)
            self._keep_index(judge, emit)
            return done

    @contextmanager
    def _locked(
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
            yield lock
        finally:
            lock.release()

    def _build_locked(
        self, plan: Plan, options: Options, emit: Callable[[Event], None], lock: ProjectLock
    ) -> Summary:
        """Read the state, which is ours now, and run the engine on it."""
        from jobmake.engine.engine import Engine
        from jobmake.engine.inbox import Inbox
        from jobmake.engine.logbook import Clocks, Logbook
        from jobmake.engine.options import Around
        from jobmake.engine.runs import Runs
        from jobmake.engine.signals import Signals
        from jobmake.engine.slots import Slots, devices_of
        from jobmake.engine.store import Store

        files = self._files(Clock(self.layout.own("clock"), time.monotonic))
        judge = self._judge(files)
        self._set_damaged_aside(judge, emit)
        executor = self.registry.executors["local"]()
        clocks = Clocks(time.monotonic, time.time)
        logbook = Logbook(self.layout, clocks, judge)
        cache = self.cache() if self.cache_settings.enabled else None
        store = Store(judge, lock, logbook, cache, options.locked)
        runs = Runs(judge, executor, lock, logbook, store, locked=options.locked)
        around = Around(
            grow=self._grow,
            seconds=lambda: self.past_runs().seconds(judge.graph.targets),
            slots=Slots(options.jobs, self.jobfile.pools, devices_of(self.settings.environ)),
            monotonic=time.monotonic,
        )
        with Signals() as signals, closing(executor):
            engine = Engine(judge, runs, Inbox(executor, signals), around, options, emit)
            try:
                return engine.build(plan)
            finally:
                executor.close()
                runs.close()
                judge.records.close()
                self._keep_index(judge, emit)

    def _grow(self, names: Iterable[str]) -> Graph:
        """Return the graph with the instances of some families, which can be known now."""
        self.jobfile = self.jobfile.grow(names)
        return self.jobfile.graph

    def _set_damaged_aside(self, judge: Judge, emit: Callable[[Event], None]) -> None:
        aside = judge.records.set_damaged_aside()
        if aside:
            emit(
                events.Notice(
                    f"the lockfile could not be read ({judge.records.damaged}): it is kept as"
                    f" `{aside}`, and targets without a record are built again"
                )
            )

    def _keep_index(self, judge: Judge, emit: Callable[[Event], None]) -> None:
        files = judge.files
        try:
            if files.changed:
                write_index(self.layout.own("index"), files.entries)
            judge.outside.save(judge.is_gone)
        except OSError as error:
            # not an error: it would hide one that matters, and costs time only
            emit(events.Notice(f"{state_error(error, 'write')}: files will be read again"))

    def _files(self, clock: Clock | None) -> Files:
        """Return the view of the disk; without a clock nothing new is trusted or written."""
        lock = os.path.basename(self.layout.lockfile)
        return Files(
            self.layout.root,
            read_index(self.layout.own("index")),
            clock or Clock(None, time.monotonic),
            margin=self.settings.margin,
            not_matched=lambda path: path == lock,
        )

    def _judge(self, files: Files) -> Judge:
        records = Records(self.layout.lockfile, self.layout.journal, files.agree, self.layout.left)
        return Judge(
            graph=self.graph,
            files=files,
            records=records,
            environ=self.settings.environ,
            job_types=self.registry.job_types,
            checks=self.registry.checks,
            outside=Outside(self.layout.own("outside")),
            results={},
            ages=self._age,
            varied=bool(self.settings.overrides),
        )

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

    def _hint_for_missing(self, path: str) -> str | None:
        from jobmake.tools.hints import nearest

        near = nearest(path, self.graph.producers)
        if near:
            return f"did you mean `{near}`, which `{self.graph.producers[near]}` makes?"
        return "put it there, or name the target that makes it"


def open_project(folder: str = ".") -> Project:
    """Return the project of ``folder``, or of a folder above it."""
    return Project.open(Settings(folder))


__all__ = ["JobmakeError", "Project", "Settings", "open_project"]
