"""Performs a Python job: makes it, calls it, keeps what it gives.

Knows jobs, functions and values. Does not know slots or targets.

Invariant: a value is whole or not there, and what cannot be kept fails the run.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jobmake.python.job import Job
from jobmake.python.paths import Paths
from jobmake.python.run import Facts, Run, roled
from jobmake.python.runcodec import install
from jobmake.python.running import Entered, RunningRun
from jobmake.python.state import write_state
from jobmake.values.codec import from_json, value_parts
from jobmake.values.realise import realise
from jobmake.values.schema import hints_of, schema_of
from jobmake.values.trouble import NotKept
from jobmake.worker.calling import call
from jobmake.worker.importing import find
from jobmake.worker.inrun import InRun, make_job
from jobmake.worker.report import Refused, leave_returned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.python.setup import Known, Setup

VALUE = "value"
STATE = "state"  # the output that holds a job's state as JSON, of a stand-alone workflow


class Performing:
    """One run."""

    def __init__(self, setup: Setup, instances: Mapping[str, Job] | None) -> None:
        self.setup, self._instances = setup, instances
        self.run = running_of(setup)
        self.behind = InRun(setup, self.run)

    def all(self) -> None:
        """Do what is to be done. Raises Refused, and whatever the job raises."""
        process = os.getpid()
        with Entered(self.run):
            if self.setup.do == "check":
                self._check()
            else:
                value = self._perform()
                if os.getpid() != process:
                    _leave()
                parts = self._laid_out(value)
                if self._instances is not None:
                    self._write_state(self._instances[self.setup.me.target], value)
                self.run.close()
                leave_returned(self.setup.run_dir, parts)

    def _perform(self) -> Any:
        if self.setup.kind == "function":
            function = find(self.setup.me.spec or "", self.setup.root)
            return call(function, self._arguments(function), self._row())
        job = make_job(self.setup, self.behind, self._instances)
        given = [parent.get_outputs() for parent in job._parents.values()]
        given += [self._need(names, row) for names, row in self.setup.needs]
        if self.setup.slices is not None:
            from jobmake.worker.slices import in_slices

            returned = in_slices(job, given, self.setup, self.run)
        else:
            returned = job.run(*given)
        return self._made(job, returned)

    def _made(self, job: Job, returned: Any) -> Any:
        """Return what is to be kept of a job that has run."""
        names = list(job.outputs_to_cache)
        if not names:
            return returned
        if returned is not None:
            raise Refused(
                f"`run` of `{job.name}` returned a value, and its `outputs_to_cache` names others",
                "set the attributes, or leave `outputs_to_cache` out",
            )
        missing = [name for name in names if name not in job._there]
        if missing:
            raise Refused(
                f"`{job.name}` did not set its output `{missing[0]}`",
                f"`run` must set `self.{missing[0]}`, to None if there is nothing",
            )
        return {name: getattr(job, name) for name in names}

    def _laid_out(self, value: Any) -> Iterable[bytes | memoryview]:
        """Return the parts of the file of a value: none of None, which has no file."""
        if value is None:
            return ()
        try:
            return value_parts(value, pickled=self.setup.pickle)
        except NotKept as error:
            raise Refused(str(error), getattr(error, "hint", None)) from None

    def _write_state(self, job: Job, value: Any) -> None:
        """Write params and outputs as JSON, where a stand-alone workflow wants them."""
        for role, _, paths in self.setup.outputs:
            if role != STATE:
                continue
            outputs = value if job.outputs_to_cache else {"value": value}
            write_state(os.path.join(self.setup.root, paths[0]), job, outputs)

    def _check(self) -> None:
        job = make_job(self.setup, self.behind, self._instances)
        answer = {"up_to_date": bool(job.is_up_to_date())}
        path = os.path.join(self.setup.run_dir, "answer")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(answer, file)

    # -- what is handed in -------------------------------------------------------------

    def _need(self, names: tuple[str, ...], row: bool) -> Any:
        found = [self._value(self.setup.known[name]) for name in names]
        return found if row else found[0]

    def _value(self, known: Known) -> Any:
        """Return what a need gives: a Job its outputs, others their value, or their run."""
        if known.spec is not None and known.name:
            return make_job_of(self.setup, self.behind, known, self._instances).get_outputs()
        if known.result is not None and os.path.exists(os.path.join(known.result, VALUE)):
            return self.behind.value(known)
        if known.typed:
            return None
        return _run_of(self.setup.root, known)

    def _row(self) -> list[Any]:
        if not self.setup.arguments.get("*"):
            return []
        named = {int(key) for kind, key in self.setup.arguments.values() if kind == "need"}
        rest = (one for at, one in enumerate(self.setup.needs) if at not in named)
        return [self._need(names, row) for names, row in rest]

    def _arguments(self, function: Any) -> dict[str, Any]:
        hints = hints_of(inspect.unwrap(function))
        return {
            name: self._argument(name, kind, key, hints)
            for name, (kind, key) in self.setup.arguments.items()
            if name != "*"
        }

    def _argument(self, name: str, kind: str, key: str, hints: Mapping[str, Any]) -> Any:
        setup = self.setup
        if kind == "param":
            value = from_json(setup.me.params[key])
            return realise(schema_of(hints[name]), value) if name in hints else value
        if kind == "need":
            return self._need(*setup.needs[int(key)])
        if kind == "job":
            return self.run
        paths: Paths = getattr(self.run, kind)
        return paths[key] if key else paths


install()  # runs may be among params and values


def _leave() -> NoReturn:
    """End a process that the job has forked, and that came back from it: it is not the run."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)


def running_of(setup: Setup) -> RunningRun:
    """Return the run of a setup, as the job in it sees it."""
    run = RunningRun(setup.me.target, setup.run_dir, root=setup.root, pickled=setup.pickle)
    run.params = {name: from_json(data) for name, data in setup.me.params.items()}
    run.cpus, run.seed = setup.cpus, setup.seed
    run.input_directory = setup.input_directory or setup.root
    run.inputs, run.sources, run.outputs = (
        Paths(groups, lambda path: _seen(setup, path))
        for groups in (setup.inputs, setup.sources, setup.outputs)
    )
    return run


def _seen(setup: Setup, path: str) -> Path:
    """Return a path of the project as the run sees it."""
    if setup.cwd == ".":
        return Path(path)
    here = os.path.join(setup.root, setup.cwd)
    return Path(os.path.relpath(os.path.join(setup.root, path), here))


def _run_of(root: str, known: Known) -> Run:
    """Return the run of a target that has no value to be given."""
    facts = Facts(
        root=root,
        target=known.target,
        id=known.run or "",
        result=known.result,
        outputs=roled(known.outputs),
        params=known.params if known.spec is not None else None,
    )
    return Run(facts)


def make_job_of(
    setup: Setup, behind: InRun, known: Known, instances: Mapping[str, Job] | None
) -> Job:
    """Return a job above the one that runs, as that has it."""
    from jobmake.tools.value import replace

    return make_job(replace(setup, me=known), behind, instances)
