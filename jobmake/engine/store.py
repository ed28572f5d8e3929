"""The cache, as the engine uses it: keeps what a run made, restores it in place of a run.

Knows the order of things: forget before you destroy. Does not know keys (`lookup`), nor how
bytes are kept (`caches`).

Invariant: only what is of the recorded digests comes back, and only for a target that has
outputs, a value or own files; one that has none of these is run for what it does.
"""

from __future__ import annotations

import os

from jobmake.engine import keeping, outputs, published
from jobmake.engine.bind import bindings_of
from jobmake.engine.facts import bring_up, tells_times
from jobmake.engine.lookup import declared_parts, is_kept, key_of, ours_of, traces
from jobmake.engine.remember import Ending, Ran
from jobmake.memory.resultfiles import is_whole
from jobmake.model import events
from jobmake.model.cached import Miss, NotKept, Trace
from jobmake.model.errors import Halted, TargetError
from jobmake.model.fingerprint import Fingerprint, Record
from jobmake.tools.moments import is_future
from jobmake.tools.pathnames import is_outside
from jobmake.tools.value import Mutable, Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.engine.judge import Judge
    from jobmake.engine.logbook import Logbook
    from jobmake.engine.lookup import Ours
    from jobmake.engine.results import NamedFiles
    from jobmake.engine.sight import Sight
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.contracts import Cache
    from jobmake.model.decision import Reason
    from jobmake.model.target import Target


class Restored(Value):
    """A target is as a run in the past left it, and recorded."""

    record: Record
    event: events.TargetRestored


