"""One run of one target, from the decision to the record.

    begin ──▶ (the executor runs it) ──▶ end ──▶ Built | Again | Failure

Knows what must happen before a command starts and after it ended, and in which order
(forget before you destroy; stamp the inputs twice). Does not know other targets, slots or
the loop.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial

from jobmake.engine import keeping, outputs, published
from jobmake.engine.bind import bindings_of
from jobmake.engine.endings import hint_for, how_it_ended
from jobmake.engine.justseen import JustSeen
from jobmake.engine.later import Later
from jobmake.engine.meanwhile import Meanwhile
from jobmake.engine.noted import noted, take_returned
from jobmake.engine.openrun import Again, Built, OpenRun
from jobmake.engine.remember import Ending
from jobmake.engine.reproduce import written_files
from jobmake.engine.results import NamedFiles, named_files
from jobmake.engine.store import refuse_new, with_discovered
from jobmake.model.errors import Halted, StateError, TargetError
from jobmake.model.fingerprint import Record
from jobmake.model.secrets import without_users
from jobmake.model.state import Failure
from jobmake.tools.display import duration
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobmake.engine.judge import Judge
    from jobmake.engine.logbook import Logbook
    from jobmake.engine.queue import Queued
    from jobmake.engine.sight import Sight
    from jobmake.engine.slots import Grant
    from jobmake.engine.store import Store
    from jobmake.memory.layout import Layout
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.contracts import Executor
    from jobmake.model.run import Outcome
    from jobmake.model.target import Target


_NOT_RETURNED = ("its process ended before the job returned", "a job ends by returning")


class Runs:
    """Begins and ends runs. ``locked``: a record that would differ from the old one fails."""

    def __init__(
        self,
        judge: Judge,
        executor: Executor,
        lock: ProjectLock,
        logbook: Logbook,
        store: Store,
        *,
        locked: bool = False,
    ) -> None:
        self._judge, self._executor, self._lock = judge, executor, lock
        self._logbook, self.store, self._locked = logbook, store, locked
        self.layout: Layout = logbook.layout
        self._root = self.layout.root
        self._meanwhile = Meanwhile(judge)
        self._seen = JustSeen(logbook.monotonic)
        self.later = Later(logbook.monotonic)  # what is left of runs that are recorded

    @property
    def notices(self) -> list[str]:
        """What a person should know; the engine tells it, and empties the list."""
        return self._logbook.notices

    # -- a run's begin ------------------------------------------------------------------

    def begin(self, target: Target, queued: Queued, grant: Grant) -> OpenRun:
        """Make all ready for a run. Raises TargetError if it cannot be; nothing is destroyed
        before that is known as far as it can be."""
        self.later.do_of(target.name)
        sight = self._seen.take(target.name) or self._judge.look(target)
        if target.is_service:
            self._meanwhile.begins(target.name, sight)
        stamps = sight.stamps(self._judge.files)
        run_id = self._logbook.new_id()
        folder = self._logbook.folder(run_id)
        root = os.path.join(folder, "work") if target.manner.isolated else self._root
        bindings = bindings_of(
            target, sight, self._judge, folder, attempt=queued.attempt, grant=grant
        )
        if root != bindings.root:
            bindings = replace(bindings, root=root)
        kind = self._judge.job_types[target.job_type or ""]
        log = self.layout.log(run_id)
        work = kind.prepare(bindings, os.path.join(self._root, log))
        command, written = without_users(kind.shown(bindings)), written_files(bindings)
        if not (target.manner.isolated or os.path.isdir(work.cwd)):
            raise TargetError(f"its folder `{target.cwd}` does not exist")
        with self._forgetting(target, run_id, sight):
            self._logbook.make_folder(run_id)
            self._clear(target, run_id)
            if target.manner.isolated:
                from jobmake.engine import isolation

                isolation.fill(target, sight, self._root, root)
            outputs.write_files(root, written)
        return OpenRun(
            id=run_id,
            queued=queued,
            bindings=bindings,
            sight=sight,
            command=command,
            started=self._logbook.now(),
            begun_ns=self._judge.files.now_ns() if target.depfile else 0,
            stamps=stamps,
            log=log,
            work=work,
        )

    def submit(self, run: OpenRun) -> None:
        """Have the commands of a run started. Raises TargetError."""
        self._executor.submit(run.work)

    @contextmanager
    def _forgetting(self, target: Target, run_id: str, sight: Sight) -> Iterator[None]:
        """Forget the record before anything is destroyed; if what follows fails, that stays
        so, and is told as before."""
        records = self._judge.records
        trouble = records.trouble(target.name)
        self._lock.check()  # nothing is destroyed that another build may be making
        records.start(target.name, run_id, self._logbook.now(), sight.fingerprint.digest)
        try:
            yield
        except TargetError:
            records.fail(target.name, trouble or "could not begin")
            raise

    def _clear(self, target: Target, run_id: str) -> None:
        old = self._judge.records.old(target.name)
        aside = self._logbook.folder(run_id, "replaced")
        moved = outputs.clear(
            target,
            self._judge.files,
            old.outputs if old else {},
            aside,
            known=self.store.knows,
        )
        self._logbook.note_moved(target, run_id, moved)

    # -- its end ------------------------------------------------------------------------

    def end(
        self, run: OpenRun, outcome: Outcome, *, overtime: bool = False
    ) -> Built | Again | Failure | None:
        """Look at what a run left; record it, or set it aside. None: a signal ended that."""
        self._seen.forget()
        try:
            result = self._result(run, outcome, overtime=overtime)
        except Halted:
            return None
        except Exception as raised:
            error = self._judge.blamed(raised)
            result = self._failure(run, outcome, error.message, error.hint)
        finish = partial(self._finish, run, outcome, result, overtime=overtime)
        if isinstance(result, Built):
            self.later.put_off(run.target.name, partial(self._if_still_ours, finish))
        else:
            failed = f"failed: {result.message}" if isinstance(result, Failure) else None
            self._put_away(run, failed or "was not recorded")
            finish()
        return result

    def _if_still_ours(self, finish: Callable[[], None]) -> None:
        """Do what is left, unless somebody has removed the project or its state meanwhile."""
        with suppress(StateError):
            self._lock.check()
            finish()

    def stop(self, run: OpenRun, outcome: Outcome) -> None:
        """Put away a run that was ended because the build is to end."""
        self._put_away(run, "was stopped")
        ending = Ending("stopped", outcome, self._logbook.log(run.id))
        self._logbook.remember(run.as_kept, ending)
        self._tidy(run, outcome, failed=True)

    def end_service(self, run: OpenRun, outcome: Outcome | None, error: str | None) -> str | None:
        """Write down that a service has ended, or was not started, with what is wrong with that;
        return the path of its log."""
        log, name = self._logbook.log(run.id), run.target.name
        ending = Ending("failed" if error else "stopped", outcome, log, error=error)
        self._logbook.remember(run.as_kept, ending)
        if error is None:
            self._judge.records.ended(name)
        else:
            self._judge.records.fail(name, f"failed: {error}")
        self._logbook.tidy(run.id)
        return log

    def publish(self, target: Target) -> None:
        """Bring what an up-to-date target publishes to its places. Raises TargetError."""
        if target.publish:
            published.publish(target, self._judge.files, self.store.ours(target))

    def expect(self, target: Target, sight: Sight) -> None:
        """Take note of what was seen of a target that is to run. Raises TargetError if that would
        change the lockfile, and it is to stay."""
        if self._locked:
            refuse_new(target, self._judge, sight)
        if not self._judge.services_of(target.name):  # else there is more to see when it begins
            self._seen.put(target.name, sight)

    def cancel(self, run_id: str, signum: int) -> None:
        """Send a signal to all that a run started."""
        self._executor.cancel(run_id, signum)

    def close(self) -> None:
        """Write what is left of the history, and let the cache do what is due."""
        self.later.do_all()
        self._logbook.close()
        self.store.close()

    def _result(self, run: OpenRun, outcome: Outcome, *, overtime: bool) -> Built | Again | Failure:
        target, judge = run.target, self._judge
        if overtime:
            most = duration(target.handling.timeout or 0)
            return self._failure(run, outcome, f"took longer than {most}", None)
        if not outcome.ok:
            said = noted(self._logbook.folder(run.id)) if outcome.exit_code else None
            how = said or (how_it_ended(outcome, target), hint_for(outcome))
            return self._failure(run, outcome, *how)
        if run.work.leaves_value and not take_returned(self._logbook.folder(run.id)):
            return self._failure(run, outcome, *_NOT_RETURNED)
        changed = self._changed_meanwhile(run)
        named = NamedFiles()
        if changed is None:
            named = named_files(target, judge, run.root, run.begun_ns, run.sight.fingerprint)
            if named.written is not None and not self._was_seen(run, named):
                changed = f"`{named.written}` was written"
        if changed is None:
            if target.manner.isolated:
                from jobmake.engine import isolation

                isolation.move_out(target, self._root, run.root)
            if self.store.bring_up(target, run.sight):
                changed = self._changed_meanwhile(run)
        if changed is not None:
            if not run.queued.second:
                return Again(changed, named.all)
            message = f"{changed} while `{target.name}` ran, twice"
            return self._failure(run, outcome, message, self._meanwhile.hint)
        folder = self.layout.run_folder(run.id)
        left = keeping.take(folder, judge.files, run.work)
        record = Record(
            fingerprint=with_discovered(run.sight.fingerprint, named.inside),
            outputs=outputs.made(target, judge.files),
            value=left.value,
            files=left.files,
        )
        old = judge.records.old(target.name)
        if self._locked and (old is None or old.result != record.result):
            raise TargetError("what it made is not what the lockfile says (`--locked`)")
        published.publish(target, judge.files, self.store.ours(target))
        moved = keeping.place(record, judge.files, folder)
        self._logbook.note_moved(target, run.id, moved)
        self._lock.check()  # what another build makes meanwhile is not what this run made
        judge.records.record(target.name, record)
        judge.outside.put(target.name, record, named.outside)
        return Built(record, self._logbook.log(run.id), named)

    def _was_seen(self, run: OpenRun, named: NamedFiles) -> bool:
        """Say whether a file that was written meanwhile is as the run before it found it: then
        it is the command itself that writes it."""
        written = named.written or ""
        return run.queued.second and run.queued.seen.get(written) == named.all.get(written)

    def _changed_meanwhile(self, run: OpenRun) -> str | None:
        second = run.queued.second
        return self._meanwhile.changed(run.target, run.sight, run.stamps, second=second)

    def _finish(
        self, run: OpenRun, outcome: Outcome, result: Built | Again | Failure, *, overtime: bool
    ) -> None:
        """Keep what a run made, write down the run, remove what it needed."""
        ran = run.as_kept
        if isinstance(result, Built):
            self.store.keep(ran, result.record, result.named, outcome.wall)
        ended = {Built: "built", Again: "not recorded"}.get(type(result), "failed")
        ending = Ending(
            ended="timed out" if overtime else ended,
            outcome=outcome,
            log=self._logbook.log(run.id) if isinstance(result, Again) else result.log,
            record=result.record if isinstance(result, Built) else None,
            error=result.message if isinstance(result, Failure) else None,
        )
        self._logbook.remember(ran, ending)
        self._tidy(run, outcome, failed=not isinstance(result, Built))

    def _put_away(self, run: OpenRun, why: str) -> None:
        target = run.target
        try:
            aside = self._logbook.folder(run.id, "outputs")
            outputs.set_aside(target, self._judge.files, aside)
        except TargetError as error:
            self._logbook.notices.append(f"`{target.name}`: {error.message}")
        self._judge.records.fail(target.name, why)

    def _tidy(self, run: OpenRun, outcome: Outcome, *, failed: bool) -> None:
        """Remove what only the run itself needed; of a failed one its private folder stays."""
        if run.target.manner.isolated and not failed:
            from jobmake.engine import isolation

            isolation.remove(run.root)
        if run.target.depfile and not failed:
            path = os.path.join(run.root, run.target.depfile)
            if not any(one.names(run.target.depfile) for one in run.target.owned):
                with suppress(OSError):
                    os.unlink(path)
        self._logbook.tidy(run.id, left_behind=bool(outcome.leftovers))

    def _failure(self, run: OpenRun, outcome: Outcome, message: str, hint: str | None) -> Failure:
        log = self._logbook.log(run.id)
        return Failure(
            message,
            hint,
            run.command,
            run.queued.reasons,
            log,
            outcome.leftovers,
            run_id=run.id,
            seconds=outcome.wall,
            cpu=outcome.cpu,
            exit_code=outcome.exit_code,
        )
