"""What a build from Python has to show: names, failures, and the runs, looked up when asked for.

Knows summaries and events. Does not build.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobmake.library.past import last_run, run_of
from jobmake.model import events
from jobmake.model.decision import Stale
from jobmake.reporters.as_json import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.decision import Outlook, Reason
    from jobmake.model.events import Event
    from jobmake.model.state import Failure, Summary
    from jobmake.project import Project
    from jobmake.python.run import Run


class Gathered:
    """Takes the events of a build: notes runs and failures, and hands them on. The first
    ``error`` of whom they are handed to waits until the build is over."""

    def __init__(self, on_event: Callable[[Event], None] | None) -> None:
        self._on_event = on_event
        self.error: BaseException | None = None
        self.failures: list[events.TargetFailed] = []
        self.runs: dict[str, str] = {}  # target to id

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case events.TargetStarted(target, run_id) | events.TargetRestored(target, run_id):
                self.runs[target] = run_id
            case events.TargetFailed():
                self.failures.append(event)
        self.tell(event)

    handle = __call__  # it is a reporter, too

    def close(self) -> None:
        """Nothing is held back."""

    def tell(self, event: Event) -> None:
        """Hand an event on."""
        if self._on_event is not None and self.error is None:
            try:
                self._on_event(event)
            except BaseException as error:
                self.error = error


class RunsOf(Mapping[str, "Run"]):
    """The runs of a build by target; of a target that was up to date, the one that made it so."""

    def __init__(self, project: Project, ids: Mapping[str, str], fresh: tuple[str, ...]) -> None:
        self._project, self._ids = project, ids
        graph = project.graph.targets
        own = (name for name in fresh if name in graph and not graph[name].is_group)
        self._names = dict.fromkeys((*ids, *own))

    def __getitem__(self, target: str) -> Run:
        run_id = self._ids.get(target)
        if run_id is not None:
            found = self._project.past_runs().run(int(run_id))
            if found is not None:
                return run_of(self._project, found)
        if target not in self._names:
            raise KeyError(target)
        return last_run(self._project, target)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True)
class BuildResult:
    """How a build ended. ``built``, ``restored`` (from the cache), ``fresh`` (up to date
    before), ``blocked`` (something they need failed) and ``not_started`` are names, in the order
    in which it happened; ``failed`` says why. ``ok``: all that was wanted is up to date.
    ``runs`` are those of the build by target, looked up when they are asked for."""

    built: tuple[str, ...]
    restored: tuple[str, ...]
    fresh: tuple[str, ...]
    failed: Mapping[str, Failure]
    blocked: tuple[str, ...]
    not_started: tuple[str, ...]
    seconds: float
    ok: bool
    runs: Mapping[str, Run] = field(repr=False, compare=False)

    @classmethod
    def of(cls, summary: Summary, gathered: Gathered, project: Project) -> BuildResult:
        """Return what a summary and the events say."""
        return cls(
            built=summary.built,
            restored=summary.restored,
            fresh=summary.fresh,
            failed={one.target: one.failure for one in gathered.failures},
            blocked=summary.blocked,
            not_started=summary.not_started,
            seconds=summary.seconds,
            ok=summary.ok,
            runs=RunsOf(project, gathered.runs, summary.fresh),
        )


@dataclass(frozen=True)
class Status:
    """The ``state`` of a target: `up to date`, `stale`, `may be stale` or `running`; why it is
    stale, what its state depends on, and what is in the way of a build of it."""

    state: str
    reasons: tuple[Reason, ...] = ()
    depends_on: tuple[str, ...] = ()
    trouble: str | None = None

    @classmethod
    def of(cls, outlook: Outlook) -> Status:
        """Return what an outlook says."""
        forecast = outlook.forecast
        return cls(
            state=state(outlook),
            reasons=forecast.reasons if isinstance(forecast, Stale) else (),
            depends_on=getattr(forecast, "depends_on", ()),
            trouble=outlook.trouble,
        )
