"""One run of one target, from the decision to the record.

    begin ──▶ (the executor runs it) ──▶ end ──▶ Built | Again | Failure

Knows what must happen before a command starts and after it ended, and in which order
(forget before you destroy; stamp the inputs twice). Does not know other targets, slots or
the loop.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.engine import outputs
from jobmake.memory.history import History, PastRun
from jobmake.model.bindings import Bindings
from jobmake.model.errors import StateError, TargetError, state_error
from jobmake.model.fingerprint import Record
from jobmake.model.state import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.engine.judge import Judge, Sight
    from jobmake.memory.layout import Layout
    from jobmake.memory.lock import ProjectLock
    from jobmake.model.contracts import Executor
    from jobmake.model.decision import Reason
    from jobmake.model.run import Outcome, Work
    from jobmake.model.target import Target


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has been started. ``second`` after an input changed during the first;
    ``stamps`` show whether one was written and put back."""

    id: str
    target: Target
    sight: Sight
    reasons: tuple[Reason, ...]
    command: str
    started: float  # seconds since 1970
    second: bool
    stamps: Mapping[str, tuple[int, ...]]
    work: Work


@dataclass(frozen=True, slots=True)
class Built:
    """A run ended well and its target is recorded."""

    record: Record
    log: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """An input changed while the target ran: nothing is recorded, it must run once more."""

    changed: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where times come from: ``monotonic`` for durations, ``wall`` (seconds since 1970) to be
    told to people."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


