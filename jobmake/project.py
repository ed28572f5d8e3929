"""A project, opened: the only place that joins the parts.

Reads the Jobfile, the lockfile and local state once, and hands each part what it needs.
Decides nothing itself.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobmake.engine.judge import Judge
from jobmake.engine.plan import behind_links, missing_inputs, plan, resolve
from jobmake.jobfile.load import LoadedJobfile, find_jobfile, load
from jobmake.memory.files import Files
from jobmake.memory.index import read_index, write_index
from jobmake.memory.layout import Layout, make_own_folder
from jobmake.memory.records import Records
from jobmake.memory.stamps import MARGIN, Clock
from jobmake.model import events
from jobmake.model.errors import JobmakeError, StateError, state_error
from jobmake.plugins import Registry, collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jobmake.engine.engine import Options
    from jobmake.engine.plan import Plan
    from jobmake.memory.history import PastRuns
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.decision import Outlook
    from jobmake.model.events import Event
    from jobmake.model.fingerprint import Record
    from jobmake.model.graph import Graph
    from jobmake.model.state import Summary

HELD = "JOBMAKE_LOCK_HELD"  # tells a jobmake started by a run which projects are being built


@dataclass(frozen=True, slots=True)
class Settings:
    """How a project is opened.

    ``jobfile``: path, or None to look for it from ``folder`` upwards. ``overrides``: the
    `key=value` of `-D`. ``profile``: the name of `--profile`. ``margin``: seconds that a
    file must have been left alone before its stat is trusted; infinity reads every file
    every time.
    """

    folder: str = "."
    jobfile: str | None = None
    overrides: tuple[str, ...] = ()
    profile: str | None = None
    margin: float = MARGIN
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
        layout = Layout(path)
        lock = os.path.basename(layout.lockfile)
        clock = Clock(None, time.monotonic)
        files = Files(layout.root, {}, clock, not_matched=lambda path: path == lock)
        loaded = load(
            path,
            settings.overrides,
            settings.environ,
            registry.job_types,
            matching=files.matching,
            profile=settings.profile,
        )
        return cls(loaded, layout, registry, settings)

    @property
    def graph(self) -> Graph:
        """All targets."""
        return self.jobfile.graph

    def plan(self, names: Sequence[str]) -> Plan:
        """Return the plan for the named targets, or the default ones. Raises UsageError."""
        return plan(self.graph, names or self.jobfile.default)

    def forecast(
        self, wanted: Iterable[str], emit: Callable[[Event], None], *, forced: bool = False
    ) -> list[Outlook]:
        """Return what a build of the wanted targets would do. Writes nothing."""
        from jobmake.engine.forecast import forecast

        judge = self.judge()
        if judge.records.damaged:
            emit(events.Notice(f"the lockfile cannot be read: {judge.records.damaged}"))
        return forecast(judge, wanted, forced=forced)

    def past_runs(self) -> PastRuns:
        """Return the history of this Jobfile's runs, to read."""
        from jobmake.memory.history import PastRuns

        return PastRuns(self.layout.own("runs.db"), os.path.basename(self.layout.jobfile))

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
        what: str = "jobmake build",
    ) -> Summary:
        """Build the named targets, or the default ones, and all that they need.

        Raises UsageError, JobfileError, StateError, and LockedError with ``wait`` false.
        """
        self.plan(names)  # what is wrong with the names is said before anything is waited for
        with self._locked(emit, wait=wait, what=what) as lock:
            # the Jobfile may have changed while we waited
            project = Project.open(self.settings) if lock.waited else self
            plan = project.plan(names)
            project.check_inputs(plan.wanted)
            return project._build_locked(plan, options, emit, lock)

    def clean(
        self,
        names: Sequence[str],
        emit: Callable[[Event], None],
        *,
        edited: bool = False,
        dry_run: bool = False,
    ) -> tuple[list[str], list[str]]:
        """Remove the outputs of the named targets, or of all; return (removed, kept) paths.

        Outputs that are not as jobmake made them are kept unless ``edited``.
        """
        from jobmake.engine.clean import clean

        chosen = [one for name in names for one in resolve(self.graph, name)]
        targets = [self.graph.targets[name] for name in chosen or self.graph.targets]
        if dry_run:
            return clean(targets, self.judge(), edited=edited, dry_run=True)
        with self._locked(emit, wait=True, what="jobmake clean"):
            return clean(targets, self.judge(), edited=edited, dry_run=False)

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
        from jobmake.engine.runs import Clocks, Runs
        from jobmake.engine.signals import Signals

        files = self._files(Clock(self.layout.own("clock"), time.monotonic))
        judge = self._judge(files)
        aside = judge.records.set_damaged_aside()
        if aside:
            emit(
                events.Notice(
                    f"the lockfile could not be read ({judge.records.damaged}): it is kept as"
                    f" `{aside}`, and targets without a record are built again"
                )
            )
        with Signals() as signals, closing(self.registry.executors["local"]()) as executor:
            runs = Runs(judge, self.layout, executor, lock, Clocks(time.monotonic, time.time))
            inbox = Inbox(executor, signals)
            engine = Engine(judge, runs, inbox, options, emit, time.monotonic)
            try:
                return engine.build(plan)
            finally:
                executor.close()
                runs.close()
                judge.records.close()
                self._keep_index(files, emit)

    def _keep_index(self, files: Files, emit: Callable[[Event], None]) -> None:
        if files.changed:
            try:
                write_index(self.layout.own("index"), files.entries)
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
        def agrees(record: Record) -> bool:
            return all(
                files.digest(path.rstrip("/")) == one for path, one in record.outputs.items()
            )

        records = Records(self.layout.lockfile, self.layout.journal, agrees)
        return Judge(
            graph=self.graph,
            files=files,
            records=records,
            environ=self.settings.environ,
            job_types=self.registry.job_types,
            checks=self.registry.checks,
            results={},
        )

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
