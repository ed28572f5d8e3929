"""Job types that run Python: the method `run` of their authors, in a process of its own.

    target ──▶ setup.json in the run's folder ──▶ python -P -m jobmake.worker type setup.json
                                                  ──▶ perform ──▶ run(given, run)

Knows what the process must be told, and what it then does. How it finds the class is known in
`worker/typed.py`.

Invariant: the process that builds never runs an author's `run`.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import starmap
from typing import TYPE_CHECKING, Any

from jobmake.jobfile.typed import holds_secrets
from jobmake.jobs.python import SETUP, WORKER, warm_program
from jobmake.jobs.thisrun import ThisRun, run_data, this_run
from jobmake.jobs.typedjob import TypedJob
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.model.secrets import is_secret
from jobmake.values.codec import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.bindings import Bindings


class PythonType(TypedJob):
    """A job type that is a function in Python. In the process of a run it is made anew,
    without arguments."""

    def run(self, given: Any, run: ThisRun) -> None:
        """Make the outputs."""
        raise TargetError(f"the job type `{self.name}` has no `run`")

    def refuses(self) -> Mapping[str, str | None]:
        """Return the keys of a target for which it has no use, each perhaps with a hint."""
        return {
            **super().refuses(),
            "capture": "what it makes are its outputs",
            "ok_codes": "a run that raises has failed, any other has not",
        }

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the worker's command and what it reads. Raises TargetError."""
        target = bindings.target
        table = self._jobmake_filled(bindings)
        variables = self._jobmake_variables(bindings, self._jobmake_checked(table, bindings))
        run = run_data(bindings)
        read = ((name, bindings.environ.get(name, "")) for name in target.env_inputs)
        setup = {
            "class": [type(self).__module__, type(self).__qualname__],
            "modules": list(_project_modules(type(self).__module__, bindings.project)),
            "root": bindings.project,
            "path": list(bindings.python_path),
            "with": to_json(table),
            "run": run,
            "secret": holds_secrets(target.settings["with"])
            or any(starmap(is_secret, (*target.params, *read))),
        }
        path = os.path.join(bindings.run_dir, SETUP)
        return Work(
            run_id=variables["JOBMAKE_RUN_ID"],
            steps=((sys.executable, "-P", "-m", WORKER, "type", path),),
            cwd=run["cwd"],
            env=variables,
            log=log,
            scripts=((path, json.dumps(setup)),),
            tmp=bindings.tmp,
            interactive=target.manner.interactive,
            warm=warm_program(bindings.project, bindings.python_path),
            leaves_value=True,
        )

    def shown(self, bindings: Bindings) -> str:
        """Return the type and its settings, secrets masked."""
        return self._jobmake_in_short(bindings)

    def perform(self, setup: Mapping[str, Any]) -> None:
        """Do one run, in its own process."""
        run = this_run(setup["run"], dict(os.environ))
        self.run(self._jobmake_given(from_json(setup["with"])), run)


def _project_modules(name: str, root: str) -> Iterator[tuple[str, str]]:
    """Yield name and file of the outermost module around a class that is a file of the project:
    the name may be one that only a plugin's loader knows."""
    steps = name.split(".")
    for number in range(1, len(steps) + 1):
        one = ".".join(steps[:number])
        file = os.path.realpath(getattr(sys.modules.get(one), "__file__", None) or "/")
        if file.startswith(root + os.sep) and "site-packages" not in file:
            yield one, file
            return