class Runs:
    """Begins and ends runs. The history is opened with the first."""

    def __init__(
        self,
        judge: Judge,
        layout: Layout,
        executor: Executor,
        lock: ProjectLock,
        clocks: Clocks,
    ) -> None:
        self._judge, self._layout, self._executor = judge, layout, executor
        self._lock, self._clocks = lock, clocks
        self._history: History | None = None
        self.notices: list[str] = []

    def begin(self, target: Target, reasons: tuple[Reason, ...], *, second: bool) -> OpenRun:
        """Make all ready for a run. Raises TargetError if it cannot be; nothing is destroyed
        before that is known as far as it can be."""
        sight = self._judge.look(target)
        stamps = sight.stamps(self._judge.files)
        history = self._open_history()
        run_id = history.new_id()
        bindings = self._bindings(target, sight, run_id)
        kind = self._judge.job_types[target.job_type or ""]
        work = kind.prepare(bindings, os.path.join(self._layout.root, self._layout.log(run_id)))
        if not os.path.isdir(work.cwd):
            raise TargetError(f"its folder `{target.cwd}` does not exist")
        self._clear(target, run_id)
        shown = kind.shown(bindings)
        now = self._clocks.wall()
        return OpenRun(run_id, target, sight, reasons, shown, now, second, stamps, work)

    def submit(self, run: OpenRun) -> None:
        """Have the commands of a run started. Raises TargetError."""
        self._executor.submit(run.work)

    def end(self, run: OpenRun, outcome: Outcome) -> Built | Again | Failure:
        """Look at what a run left; record it, or set it aside."""
        log = self._log(run)
        try:
            result: Built | Again | Failure = self._result(run, outcome, log)
        except TargetError as error:
            result = self._failure(run, outcome, log, error.message, error.hint)
        if not isinstance(result, Built):
            failed = f"failed: {result.message}" if isinstance(result, Failure) else None
            self._put_away(run, failed or "was not recorded")
        ended = {Built: "built", Again: "not recorded"}.get(type(result), "failed")
        self._remember(run, outcome, ended, log)
        return result

    def stop(self, run: OpenRun, outcome: Outcome) -> None:
        """Put away a run that was ended because the build is to end."""
        self._put_away(run, "was stopped")
        self._remember(run, outcome, "stopped", self._log(run))

    def cancel(self, run_id: str, signum: int) -> None:
        """Send a signal to all that a run started."""
        self._executor.cancel(run_id, signum)

    def close(self) -> None:
        """Write what is left of the history."""
        if self._history is not None:
            self._history.close()

    def _result(self, run: OpenRun, outcome: Outcome, log: str | None) -> Built | Again | Failure:
        if not outcome.ok:
            return self._failure(run, outcome, log, _how_it_ended(outcome, run), _hint(outcome))
        changed = self._changed_meanwhile(run)
        if changed is not None:
            if not run.second:
                return Again(changed)
            message = f"{changed} while `{run.target.name}` ran, twice"
            return self._failure(run, outcome, log, message, "is something else writing it?")
        record = Record(run.sight.fingerprint, outputs.made(run.target, self._judge.files))
        self._judge.records.record(run.target.name, record)
        return Built(record, log)

    def _changed_meanwhile(self, run: OpenRun) -> str | None:
        """Stamp the inputs a second time; say what differs from the first."""
        before = run.sight.fingerprint.parts
        try:
            sight = self._judge.look(run.target)
            stamps = sight.stamps(self._judge.files)
        except TargetError as error:
            return error.message
        after = sight.fingerprint.parts
        for key in {**before, **after}:
            if before.get(key) != after.get(key):
                what = (
                    "appeared" if key not in before else "went" if key not in after else "changed"
                )
                return f"`{key[1]}` {what}"
        if not run.second:  # else it is the command itself that writes what was there
            for path, stamp in stamps.items():
                if run.stamps.get(path) != stamp:
                    return f"`{path}` was written"
        return None

    def _clear(self, target: Target, run_id: str) -> None:
        records, aside = self._judge.records, self._aside(run_id, "replaced")
        trouble = records.trouble(target.name)
        old = records.old(target.name)
        ours = old.outputs if old else {}
        self._lock.check()  # nothing is destroyed that another build may be making
        records.start(target.name, run_id)
        try:
            moved = outputs.clear(target, self._judge.files, ours, aside)
        except TargetError:
            records.fail(target.name, trouble or "could not begin")
            raise
        if moved:
            names = ", ".join(f"`{path}`" for path in moved)
            self.notices.append(
                f"{names} of `{target.name}` was not made by jobmake, edited since, or left"
                f" half-way: kept in `{self._layout.run_folder(run_id)}/replaced`"
            )

    def _put_away(self, run: OpenRun, why: str) -> None:
        target = run.target
        try:
            outputs.set_aside(target, self._judge.files, self._aside(run.id, "outputs"))
        except TargetError as error:
            self.notices.append(f"`{target.name}`: {error.message}")
        self._judge.records.fail(target.name, why)

    def _bindings(self, target: Target, sight: Sight, run_id: str) -> Bindings:
        return Bindings(
            target=target,
            inputs=sight.inputs,
            sources=sight.sources,
            outputs=outputs.by_role(target),
            root=self._layout.root,
            run_dir=os.path.join(self._layout.root, self._layout.run_folder(run_id)),
            environ=self._judge.environ,
            fingerprint=sight.fingerprint.digest,
            tmp=self._layout.own("tmp"),
        )

    def _aside(self, run_id: str, name: str) -> str:
        return os.path.join(self._layout.root, self._layout.run_folder(run_id), name)

    def _log(self, run: OpenRun) -> str | None:
        """Return the path of the run's log, or None (and no file) where it wrote nothing."""
        shown = self._layout.log(run.id)
        path = os.path.join(self._layout.root, shown)
        try:
            if os.stat(path).st_size:
                return shown
            os.unlink(path)
            os.rmdir(os.path.dirname(path))
        except OSError:
            pass
        return None

    def _open_history(self) -> History:
        if self._history is None:
            try:
                os.makedirs(self._layout.own("runs"), exist_ok=True)
                self._history = History(
                    self._layout.own("runs.db"), self._layout.own("runs"), self._clocks.monotonic
                )
            except OSError as error:
                raise state_error(error, "open the history") from None
            if self._history.set_aside:
                self.notices.append(
                    "the history of runs was damaged: it begins anew, the old one is"
                    f" `.jobmake/{self._history.set_aside}`"
                )
        return self._history

    def _remember(self, run: OpenRun, outcome: Outcome, ended: str, log: str | None) -> None:
        kind = self._judge.job_types[run.target.job_type or ""]
        past = PastRun(
            id=int(run.id),
            jobfile=os.path.basename(self._layout.jobfile),
            target=run.target.name,
            started=run.started,
            seconds=outcome.wall,
            user=outcome.user,
            system=outcome.system,
            peak_memory=outcome.peak_memory,
            ended=ended,
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            action=run.sight.fingerprint.parts["action", ""],
            command="\n".join(text for _, text in kind.texts(run.target.settings)),
            reasons="\n".join(map(str, run.reasons)),
            log=log,
        )
        self._open_history().add(past)

    def _failure(
        self, run: OpenRun, outcome: Outcome, log: str | None, message: str, hint: str | None
    ) -> Failure:
        return Failure(message, hint, run.command, run.reasons, log, outcome.leftovers)


def _how_it_ended(outcome: Outcome, run: OpenRun) -> str:
    commands = run.target.settings.get("run", ())
    which = f" in command {outcome.step + 1} of {len(commands)}" if len(commands) > 1 else ""
    if outcome.error is not None:
        return f"could not be run{which}: {outcome.error}"
    if outcome.signal is not None:
        import signal

        try:
            name = signal.Signals(outcome.signal).name
        except ValueError:
            name = f"signal {outcome.signal}"
        return f"was ended by {name}{which}"
    return f"exit code {outcome.exit_code}{which}"


def _hint(outcome: Outcome) -> str | None:
    if outcome.signal == 9:
        return "nobody here sent it: the system may have run out of memory"
    if outcome.exit_code == 127:
        return "127 means that a command was not found"
    return None


def as_failure(error: TargetError | StateError, reasons: tuple[Reason, ...] = ()) -> Failure:
    """Return the Failure of a target that could not be judged or started."""
    return Failure(error.message, error.hint, None, reasons, None)
