"""Where files come from: which run made what they hold, wherever they are now.

    file ──▶ digest ──▶ history: outputs, values, own files ──▶ the run
         └─▶ path ────▶ history: outputs at that path       ──▶ the run, of what it was before

Knows history and records. Reads only.

Invariant: what is told to be found by content holds, byte for byte, what that run made.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.memory.pastruns import decoded
from jobmake.tools.digest import digest_open_file
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobmake.engine.judge import Judge
    from jobmake.memory.history import PastRun
    from jobmake.memory.pastruns import PastRuns

CONTENT, PATH = "content", "path"
OUTPUT, VALUE, OWN_FILE = "output", "value", "own file"


class Origin(Value):
    """Where one file comes from. ``path`` is as it was asked for, ``digest`` that of its content
    (None where there is no file now).

    ``found`` says by what: its content or its path; None where nobody knows it. It was made as a
    ``kind`` (output, value, own file) of this ``name``, for ``target``, in ``run`` (None where
    only a record tells); ``others`` are the numbers of further runs that made the same.
    """

    path: str
    digest: str | None
    found: str | None = None
    kind: str | None = None
    name: str | None = None
    target: str | None = None
    run: PastRun | None = None
    others: tuple[int, ...] = ()


def origin(path: str, past: PastRuns, judge: Judge) -> Origin:
    """Return where a file comes from. ``past`` is the history of all Jobfiles of the folder."""
    digest = _digest(path)
    inside = _inside(path, judge.files.root)
    if digest is not None:
        found = _by_content(path, digest, inside, past)
        if found is None:
            found = _by_record(path, digest, judge)
        if found is not None:
            return found
    writers = past.writers(inside) if inside is not None else []
    if writers:
        run = writers[0]
        others = tuple(one.id for one in writers[1:])
        return Origin(path, digest, PATH, OUTPUT, inside, run.target, run, others)
    return Origin(path, digest)


def _by_content(path: str, digest: str, inside: str | None, past: PastRuns) -> Origin | None:
    makers = past.makers(digest)
    here = [run for run in makers if inside in _with(digest, _table(run.outputs))]
    for run in (*here, *makers):
        for kind, names in _made(run, digest):
            if names:
                name = inside if inside in names else names[0]
                others = tuple(one.id for one in makers if one.id != run.id)
                return Origin(path, digest, CONTENT, kind, name, run.target, run, others)
    return None


def _by_record(path: str, digest: str, judge: Judge) -> Origin | None:
    """Look into the records: they may have come with the lockfile."""
    for target in judge.graph.targets:
        record = judge.records.get(target)
        if record is None:
            continue
        value = {VALUE: record.value} if record.value else {}
        for kind, table in ((OUTPUT, record.outputs), (OWN_FILE, record.files), (VALUE, value)):
            for name in _with(digest, table):
                return Origin(path, digest, CONTENT, kind, name, target)
    return None


def _made(run: PastRun, digest: str) -> Sequence[tuple[str, list[str]]]:
    """Return what a run made of these bytes: kinds, and names of each."""
    value = {VALUE: run.value} if run.value else {}
    tables = ((OUTPUT, _table(run.outputs)), (OWN_FILE, _table(run.files)), (VALUE, value))
    return [(kind, _with(digest, table)) for kind, table in tables]


def _with(digest: str, table: Mapping[str, str]) -> list[str]:
    return [name for name, one in table.items() if one.removesuffix("+x") == digest]


def _table(text: str | None) -> dict[str, str]:
    found = decoded(text)
    return {name: str(one) for name, one in found.items()} if isinstance(found, dict) else {}


def _digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return digest_open_file(file.fileno(), os.fstat(file.fileno()).st_size)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _inside(path: str, root: str) -> str | None:
    """Return a path as the project sees it, None where it lies outside."""
    folder, name = os.path.split(os.path.abspath(path))
    full = os.path.join(os.path.realpath(folder), name)
    return full[len(root) + 1 :] if full.startswith(root + os.sep) else None
