"""Jobs without a Jobfile: `Histograms(video="a.mp4").process()` in a script or a notebook.

    instances ──▶ what they declare, and targets ──▶ Graph ──▶ the engine ──▶ their outputs

The jobs become targets of a graph in memory, and the same engine builds it, with its state in
`.jobmake`. The project's folder, from which the paths of `target` are seen, is the working
directory; it is that of the state files where `json_prefix` leads out of there or is absolute.
Runs are forks of this process, so that classes may stand in `__main__`, and attributes that are
no params go with their instances.

Knows instances and projects. Does not know how things are built.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jobmake.engine.options import Options
from jobmake.executors.consulting import Consulting
from jobmake.executors.link import Link
from jobmake.executors.local import LocalExecutor
from jobmake.jobfile.declaration import DeclaredTarget, declare_target
from jobmake.jobfile.expand import Surroundings
from jobmake.jobfile.load import LoadedJobfile, in_memory
from jobmake.jobfile.problems import AtLine, Problems
from jobmake.jobfile.python import PythonTarget
from jobmake.library.errors import JobFailed
from jobmake.library.given import arriving, jobs_among, refuse_circles
from jobmake.library.livecode import is_live, live_code
from jobmake.library.past import last_run
from jobmake.memory.layout import Layout
from jobmake.memory.resultfiles import folder_of
from jobmake.model import events
from jobmake.model.decision import Fresh
from jobmake.plugins import collect
from jobmake.project import Project, Settings
from jobmake.python.behind import outputs_of
from jobmake.python.drawing import upwards
from jobmake.python.job import Job
from jobmake.python.params import params_of
from jobmake.python.run import Facts, Run
from jobmake.python.stale import StaleTargetError
from jobmake.python.state import write_state
from jobmake.tools.pathnames import is_outside
from jobmake.tools.value import replace
from jobmake.values.codec import read_value
from jobmake.worker import perform as _imported_before_forks  # noqa: F401
from jobmake.worker.declare import declared_class
from jobmake.worker.main import main as perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.model.contracts import Executor
    from jobmake.model.decision import Outlook
    from jobmake.model.declared import DeclaredJob
    from jobmake.model.events import Event
    from jobmake.model.fingerprint import Record
    from jobmake.plugins import Registry

PREFIX = "json_prefix"  # the keyword that says where state files lie
_UNNAMED = "jobs"


class StandaloneLayout(Layout):
    """Where the state of a workflow is kept that has no Jobfile: all of it in `.jobmake`."""

    @property
    def lockfile(self) -> str:
        """The records, of this workflow alone."""
        return self.own(os.path.basename(self.jobfile) + ".lock")


class StandaloneProject(Project):
    """The project of a workflow in this process. ``jobs`` are its instances by target, ``given``
    their params as they arrive there: with runs in place of jobs."""

    is_partial = True  # another script in the folder may process other jobs
    jobs: dict[str, Job]
    given: dict[str, dict[str, Any]]

    def executor(self) -> Executor:
        """Return what runs jobs in forks of this process."""
        return LocalExecutor(fork=self._perform)

    def consulting(self) -> Consulting:
        """Return how jobs are asked whether they are up to date: in forks, too."""
        function = self._perform
        return Consulting(os.environ, lambda: True, lambda: Link(fork=function))

    def _perform(self, arguments: list[str], text: bytes) -> int:
        for name, params in self.given.items():
            for param, value in params.items():
                object.__setattr__(self.jobs[name], param, value)
        return perform(arguments, text, self.jobs)

    def reopened(self) -> Project:
        """Return itself: there is no Jobfile that could have changed."""
        return self


class Standalone:
    """Behind all jobs of one workflow."""

    def __init__(self, sink: Job) -> None:
        self.jobs = {job.name: job for job in upwards(sink)}
        _refuse_same_names(upwards(sink))
        refuse_circles(sink)
        self._runs: dict[int, Run] = {}  # of jobs that are params
        self.root, self._prefix = _places(getattr(sink, PREFIX, None))
        self._project: StandaloneProject | None = None

    # -- what a job asks ---------------------------------------------------------------

    def state(self, job: Job) -> dict[str, Any] | None:
        record = self._record(job)
        if record is None:
            return None
        return {**self._params(job), **(self._value(record) if job.outputs_to_cache else {})}

    def outputs(self, job: Job) -> Any:
        if job.outputs_to_cache:
            return outputs_of(job)
        record = self._record(job)
        return None if record is None or record.value is None else self._value(record)

    def need(self, job: Job) -> None:
        outlook = self._outlook(job)
        if not isinstance(outlook.forecast, Fresh):
            raise StaleTargetError(f"`{job.name}` is not up to date: {_why(outlook)}")

    def is_up_to_date(self, job: Job) -> bool:
        return all(one.is_up_to_date() for one in jobs_among(self._all_params())) and all(
            isinstance(one.forecast, Fresh) for one in self._outlooks(job)
        )

    def are_states_equal(self, job: Job) -> bool:
        return isinstance(self._outlook(job).forecast, Fresh)

    def serialize(self, job: Job) -> None:
        """Write the outputs that a job has as attributes where `json_prefix` says. What was
        not processed is no record: the next `process` makes it itself."""
        if self._prefix and job.is_output_cached():
            outputs = {name: getattr(job, name) for name in job.outputs_to_cache}
            path = os.path.join(self.root, f"{self._prefix}_{job.name}.json")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_state(path, job, outputs)

    def running(self, job: Job) -> Any:
        raise RuntimeError(f"the job `{job.name}` does not run: `job` is for its `run`")

    def process(self, job: Job, jobs: int | None) -> Run:
        """Build a job and all above it; before them the jobs that are params. Raises JobFailed."""
        self._project = None  # params may have been set since
        os.makedirs(self.root, exist_ok=True)
        for one in jobs_among(self._all_params()):
            self._runs[id(one)] = one.process(jobs)
        project = self._opened()
        failures: list[events.TargetFailed] = []

        def note(event: Event) -> None:
            if isinstance(event, events.TargetFailed):
                failures.append(event)

        count = jobs or len(os.sched_getaffinity(0))
        summary = project.build([job.name], Options(jobs=count), note, what=f"process {job.name}")
        if summary.stopped_by is not None:
            raise KeyboardInterrupt
        for one in upwards(job):
            object.__setattr__(one, "_behind", self)
            one._forget_outputs(loadable=summary.ok)
        if not summary.ok:
            raise JobFailed.of(failures, self.root)
        job.cache_output()
        return last_run(project, job.name)

    # -- the project -------------------------------------------------------------------

    def _opened(self) -> StandaloneProject:
        if self._project is None:
            name = quote(self._prefix, safe="") or _UNNAMED
            layout = StandaloneLayout(os.path.join(self.root, f"{name}.workflow"))
            registry = collect()
            settings = Settings(self.root, loading=True)
            loaded = self._loaded(layout, registry)
            project = StandaloneProject(loaded, layout, registry, settings)
            project.jobs = self.jobs
            project.given = {name: self._params(job) for name, job in self.jobs.items()}
            self._project = project
        return self._project

    def _loaded(self, layout: Layout, registry: Registry) -> LoadedJobfile:
        problems = Problems(os.path.basename(layout.jobfile))
        declared = {name: self._declared(type(job)) for name, job in self.jobs.items()}
        python = {
            name: PythonTarget(one.spec, one, tuple(self.jobs[name]._parents))
            for name, one in declared.items()
        }
        around = Surroundings(
            {}, os.environ, registry.job_types, (), problems, python=python, checks=registry.checks
        )
        targets = [self._target(job, declared[name], problems) for name, job in self.jobs.items()]
        path = tuple(dict.fromkeys(filter(None, map(self._folder, self.jobs.values()))))
        return in_memory(layout.jobfile, targets, around, path)

    def _declared(self, kind: type[Job]) -> DeclaredJob:
        declared = declared_class(kind, self.root)
        return replace(declared, code=live_code(kind)) if is_live(kind) else declared

    def _target(self, job: Job, declared: DeclaredJob, problems: Problems) -> DeclaredTarget:
        place = (AtLine(declared.file, declared.line),)
        made = declare_target(job.name, {**declared.keys, "python": declared.spec}, place, problems)
        keys = dict(made.keys) if made else {}
        keys["params"] = self._params(job)
        here = os.path.relpath(os.getcwd(), self.root)
        if here != "." and "cwd" not in keys:
            keys["cwd"] = here
        if self._prefix:
            own = keys.get("outputs", {})
            named = own if isinstance(own, dict) else {f"_{at}": one for at, one in enumerate(own)}
            keys["outputs"] = {**named, "state": f"{self._prefix}_{job.name}.json"}
        return DeclaredTarget(job.name, keys, place)

    def _params(self, job: Job) -> dict[str, Any]:
        """Return the params of a job as it is given them."""
        found = {name: getattr(job, name) for name in params_of(type(job), Job)}
        return {name: arriving(value, self._run_behind) for name, value in found.items()}

    def _all_params(self) -> list[Any]:
        return [getattr(job, name) for job in self.jobs.values()
                for name in params_of(type(job), Job)]  # fmt: skip

    def _run_behind(self, job: Job) -> Run:
        """Return the run of a job that is a param; one that made nothing, if it never ran."""
        run = self._runs.get(id(job))
        if run is None:
            other = behind(job)
            try:
                run = last_run(other._opened(), job.name)
            except StaleTargetError:
                run = Run(Facts(other.root, job.name))
        return run

    def _folder(self, job: Job) -> str | None:
        """Return the folder from which a job's module was imported, as the project sees it."""
        module = sys.modules.get(type(job).__module__)
        file = getattr(module, "__file__", None)
        if file is None or module is None:
            return None
        folder = os.path.dirname(os.path.realpath(file))
        depth = 0 if module.__name__ == "__main__" else module.__name__.count(".")
        for _ in range(depth):
            folder = os.path.dirname(folder)
        return os.path.relpath(folder, self.root)

    # -- what is known -----------------------------------------------------------------

    def _record(self, job: Job) -> Record | None:
        return self._opened().judge().records.get(job.name)

    def _value(self, record: Record) -> Any:
        folder = folder_of(record.result_id)
        if folder is None:
            return {}
        path = os.path.join(self.root, folder, "value")
        return read_value(path, pickled=True) if os.path.exists(path) else None

    def _outlook(self, job: Job) -> Outlook:
        return next(one for one in self._outlooks(job) if one.target.name == job.name)

    def _outlooks(self, job: Job) -> Sequence[Outlook]:
        self._project = None  # params may have been set since
        project = self._opened()
        plan = project.plan([job.name])
        return project.forecast(plan.wanted, lambda _event: None)


def behind(job: Job) -> Standalone:
    """Return what is behind a job that was made in this process."""
    return Standalone(job)


def _places(prefix: object) -> tuple[str, str]:
    """Return the project's folder, and from there the beginning of the state files' names."""
    here = os.path.realpath(".")
    if prefix is None:
        return here, ""
    text = os.path.normpath(str(prefix))
    if not is_outside(text):
        return here, text
    folder, name = os.path.split(os.path.abspath(text))
    return os.path.realpath(folder), name


def _why(outlook: Outlook) -> str:
    reasons = getattr(outlook.forecast, "reasons", ())
    return str(reasons[0]) if reasons else "what it needs is not"


def _refuse_same_names(jobs: Any) -> None:
    seen: dict[str, Job] = {}
    for job in jobs:
        other = seen.setdefault(job.name, job)
        if other is not job:
            raise TypeError(
                f"two jobs of the workflow have the name `{job.name}`:"
                f" {type(other).__qualname__} and {type(job).__qualname__}"
            )
