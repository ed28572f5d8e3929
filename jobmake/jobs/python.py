"""The job type of `python`: a Job class or a function, run by a worker.

    target ──▶ setup.json in the run's folder ──▶ python -m jobmake.worker setup.json

Knows what the worker must be told. Imports no project code: what a job declares came as data.
"""

from __future__ import annotations

import os
import sys

from jobmake.model.declared import DeclaredJob, Given
from jobmake.model.environment import environment
from jobmake.model.run import Work
from jobmake.model.secrets import MASK, is_secret
from jobmake.tools.jsontext import dumps
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from jobmake.model.bindings import Bindings
    from jobmake.model.fault import Fault, Steps
    from jobmake.model.needed import Needed, RoledPaths
    from jobmake.model.target import FilePattern, Manner, Scope, Target
    from jobmake.tools.template import Placeholder

WORKER = "jobmake.worker"
HOST = f"{WORKER}.host"
SETUP = "setup.json"


_REFUSED = {
    "shell": None,
    "interpreter": "a Python job runs in the Python of jobmake",
    "capture": "what it returns is its value",
    "ok_codes": "a job that raises has failed, any other has not",
    "imports": "the code of a Python job always counts",
    "depfile": None,
    "isolated": "a Python job reads the project's own code",
}


class Python:
    """Runs Job classes and functions in workers that are warm."""

    name = "python"
    version = "1"

    def refuses(self) -> Mapping[str, str | None]:
        """Return what a command has and a job has not."""
        return _REFUSED

    def validate(self, keys: Mapping[str, Any], scope: Scope) -> Iterator[Fault]:
        """Yield nothing: what its keys mean is known where the job is declared."""
        yield from ()

    def defaults(self) -> Mapping[str, Any]:
        """Return nothing: it has no `with`."""
        return {}

    def files_read(self, settings: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
        """Yield nothing: it is given no files but those that are named."""
        yield from ()

    def texts(self, settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield what says which job it is."""
        yield ("python",), settings["python"]

    def more(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Yield how it is called, and what is kept of it."""
        job = settings["job"]
        if isinstance(job, DeclaredJob):
            yield from ("kept", *job.outputs, f"slices {job.slices}", f"pickle {job.pickle}")
        for name, (kind, key) in sorted(settings.get("arguments", {}).items()):
            yield from (name, kind, key)

    def problems(
        self, place: tuple[str | int, ...], text: str, manner: Manner
    ) -> Iterator[tuple[str, Placeholder, str | None]]:
        """Yield nothing: there is no text that holds placeholders."""
        yield from ()

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the worker's command and what it reads. Raises TargetError."""
        target, manner = bindings.target, bindings.target.manner
        variables = environment(bindings)
        setup = os.path.join(bindings.run_dir, SETUP)
        return Work(
            run_id=variables["JOBMAKE_RUN_ID"],
            steps=((sys.executable, "-P", "-m", WORKER, setup),),
            cwd=os.path.normpath(os.path.join(bindings.root, target.cwd)),
            env=variables,
            log=log,
            scripts=((setup, dumps(setup_of(bindings))),),
            tmp=bindings.tmp,
            interactive=manner.interactive,
            warm=warm_program(bindings.root, bindings.python_path),
            leaves_value=True,
        )

    def shown(self, bindings: Bindings) -> str:
        """Return what is called, as a person reads it."""
        return f"python: {bindings.target.settings['python']}"


def warm_program(root: str, folders: Sequence[str]) -> tuple[str, ...]:
    """Return the program that is warm for all Python runs of a project."""
    return (sys.executable, "-P", "-m", HOST, root, *folders)


def setup_of(bindings: Bindings, do: str = "run") -> dict[str, Any]:
    """Return what the worker is told of a run, as JSON has it."""
    from jobmake.values.codec import to_json

    target = bindings.target
    settings = target.settings
    job: DeclaredJob = settings["job"]  # of another no run begins
    parents = set(settings["parents"])
    rows = [(text, names) for text, names in target.groups if text not in parents]
    return {
        "do": do,
        "root": bindings.root,
        "run_dir": bindings.run_dir,
        "path": list(bindings.python_path),
        "input_directory": os.path.normpath(bindings.input_directory or bindings.root),
        "kind": job.kind,
        "me": {**_own(target, job), "outputs": roled(bindings.outputs, target.outputs)},
        "arguments": settings["arguments"],
        "needs": [[list(names), names != (text,)] for text, names in rows],
        "known": {one.target.name: known(one) for one in bindings.needed},
        "inputs": roled(bindings.inputs, target.inputs),
        "sources": roled(bindings.sources, target.sources),
        "matrix": {name: to_json(value) for name, value in target.matrix},
        "runtime": settings["runtime"],
        "cwd": target.cwd,
        "cpus": bindings.cpus,
        "slices": job.slices,
        "seed": int(bindings.fingerprint.rpartition(":")[2][:13] or "0", 16),
        "pickle": job.pickle,
        "pdb": settings.get("pdb", False),
        "secret": any(has_secrets(one) for one in (target, *(n.target for n in bindings.needed))),
    }


def has_secrets(target: Target) -> bool:
    """Say whether a param, or a runtime value, of a target's job looks like a secret."""
    given = (target.settings.get(one, {}) for one in ("params", "runtime"))
    return any(is_secret(name, value) for table in given for name, value in table.items())


def without_secrets(target: Target) -> Target:
    """Return a target whose job is given no secret."""
    if not has_secrets(target):
        return target
    masked = Given(toml_value(MASK), MASK)
    params = {
        name: masked if is_secret(name, one) else one
        for name, one in target.settings["params"].items()
    }
    runtime = {
        name: MASK if is_secret(name, one) else one
        for name, one in target.settings["runtime"].items()
    }
    return replace(target, settings={**target.settings, "params": params, "runtime": runtime})


def known(one: Needed) -> dict[str, Any]:
    """Return what the worker is told of a target before it."""
    target = one.target
    job = target.settings.get("job")
    told = {
        "target": target.name,
        "result": one.result,
        "typed": target.job_type == "python",
        "outputs": roled(one.outputs, target.outputs),
        "run": one.run,
    }
    if isinstance(job, DeclaredJob) and job.kind == "job":
        told |= _own(target, job)
    return told


def _own(target: Target, job: DeclaredJob) -> dict[str, Any]:
    params: Mapping[str, Given] = target.settings["params"]
    return {
        "target": target.name,
        "name": job.name,
        "spec": job.spec,
        "params": {name: given.data for name, given in params.items()},
        "parents": list(target.settings["parents"]),
        "kept": list(job.outputs),
    }


def roled(groups: RoledPaths, patterns: Sequence[FilePattern]) -> list[list[Any]]:
    """Return roles, whether each is one path, and the paths."""
    several = {one.role for one in patterns if one.kind == "glob"}
    counts: dict[str, int] = {}
    for one in patterns:
        counts[one.role] = counts.get(one.role, 0) + 1
    return [
        [role, role not in several and counts.get(role) == 1, list(paths)] for role, paths in groups
    ]
