"""A project and what can be done with it: build, clean, accept, lock, make room.

Each of these holds the project's lock while it writes.
"""

from __future__ import annotations

import os
from contextlib import closing, nullcontext, suppress

from jobmake.engine.plan import plan, resolve, unfinished
from jobmake.model import events
from jobmake.model.errors import state_error
from jobmake.project.opened import Opened
from jobmake.project.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jobmake.engine.judge import Judge
    from jobmake.engine.options import Options
    from jobmake.engine.plan import Plan
    from jobmake.memory.relock import Relocked
    from jobmake.memory.runfolders import Surplus
    from jobmake.model.events import Event
    from jobmake.model.fingerprint import Claim
    from jobmake.model.state import Summary
    from jobmake.project.building import SeenAs


class Project(Opened):
    """One project."""

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
        """Build the named targets, or the default ones, and all that they need. ``seen_as``: what
        is looked at is kept for the next build.

        Raises UsageError, JobfileError, StateError, and LockedError with ``wait`` false.
        """
        from jobmake.project.building import Building, new_judge
        from jobmake.project.sighting import heard

        if self.settings.looks is not None:
            emit = heard(emit, self.settings.looks)
        self.begin(names)  # what is wrong with the names is said before anything is waited for
        with self.locked(emit, wait=wait, what=what) as lock:
            # the Jobfile may have changed while we waited
            project = self.reopened() if lock.waited else self
            if options.debug:
                project.jobfile = project.jobfile.debugged(project.begin(names).named)
            begin = project.begin(names)
            if options.only_failed:
                begin = unfinished(project.jobfile.graph, begin, project.judge().records)
            project.check_inputs(begin.wanted, project.jobfile.graph)
            judge = new_judge(project, emit)
            with suppress(OSError):  # told at the end of the build
                project.tables.save()
            if len(judge.files.entries) < len(judge.records):  # as in a clone
                from jobmake.engine.ahead import read_ahead

                read_ahead(judge, begin.wanted)
            building = Building(project, options, emit, judge, seen_as=seen_as)
            return building.run(begin, lock)

    def reopened(self) -> Project:
        """Return the project as it is now."""
        return Project.open(self.settings)

    def begin(self, names: Sequence[str]) -> Plan:
        """Return the plan that a build begins with; it grows when families are opened. Raises
        UsageError."""
        return plan(self.jobfile.graph, names or self.jobfile.default)

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

        chosen = resolve(self.graph, *names)
        targets: Iterable[str] = () if only_left else chosen or self.graph.targets
        with nullcontext() if dry_run else self.locked(emit, wait=True, what="jobmake clean"):
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

    def left(self) -> list[str]:
        """Return what targets made that are no more, and `clean --left` would remove. Writes
        nothing."""
        return self._clean_left(self.judge(), edited=False, dry_run=True)[0]

    def relock(self, emit: Callable[[Event], None]) -> Relocked:
        """Write the lockfile anew, from itself, the journal and the disk. Raises StateError."""
        from jobmake.memory.relock import rewrite

        with self.locked(emit, wait=True, what="jobmake lock"):
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
        with self.locked(emit, wait=True, what="jobmake accept") as lock:
            project = self.reopened() if lock.waited else self
            chosen = resolve(project.graph, *names)
            files = self.files(writable=True)
            judge = project.judge_of(files)
            self.set_damaged_aside(judge, emit)
            with closing(judge.records):
                done = accept(chosen, claim, judge)
                judge.records.save(judge.is_gone)
            self.keep_index(judge, emit)
            return done

    def surplus(self) -> tuple[Surplus, Surplus]:
        """Return the folders that nobody needs: of runs, and of results. Writes nothing."""
        from jobmake.memory.oldresults import surplus_results
        from jobmake.memory.runfolders import surplus

        return surplus(self.layout), surplus_results(self.layout)

    def prune(self, emit: Callable[[Event], None]) -> tuple[Surplus, Surplus]:
        """Remove the folders of runs and results that nobody needs; return which they were."""
        from jobmake.memory.lock import ProjectLock
        from jobmake.memory.oldresults import forget
        from jobmake.memory.runfolders import NOTHING, remove, surplus
        from jobmake.model.errors import LockedError

        if not os.path.isdir(self.layout.own()):
            return NOTHING, NOTHING
        lock = ProjectLock(self.layout.own("lock"))
        try:
            lock.take("jobmake gc", wait=False, on_wait=lambda _: None)
            runs, results = self.surplus()
            forget(self.layout, results)
        except LockedError as error:
            # runs may go on: only those whose end is told are looked at, and what they make is
            # named by no record yet
            emit(events.Notice(f"{error.message}: folders of runs without history are left"))
            runs, results = surplus(self.layout, going_on=True), NOTHING
        try:
            remove(runs)
            remove(results)
        finally:
            lock.release()
        return runs, results


def open_project(folder: str = ".") -> Project:
    """Return the project of ``folder``, or of a folder above it."""
    return Project.open(Settings(folder))
