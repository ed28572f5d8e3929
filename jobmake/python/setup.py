"""What a worker is given for one run: the file `setup.json` in the run's folder; of it only the
text, where the worker is warm.

It is JSON, for people too. Knows its fields. Does not know how it came about
(`jobs/python.py` writes it).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from jobmake.tools.value import Value, field, fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# (role, whether it is one path and no row of them, paths)
Roled = tuple[tuple[str, bool, tuple[str, ...]], ...]


class Known(Value):
    """One target that comes before the one that runs.

    ``spec`` is None where it is no Python job. ``params`` are JSON; ``result`` is the folder of
    its result files, None where it has none; ``typed``: its value is one of ours, else what a
    command wrote. ``parents`` are targets; ``kept`` are its outputs to cache; ``outputs`` are
    its files. ``name`` is the job's.
    """

    target: str
    name: str = ""
    spec: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    result: str | None = None
    typed: bool = False
    parents: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    outputs: Roled = ()
    run: str | None = None


class Setup(Value):
    """One run. ``do`` says what: `run` it, or `check` whether it is up to date.

    ``arguments`` are those of a function: name to (kind, key). ``needs`` holds for each parent
    and need the targets that it stands for, and whether they are a row. ``known`` has all of
    these by name, and what is above them.
    """

    do: str
    root: str
    run_dir: str
    path: tuple[str, ...]
    me: Known
    kind: str
    arguments: Mapping[str, Sequence[str]]
    needs: tuple[tuple[tuple[str, ...], bool], ...]
    known: Mapping[str, Known]
    inputs: Roled
    sources: Roled
    matrix: Mapping[str, Any]
    runtime: Mapping[str, Any]
    cwd: str
    cpus: int
    slices: int | None
    seed: int
    pickle: bool
    equal: bool = True
    secret: bool = False
    pdb: bool = False
    input_directory: str = ""

    @property
    def outputs(self) -> Roled:
        """The files that it is to make."""
        return self.me.outputs


def told_in(path: str, text: bytes) -> dict[str, Any]:
    """Return what a file says; one that holds secrets is gone then. Where there is a ``text``
    of it, there is no file."""
    told: dict[str, Any]
    if text:
        told = json.loads(text.decode())
        return told
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    if told.get("secret"):
        os.unlink(path)
    return told


def read_setup(path: str, text: bytes) -> Setup:
    """Return what a file says, or its text; see `told_in`."""
    data = told_in(path, text)
    data["me"] = _known(data["me"])
    data["known"] = {name: _known(one) for name, one in data["known"].items()}
    return Setup(**{name: data[name] for name in fields(Setup) if name in data})


def _known(data: Mapping[str, Any]) -> Known:
    return Known(**data)
