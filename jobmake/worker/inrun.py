"""Behind the jobs of a run: what the engine has told of them, and their kept values.

Knows the setup of the run and the folders of results. Does not know the engine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jobmake.python.behind import outputs_of
from jobmake.python.job import Job
from jobmake.python.making import Workflow
from jobmake.python.params import params_of
from jobmake.python.run import text_of
from jobmake.python.stale import StaleTargetError
from jobmake.values.codec import from_json, read_value
from jobmake.values.realise import realise
from jobmake.worker.importing import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.python.run import Run
    from jobmake.python.running import RunningRun
    from jobmake.python.setup import Known, Setup


class InRun:
    """Behind all jobs of a run: the one that runs, and those above it."""

    def __init__(self, setup: Setup, run: RunningRun) -> None:
        self._setup, self._run = setup, run
        self._known: dict[int, Known] = {}  # by job

    def stand_behind(self, job: Job, known: Known) -> None:
        """Be what a job asks. What its outputs were in an earlier run counts no more."""
        object.__setattr__(job, "_behind", self)
        self._known[id(job)] = known
        job._forget_outputs(loadable=known.target != self._setup.me.target)

    def value(self, known: Known) -> Any:
        """Return the value of a target. Raises StaleTargetError where there is none."""
        path = os.path.join(known.result or "", "value")
        if known.result is None or not os.path.exists(path):
            raise StaleTargetError(f"the value of `{known.target}` is not there")
        if known.typed:
            return read_value(path, pickled=True)
        return text_of(path)

    # -- what a job asks ---------------------------------------------------------------

    def state(self, job: Job) -> dict[str, Any] | None:
        known = self._known[id(job)]
        if known.target == self._setup.me.target and self._setup.do == "run":
            return None  # it is about to be made
        params = {name: getattr(job, name) for name in params_of(type(job), Job)}
        if known.result is None:
            return None
        return {**params, **(self.value(known) if known.kept else {})}

    def outputs(self, job: Job) -> Any:
        known = self._known[id(job)]
        if known.kept:
            return outputs_of(job)
        return None if known.result is None else self.value(known)

    def need(self, job: Job) -> None:
        known = self._known[id(job)]
        if known.target == self._setup.me.target:
            raise StaleTargetError(f"`{job.name}` has no outputs yet: it runs")
        if known.result is None and known.kept:
            raise StaleTargetError(f"the outputs of `{job.name}` are not there")

    def is_up_to_date(self, job: Job) -> bool:
        known = self._known[id(job)]
        if known.target != self._setup.me.target:
            return True  # it is done, or the one at hand could not be judged
        return job.are_states_equal()

    def are_states_equal(self, job: Job) -> bool:
        known = self._known[id(job)]
        return self._setup.equal if known.target == self._setup.me.target else True

    def serialize(self, job: Job) -> None:
        """Do nothing: the engine keeps the state."""

    def running(self, job: Job) -> RunningRun:
        return self._run

    def process(self, job: Job, jobs: int | None) -> Run:
        raise RuntimeError(f"`{job.name}` is in a run: it is processed already, or by others")


def make_job(setup: Setup, behind: InRun, instances: Mapping[str, Job] | None) -> Job:
    """Return the job that runs, with all above it as they were declared: made from their
    classes, or, of a workflow in the same process, those that are there."""
    if instances is not None:
        job = instances[setup.me.target]
        for known in (*setup.known.values(), setup.me):
            if known.target in instances:
                behind.stand_behind(instances[known.target], known)
        return job
    with Workflow({}) as workflow:
        for known in upwards(setup.me, setup.known):
            kind = find(known.spec or "", setup.root)
            given = {**dict(setup.runtime), **values_of(kind, known.params)}
            made = workflow.jobs[kind] = kind(**given)
            behind.stand_behind(made, known)
    made_job: Job = workflow.jobs[find(setup.me.spec or "", setup.root)]
    return made_job


def upwards(me: Known, known: Mapping[str, Known]) -> Iterable[Known]:
    """Yield the jobs above one, parents first, and itself last."""
    seen: set[str] = set()
    todo = [(me, False)]
    while todo:
        one, is_open = todo.pop()
        if is_open:
            yield one
        elif one.target not in seen:
            seen.add(one.target)
            todo.append((one, True))
            todo.extend((known[name], False) for name in one.parents)


def values_of(kind: type[Job], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of params that came as JSON."""
    known = params_of(kind, Job)
    return {name: realise(known[name].schema, from_json(data)) for name, data in params.items()}
