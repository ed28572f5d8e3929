"""The loop of a watch: look, tell how all stands, wait for an edit, look again.

    reading ──▶ looking ──▶ standing ──▶ gathering ──┐
       ▲           ▲                                 │
       │           └─────────────────────────────────┤
       └── (the Jobfile, or what it is made of) ─────┘

`reading`: the Jobfile is read; if it is wrong that is told, and the last good one stays.
`looking`: a session builds what the changes reach. `standing`: nothing is left to do, and the
next change is waited for. `gathering`: it came, and others that belong to it may follow.

Knows the order of things. Does not know how changes are seen (`observer`), what they reach
(the session), or how events look.

Invariant: whatever changes after the observer began is looked at before the loop waits.
"""

from __future__ import annotations

import gc
import os
import time
from typing import TYPE_CHECKING, NoReturn

from jobmake.engine.inbox import Interrupt
from jobmake.model import events
from jobmake.model.errors import Ended, JobfileError, JobmakeError, Problem
from jobmake.tools.value import Value, replace
from jobmake.watch.changes import Changes, Watched, wanted_of
from jobmake.watch.observer import gather
from jobmake.watch.standing import Standing
from jobmake.watch.waiting import wait_for
from jobmake.watch.young import is_young

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jobmake.project.session import Session
    from jobmake.watch.after import After
    from jobmake.watch.observer import Observer
    from jobmake.watch.telling import Telling

# as long as no Jobfile was right, it is not known what all it is made of
MENDING = frozenset({"**/*.toml", "**/*.json", "**/*.yaml", "**/*.yml", "**/*.py"})


class Choices(Value):
    """What a person chose. ``restart``: an edit ends the build that goes on. ``outputs`` are
    the descriptors that are written to: nobody who reads them, no watch. ``after``: what is
    done after builds."""

    restart: bool = False
    verbose: bool = False
    outputs: Sequence[int] = (1, 2)
    after: Sequence[After] = ()


