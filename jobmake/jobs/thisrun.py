"""The run that a job type of a plugin is told of: its files, params and folders.

It goes as JSON to the process of a run, too. Knows values only; nothing is looked up.

Invariant: of the params only those are in it that count for the target.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jobmake.jobs.python import roled
from jobmake.model.errors import TargetError
from jobmake.python.paths import Paths
from jobmake.tools.digest import digest_bytes
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobmake.model.bindings import Bindings


class TrackedParams(dict[str, Any]):
    """The params that a target names, or that its texts refer to: `params["model.depth"]`."""

    def __missing__(self, name: str) -> Any:
        raise TargetError(
            f"the param `{name}` is not tracked", f'write `params = ["{name}"]` in the target'
        )


class ThisRun(Value):
    """One run of one target.

    Files are seen from ``cwd``, the folder in which it runs. ``root`` is the project's folder
    (of an isolated run its own), ``folder`` belongs to the run alone, ``staying`` to all runs of
    the target, for what a later one can take up (it is there once somebody makes it); these are
    absolute, like ``cwd``. ``env`` is its whole environment; ``cpus`` is what it was granted.
    """

    target: str
    inputs: Paths
    sources: Paths
    outputs: Paths
    params: TrackedParams
    env: Mapping[str, str]
    root: str
    folder: str
    staying: str
    cwd: str
    cpus: int

    @property
    def input(self) -> Path:
        """The only input. Raises TargetError."""
        return self._only(self.inputs, "inputs")

    @property
    def output(self) -> Path:
        """The only output. Raises TargetError."""
        return self._only(self.outputs, "outputs")

    def progress(self, text: str) -> None:
        """Say what goes on, in a line: it is shown as long as that is so."""
        with open(os.path.join(self.folder, "progress"), "w", encoding="utf-8") as file:
            file.write(text)

    def _only(self, paths: Paths, what: str) -> Path:
        if len(paths) != 1:
            message = f"`{self.target}` has {len(paths)} {what}, and this job type takes one"
            raise TargetError(message)
        return paths[0]


def run_data(bindings: Bindings) -> dict[str, Any]:
    """Return what is told of a run, but for its environment, as JSON has it."""
    from jobmake.values.codec import to_json

    target = bindings.target
    return {
        "target": target.name,
        "inputs": _seen(roled(bindings.inputs, target.inputs), target.cwd),
        "sources": _seen(roled(bindings.sources, target.sources), target.cwd),
        "outputs": _seen(roled(bindings.outputs, target.outputs), target.cwd),
        "params": {name: to_json(value) for name, value in target.params},
        "root": bindings.root,
        "folder": bindings.run_dir,
        "staying": _staying(bindings.project, target.name),
        "cwd": os.path.normpath(os.path.join(bindings.root, target.cwd)),
        "cpus": bindings.cpus,
    }


def this_run(data: Mapping[str, Any], env: Mapping[str, str]) -> ThisRun:
    """Return a run of which this was told."""
    from jobmake.values.codec import from_json

    files = {name: Paths(data[name]) for name in ("inputs", "sources", "outputs")}
    params = TrackedParams({name: from_json(one) for name, one in data["params"].items()})
    return ThisRun(**{**data, **files, "params": params, "env": env})


def _staying(project: str, target: str) -> str:
    name = digest_bytes(target.encode()).rpartition(":")[2]
    return os.path.join(project, ".jobmake", "staying", name)


def _seen(groups: Sequence[Sequence[Any]], cwd: str) -> list[list[Any]]:
    """Return the paths as they are seen from the folder of a run."""
    if cwd == ".":
        return [list(one) for one in groups]
    return [
        [role, single, [os.path.relpath(path, cwd) for path in paths]]
        for role, single, paths in groups
    ]
