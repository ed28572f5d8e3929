"""The trace reporter: where the time of a build went, for Perfetto and chrome://tracing.

Writes Chrome's trace event format: a row for jobmake itself, and one per run that goes on
at once. Knows no slots of the engine: a run takes the first row that is free.
Invariant: on one row no two spans overlap, and each has its place in the whole.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from jobmake.model import events
from jobmake.reporters import as_json
from jobmake.reporters.text import because, last_line
from jobmake.tools.value import Mutable, field

if TYPE_CHECKING:
    from jobmake.model.events import Event
    from jobmake.reporters.reporting import Reporting

OWN = 0  # the row of jobmake itself
_MICRO = 1_000_000


class _Span(Mutable):
    """A run that goes on: since when, on which row, and what is told of it."""

    begin: float
    row: int
    args: dict[str, Any] = field(default_factory=dict)


class Trace:
    """Writes the file when a build has ended."""

    name = "trace"

    def __init__(self, reporting: Reporting) -> None:
        reporting.file()
        self._reporting = reporting
        self._zero = self._since = reporting.began  # since when jobmake does what it does
        self._doing = ""  # empty: no build goes on
        self._events: list[dict[str, Any]] = []
        self._running: dict[str, _Span] = {}
        self._rows: set[int] = set()
        self._fresh = 0

    def handle(self, event: Event) -> None:
        """Note a beginning or an end, with the time."""
        now = self._reporting.monotonic()
        if not isinstance(event, events.TargetFresh):
            self._tell_fresh(now)
        match event:
            case events.BuildStarted():
                self._begin(now)
            case events.TargetFresh():
                self._fresh += 1
            case events.TargetStarted(target, run_id, reasons, attempt=attempt):
                self._own(now, "")
                args = {"run": run_id, "reason": because(reasons)}
                if attempt > 1:
                    args["attempt"] = str(attempt)
                self._running[target] = _Span(now, self._free_row(), args)
            case events.TargetRestored(target, run_id, reasons):
                args = {"run": run_id, "reason": because(reasons)}
                self._instant(now, f"restored {target}", args)
            case events.TargetBlocked(target, by):
                self._instant(now, f"blocked {target}", {"by": by})
            case events.Stopping():
                self._instant(now, "stopping", as_json.event(event))
            case events.BuildEnded(summary):
                self._finish(now, last_line(summary))
            case _:
                self._note_end(now, event)

    def close(self) -> None:
        """Write what is known of a build that was cut off."""
        if self._doing:
            self._finish(self._reporting.monotonic(), "the build was cut off")

    def _note_end(self, now: float, event: Event) -> None:
        match event:
            case events.TargetBuilt(target, cpu=cpu, peak_memory=peak):
                args = {"cpu seconds": round(cpu, 6), "peak memory": peak, "exit": 0}
                self._end(now, target, "built", args)
            case events.TargetFailed(target, failure):
                told: dict[str, Any] = {"message": failure.message, "exit": failure.exit_code}
                if failure.cpu is not None:
                    told["cpu seconds"] = round(failure.cpu, 6)
                if target not in self._running:  # it failed before it ran
                    self._instant(now, f"failed {target}", told)
                self._end(now, target, "failed", told)
            case events.TargetRetried(target, _, _, message):
                self._end(now, target, "failed, to be tried again", {"message": message})
            case events.TargetAgain(target, changed):
                self._end(now, target, "not recorded", {"changed": changed})
            case events.TargetStopped(target):
                self._end(now, target, "stopped", {})

    # -- spans ------------------------------------------------------------------------

    def _begin(self, now: float) -> None:
        if self._events:  # another build, under `watch`
            self._zero = self._since = now
            self._events, self._running, self._rows = [], {}, set()
        self._doing = "read the project"
        self._own(now, "judge")

    def _own(self, now: float, then: str) -> None:
        """End what jobmake does on its own, before the first run and after the last; go on with
        ``then``."""
        if self._doing and now > self._since and self._doing != "runs":
            self._span(self._doing, self._since, now, OWN, {})
        self._doing, self._since = then or "runs", now

    def _free_row(self) -> int:
        row = next(row for row in range(1, len(self._rows) + 2) if row not in self._rows)
        self._rows.add(row)
        return row

    def _end(self, now: float, target: str, how: str, args: dict[str, Any]) -> None:
        """End a span, if there is one."""
        span = self._running.pop(target, None)
        if span is None:
            return
        self._rows.discard(span.row)
        self._span(target, span.begin, now, span.row, {**span.args, "ended": how, **args})
        if not self._running:
            self._own(now, "judge and record")

    def _span(self, name: str, begin: float, end: float, row: int, args: dict[str, Any]) -> None:
        start = self._time(begin)
        category = "jobmake" if row == OWN else "run"
        self._add("X", name, row, ts=start, dur=self._time(end) - start, cat=category, args=args)

    def _instant(self, now: float, name: str, args: dict[str, Any]) -> None:
        self._add("i", name, OWN, ts=self._time(now), s="t", cat="jobmake", args=args)

    def _tell_fresh(self, now: float) -> None:
        if self._fresh:
            targets = "target" if self._fresh == 1 else "targets"
            self._instant(now, f"{self._fresh} {targets} up to date", {"count": self._fresh})
            self._fresh = 0

    def _add(self, phase: str, name: str, row: int, **more: Any) -> None:
        self._events.append({"ph": phase, "name": name, "pid": os.getpid(), "tid": row, **more})

    def _time(self, moment: float) -> int:
        """Return the microseconds since the beginning of all."""
        return max(0, round((moment - self._zero) * _MICRO))

    # -- the file ---------------------------------------------------------------------

    def _finish(self, now: float, how: str) -> None:
        self._tell_fresh(now)
        for target in list(self._running):
            self._end(now, target, "cut off", {})
        self._own(now, "")
        self._doing = ""
        self._add(
            "M", "process_name", OWN, args={"name": f"jobmake {self._reporting.project}".strip()}
        )
        rows = {one["tid"] for one in self._events} | {OWN}
        for row in sorted(rows):
            self._add("M", "thread_name", row, args={"name": f"run {row}" if row else "jobmake"})
            self._add("M", "thread_sort_index", row, args={"sort_index": row})
        whole = {
            "traceEvents": self._events,
            "displayTimeUnit": "ms",
            "otherData": {"ended": how},
        }
        self._reporting.write(json.dumps(whole) + "\n")