class Loop:
    """One watch. ``opened`` reads the Jobfile, the path of which is ``jobfile``, and returns what
    builds it, or raises JobmakeError. ``tell`` takes events."""

    def __init__(
        self,
        jobfile: str,
        opened: Callable[[], Session],
        observer: Observer,
        tell: Telling,
        choices: Choices,
    ) -> None:
        self._root, self._jobfile = os.path.split(jobfile)
        self._opened = opened
        self._observer, self._tell, self._choices = observer, tell, choices
        self._session: Session | None = None
        self._standing = Standing()
        self._watched = Watched()
        self._due = Changes(everything=True)
        self._unseen = Changes()  # what was looked at before it was watched
        self._begin = time.time()  # of the last look
        self._is_wrong = False  # the Jobfile as it is now: the last good one is used
        self._is_stuck = False  # a build could not be made
        self._problems: tuple[Problem, ...] = ()  # that were told last
        self._is_told = False  # how all stands

    def run(self) -> NoReturn:
        """Watch until a signal comes, or nobody listens. Raises Ended, BrokenPipeError; and of
        a project that cannot be watched at all what is wrong with it."""
        self._watch(Watched(frozenset({self._jobfile})))
        while True:
            self._due |= gather(self._observer)
            if self._due or self._unseen:
                self._look()
            else:
                self._stand()

    def close(self) -> None:
        """End what runs after builds."""
        for one in self._choices.after:
            one.close()

    # -- from a change to the end of a build -------------------------------------------

    def _look(self) -> None:
        """Do what there is to do because of what changed."""
        edits, unseen = self._due, self._unseen
        self._due = self._unseen = Changes()
        self._begin = time.time()
        session = self._session
        if session is None:
            session = self._open()
            if session is None:
                return
            edits = Changes(everything=True)
        reach = session.note(edits.paths | unseen.paths, everything=edits.everything)
        if not reach:
            self._pass_over(edits.paths - {session.lockfile})  # which each build writes
            return
        edited = session.defined_by(edits.paths)
        loud = edits.everything or bool(edited or (edits and reach.targets))
        self._tell.look(self._told(session, edits or unseen), silent=not loud)
        if reach.reload:
            self._reload(session, loud=bool(edited))
        if session.reach:
            self._build(session, loud=loud)
        if self._tell.over():
            self._is_told = False

    def _told(self, session: Session, edits: Changes) -> events.Changed | None:
        """Return what is told of changes; of the first look there is nothing to tell."""
        if edits.everything and not self._standing.is_known:
            return None
        read = [one for one in edits.paths if session.concerns([one])]
        return events.Changed(tuple(sorted(read or edits.paths)), edits.everything)

    def _pass_over(self, changed: frozenset[str]) -> None:
        if self._choices.verbose and changed:
            paths = sorted(changed)
            more = f" (+{len(paths) - 1} more)" if len(paths) > 1 else ""
            self._tell(events.Notice(f"nothing follows from a change of `{paths[0]}`{more}"))

    def _trouble(self, error: JobmakeError, *, loud: bool = True) -> None:
        """Tell what keeps a build from being made, but not again and again."""
        before, self._problems = self._problems, _problems(error)
        if loud or before != self._problems:
            self._tell(events.Trouble(self._problems))
            self._is_told = False

    # -- reading -----------------------------------------------------------------------

    def _open(self) -> Session | None:
        """Read the Jobfile for the first time, or again because it never was right."""
        try:
            self._session = self._opened()
        except JobmakeError as error:
            if not (self._is_wrong or isinstance(error, JobfileError)):
                raise
            self._trouble(error, loud=not self._is_wrong)
            self._is_wrong = True
            self._watch(Watched(frozenset({self._jobfile}), globs=MENDING))
            return None
        if self._is_wrong:
            self._tell(events.Reloaded(self._jobfile))
        self._is_wrong = False
        self._watch_defined(self._session)
        return self._session

    def _reload(self, session: Session, *, loud: bool) -> None:
        """Read the Jobfile again: it changed, or its globs name other files."""
        try:
            session.reload()
        except JobmakeError as error:
            self._trouble(error, loud=loud)
            self._is_wrong = True
        else:
            if loud or self._is_wrong:
                self._tell(events.Reloaded(self._jobfile))
            self._is_wrong = False
        self._watch_defined(session)

    def _watch_defined(self, session: Session) -> None:
        """Watch what a Jobfile names that was just read. All else will be looked at now, so that
        only what it is made of may have changed unseen."""
        self._watch(self._wanted(session))
        self._unseen = replace(self._unseen, paths=session.defined_by(self._unseen.paths))

    def _wanted(self, session: Session) -> Watched:
        return wanted_of(session.project.jobfile, session.watched())

    def _watch(self, wanted: Watched) -> None:
        """Watch this from now on. What is new in it may have changed since it was looked at."""
        if wanted != self._watched:
            new = wanted.files - self._watched.files
            self._watched = wanted
            self._observer.watch(wanted)
            told = self._observer.take()
            self._unseen |= replace(told, paths=self._young(told.paths | new))

    def _young(self, paths: Iterable[str]) -> frozenset[str]:
        """Return what is not as it was when the last look began, as far as that can be told."""
        return frozenset(one for one in paths if is_young(self._root, one, self._begin))

    # -- building ----------------------------------------------------------------------

    def _build(self, session: Session, *, loud: bool) -> None:
        """Build what is due; tell how it ended, and do what is done after builds."""
        try:
            summary = session.build(self._interrupt(session))
        except JobmakeError as error:
            if not (self._standing.is_known or isinstance(error, JobfileError)):
                raise
            self._trouble(error, loud=loud)
            self._is_stuck = True
            return
        self._tell(events.BuildEnded(summary))
        if summary.stopped_by is not None:
            raise Ended(summary.stopped_by)
        self._is_stuck = False
        self._problems = self._problems if self._is_wrong else ()
        self._standing.note(summary)
        self._watch(self._wanted(session))
        if not summary.interrupted:
            made = bool(summary.built or summary.restored)
            for one in self._choices.after:
                one.built(good=self._standing.is_good, made=made)

    def _interrupt(self, session: Session) -> Interrupt | None:
        if not self._choices.restart:
            return None

        def is_due() -> bool:
            """Take what changed while a build goes on; say whether it is to start over."""
            changes = self._observer.take()
            self._due |= changes
            return changes.everything or session.concerns(changes.paths)

        return Interrupt(self._observer.fileno(), is_due)

    # -- standing ----------------------------------------------------------------------

    def _stand(self) -> None:
        """Tell how all stands, and wait until something changes."""
        if not self._is_told:
            self._is_told = True
            self._tell(self._how_all_stands())
            gc.collect(1)  # what the build left: by itself it would come late, and add up
        after = self._choices.after
        sources = [self._observer.fileno(), *(number for one in after for number in one.filenos())]
        limits = [limit for one in after if (limit := one.patience()) is not None]
        wait_for(sources, self._choices.outputs, min(limits, default=None))
        for one in after:
            for event in one.take():
                self._tell(event)
                if isinstance(event, events.ServiceEnded):
                    self._is_told = False  # it stands otherwise now

    def _how_all_stands(self) -> events.Watching:
        standing, session = self._standing, self._session
        return events.Watching(
            targets=0 if session is None else session.total,
            files=self._observer.count() - (session is not None),  # the lockfile is nobody's
            failed=standing.failed,
            not_made=standing.not_made,
            fallen=() if self._session is None else self._session.fallen,
            wrong=self._jobfile if self._is_wrong else None,
            stuck=self._is_stuck or not standing.is_known,
        )


def _problems(error: JobmakeError) -> tuple[Problem, ...]:
    if isinstance(error, JobfileError):
        return error.problems
    return (Problem(error.message, error.hint),)