class Store(Mutable):
    """``cache`` is None where there is to be none. ``locked``: only what the lockfile says."""

    judge: Judge
    lock: ProjectLock
    logbook: Logbook
    cache: Cache | None
    locked: bool = False
    given_up: bool = False
    _told: set[str] = field(default_factory=set)  # what is dated in the future

    def keep(self, run: Ran, record: Record, named: NamedFiles, seconds: float) -> None:
        """Keep what a good run made. Trouble with the cache is told, once."""
        target = run.bindings.target
        if self.cache is None or self.given_up or not is_kept(target):
            return
        if not target.outputs and record.result_id is None:
            return
        trace = Trace(
            outputs=record.outputs,
            discovered=named.all,
            value=record.value,
            files=record.files,
            target=target.name,
            run_id=run.id,
            seconds=seconds,
        )
        trouble = self._keep(self.cache, key_of(target, run.sight.fingerprint), trace)
        if trouble is not None and trouble.lasting:
            self.given_up = True
            self.logbook.notices.append(f"nothing is kept in the cache: {trouble.reason}")

    def _keep(self, cache: Cache, key: str, trace: Trace) -> NotKept | None:
        try:
            return cache.keep(key, trace, self.judge.files.root)
        except Halted:
            return None  # a signal is in the inbox
        except Exception as raised:  # what it was to keep is recorded and good
            return NotKept(self.judge.blamed(raised).message, lasting=True)

    def restore(
        self, target: Target, sight: Sight, reasons: tuple[Reason, ...], *, temps: bool
    ) -> Restored | None:
        """Bring a target to where a run of the same fingerprint left it; None if the cache
        cannot. Temp outputs come back only where they are needed. Raises TargetError."""
        if self.cache is None:
            return None
        found = traces(self.cache, target, sight.fingerprint, self.judge, locked=self.locked)
        for trace in found:
            restored = self._apply(target, sight, trace, reasons, temps=temps)
            if restored is not None:
                return restored
        return None

    def knows(self, digest: str) -> bool:
        """Say whether a run once made what has this digest, as far as the cache remembers."""
        return self.cache is not None and self.cache.holds(digest)

    def ours(self, target: Target) -> Ours:
        """Return which digests are of what a target made."""
        return ours_of(target, self.judge, self.cache)

    def bring_up(self, target: Target, sight: Sight) -> bool:
        """See to it that no check says of what was just made that it is old; say whether
        any would."""
        judge = self.judge
        if not tells_times(target, judge.checks):
            return False
        view = judge.view(target, sight)
        self._tell_future((*view.inputs, *view.sources))
        return bring_up(target, judge.checks, view, judge.files)

    def _tell_future(self, paths: tuple[str, ...]) -> None:
        """Note files whose times are wrong, each once."""
        for path in paths:
            written = self.judge.files.mtime_ns(path.rstrip("/"))
            if path not in self._told and written is not None and is_future(written):
                self._told.add(path)
                self.logbook.notices.append(
                    f"`{path}` is dated in the future: it counts by its content"
                )

    def close(self) -> None:
        """Let the cache do what is due."""
        if self.cache is not None:
            self.cache.close()

    def _apply(
        self,
        target: Target,
        sight: Sight,
        trace: Trace,
        reasons: tuple[Reason, ...],
        *,
        temps: bool,
    ) -> Restored | None:
        judge, name = self.judge, target.name
        run_id = self.logbook.new_id()
        wanted = self._wanted(target, trace, temps=temps)
        self.lock.check()  # nothing is destroyed that another build may be making
        folders = {os.path.dirname(path.rstrip("/")) for path in wanted}
        judge.records.start_restoring(name, run_id, self.logbook.now(), folders)
        try:
            self._restore_result(target, run_id, trace)
            self._clear(target, run_id, trace)
            if self.cache is not None:
                self.cache.restore(trace, judge.files.root, wanted)
            there = judge.files.output_digests(target)
            if any(there.get(path) != trace.outputs[path] for path in wanted):
                raise Miss("what came back is not what was kept")
            self._refuse_moved(target, sight)
        except Miss:
            judge.records.fail(name, "could not be restored")
            self.logbook.tidy(run_id)
            return None
        except Exception:
            judge.records.fail(name, "could not be restored")
            raise
        record = self._record(sight, trace)
        published.publish(target, judge.files, self.ours(target))
        self.lock.check()  # nor is what another makes taken for what came back
        judge.records.record(name, record)
        outside = {path: one for path, one in trace.discovered.items() if is_outside(path)}
        judge.outside.put(name, record, outside)
        bindings = bindings_of(target, sight, judge, self.logbook.folder(run_id))
        ran = Ran(run_id, bindings, sight, reasons, self.logbook.now())
        self.logbook.remember(ran, Ending("restored", record=record))
        return Restored(record, events.TargetRestored(name, run_id, reasons, trace.seconds))

    def _refuse_moved(self, target: Target, sight: Sight) -> None:
        """Where times count, what came back is newer than an input that was written since it
        was looked at. Raises Miss."""
        if tells_times(target, self.judge.checks):
            self.bring_up(target, sight)
            if self.judge.look(target).fingerprint.digest != sight.fingerprint.digest:
                raise Miss("an input changed meanwhile")

    def _wanted(self, target: Target, trace: Trace, *, temps: bool) -> list[str]:
        """Return the outputs that are to come back: those that differ from what was kept."""
        there = self.judge.files.output_digests(target)
        temp = [output for output in target.outputs if output.temp and not temps]
        return [
            path
            for path, digest in trace.outputs.items()
            if there.get(path) != digest and not any(one.names(path) for one in temp)
        ]

    def _clear(self, target: Target, run_id: str, trace: Trace) -> None:
        """Clear the way for what comes back; what is as it was kept stays where it is."""
        old = self.judge.records.old(target.name)
        aside = self.logbook.folder(run_id, "replaced")
        moved = outputs.clear(
            target,
            self.judge.files,
            old.outputs if old else {},
            aside,
            staying=trace.outputs,
            known=self.knows,
        )
        self.logbook.note_moved(target, run_id, moved)

    def _record(self, sight: Sight, trace: Trace) -> Record:
        named = {path: one for path, one in trace.discovered.items() if not is_outside(path)}
        fingerprint = with_discovered(sight.fingerprint, named)
        return Record(fingerprint, trace.outputs, trace.value, None, trace.files)

    def _restore_result(self, target: Target, run_id: str, trace: Trace) -> None:
        """Put the value and own files of a run in their place. Raises Miss and TargetError."""
        if trace.result_id is None or self.cache is None:
            return
        files, folder, cache = self.judge.files, self.logbook.layout.run_folder(run_id), self.cache

        def fetch(wanted: Mapping[str, str]) -> None:
            cache.restore(Trace(wanted, key=trace.key), files.root, wanted)

        moved = keeping.restore(trace, files, folder, fetch)
        self.logbook.note_moved(target, run_id, moved)
        if not is_whole(trace, files.digest):
            raise Miss("what came back is not what was kept")


def refuse_new(target: Target, judge: Judge, sight: Sight) -> None:
    """Raise TargetError if a run would bring a record that the lockfile does not have."""
    old = judge.records.old(target.name)
    if old is None or old.fingerprint.digest != sight.fingerprint.digest:
        raise TargetError(
            "its record would change, and `--locked` keeps the lockfile as it is",
            f"`jobmake why {target.family}` says what differs",
        )


def with_discovered(fingerprint: Fingerprint, named: Mapping[str, str]) -> Fingerprint:
    """Return what is to be recorded: in place of what the last run named, what this one did."""
    declared = declared_parts(fingerprint)
    if not named and len(declared) == len(fingerprint.parts):
        return fingerprint
    return Fingerprint.of([*declared, *(("discovered", path, one) for path, one in named.items())])
