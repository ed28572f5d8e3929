"""`Project`: jobmake from Python.

    project = Project(".")
    result = project.build(["train"], jobs=4, on_event=print)
    result.ok, result.built, result.runs["train"].load()

Every call opens the project as it is then, so an edited Jobfile counts from the next call on.
Nothing is kept between calls and nothing is global: two projects may be used in two threads.

Knows the internal project. Prints nothing. Does not decide anything.
"""

from __future__ import annotations

import os
import signal
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from jobmake.engine.options import Options
from jobmake.jobfile.places import Places
from jobmake.library.errors import JobFailed
from jobmake.library.past import last_run, one_target, run_of
from jobmake.library.results import BuildResult, Gathered, Status
from jobmake.model import events
from jobmake.model.decision import Stale
from jobmake.model.errors import JobfileError, UsageError
from jobmake.project import Project as Opened
from jobmake.project import Settings
from jobmake.project.reports import reporters
from jobmake.reporters.reporting import Reporting
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jobmake.model.decision import Outlook, Reason
    from jobmake.model.events import Event
    from jobmake.python.run import Run
    from jobmake.reporters.several import Several


@dataclass(frozen=True)
class Project:
    """The project whose Jobfile is in the folder ``path``, or above it.

    ``jobfile`` names another file; ``params`` are laid over the Jobfile's, like `-D`;
    ``profile`` is one of its profiles. Raises JobfileError where the Jobfile is wrong, with a
    text as the command line has it.
    """

    path: str | os.PathLike[str] = "."
    jobfile: str | os.PathLike[str] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    profile: str | None = None
    _overrides: tuple[str, ...] = field(default=(), repr=False)  # the `-D` of a command line

    def __post_init__(self) -> None:
        # the folder stays the same when a script changes its working directory
        object.__setattr__(self, "path", os.path.abspath(self.path))
        self._opened()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] = ".",
        jobfile: str | os.PathLike[str] | None = None,
        params: Mapping[str, Any] | None = None,
        profile: str | None = None,
    ) -> Self:
        """Return the project; the same as calling the class."""
        return cls(path, jobfile, params or {}, profile)

    @property
    def root(self) -> str:
        """The absolute path of the folder of the Jobfile."""
        return self._opened().layout.root

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all targets that are known, instances too, in the Jobfile's order."""
        return tuple(self._opened().graph.targets)

    def build(
        self,
        targets: Sequence[str] | str | None = None,
        jobs: int | None = None,
        *,
        force: bool = False,
        keep_going: bool = False,
        on_event: Callable[[Event], None] | None = None,
        check: bool = False,
    ) -> BuildResult:
        """Bring targets up to date: those named, or the default ones.

        ``jobs`` is how many runs go on at once, by default the number of CPU cores. ``force``
        runs what is up to date, too; ``keep_going`` goes on after a failure. ``on_event`` is
        called with all that happens; if it raises, that is raised when the build is over. With
        ``check`` a build that does not end well raises JobFailed. What the
        Jobfile's `reports` says is written, but nothing to the screen.

        Ctrl-C ends the runs and raises KeyboardInterrupt.
        """
        project = self._opened(loading=True)
        options = Options(
            jobs=jobs or len(os.sched_getaffinity(0)), force=force, keep_going=keep_going
        )
        names = [targets] if isinstance(targets, str) else list(targets or ())
        gathered = Gathered(on_event)
        what = " ".join(["build", *names])
        with _readable(), closing(_reporters_of(project, gathered)) as told:
            summary = project.build(names, options, told.handle, what=what)
            told.handle(events.BuildEnded(summary))
        if summary.stopped_by is not None:
            _stop_by(summary.stopped_by)
        if gathered.error is not None:
            raise gathered.error
        result = BuildResult.of(summary, gathered, self._opened())
        if check and not result.ok:
            raise JobFailed.of(gathered.failures, project.layout.root)
        return result

    def run(self, target: str) -> Run:
        """Return the run that made what a target's record says, or else its newest good run.

        Raises StaleTargetError where it never ran well, UsageError for what is no one target.
        """
        project = self._opened()
        return last_run(project, one_target(project, target))

    def runs(self, target: str | None = None, limit: int = 20) -> list[Run]:
        """Return past runs, of one target or of all, the newest first; those that failed, too."""
        project = self._opened()
        names = None if target is None else [one_target(project, target)]
        return [run_of(project, one) for one in project.past_runs().runs(names, limit=limit)]

    def why(self, target: str) -> list[Reason]:
        """Return why a target would run; nothing where it is up to date, or where that depends
        on what others will make."""
        project = self._opened()
        name = one_target(project, target)
        outlook = {one.target.name: one for one in self._outlooks(project, [name])}[name]
        return list(outlook.forecast.reasons) if isinstance(outlook.forecast, Stale) else []

    def status(self) -> dict[str, Status]:
        """Return the state of every target, by name."""
        project = self._opened()
        return {one.target.name: Status.of(one) for one in self._outlooks(project, [])}

    def _outlooks(self, project: Opened, names: Sequence[str]) -> list[Outlook]:
        graph = project.graph
        wanted = graph.closure(names) if names else graph.targets
        return project.forecast(wanted, lambda _event: None)

    def _opened(self, *, loading: bool = False) -> Opened:
        with _readable():
            return Opened.open(self._settings(loading))

    def _settings(self, loading: bool) -> Settings:
        return Settings(
            folder=os.fspath(self.path),
            jobfile=None if self.jobfile is None else os.fspath(self.jobfile),
            overrides=(
                *self._overrides,
                *(f"{toml_key(name)}={_as_toml(name, one)}" for name, one in self.params.items()),
            ),
            profile=self.profile,
            loading=loading,
        )


def _reporters_of(project: Opened, gathered: Gathered) -> Several:
    """Return what is told of a build: the caller, and what writes the reports."""
    base = Reporting(
        root=project.layout.root,
        project=project.jobfile.name,
        environ=project.settings.environ,
        place=Places(lambda: project.jobfile),
    )
    return reporters(project, (), base, gathered)


def _as_toml(name: str, value: Any) -> str:
    try:
        return toml_value(value)
    except (TypeError, ValueError):
        raise UsageError(f"the param `{name}` cannot be a `{type(value).__name__}`") from None


@contextmanager
def _readable() -> Iterator[None]:
    """Let the text of an error in the Jobfile be what the command line prints."""
    try:
        yield
    except JobfileError as error:
        from jobmake.reporters.errors import render
        from jobmake.reporters.style import Style

        error.args = (render(error, Style(color=False)),)
        raise


def _stop_by(signum: int) -> None:
    """Do what the signal would have done that ended a build."""
    if signum == signal.SIGINT:
        raise KeyboardInterrupt
    os.kill(os.getpid(), signum)
