"""Results that nobody needs any more, among those in `.jobmake/results/`.

Knows records and the history. Does not know the cache.

Invariant: what a record of any Jobfile of the folder names, or a link leads to, stays, and so
does everything where there is no history, or something cannot be read that might name it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from jobmake.memory import lockfile
from jobmake.memory.index import read_index, write_index
from jobmake.memory.journal import read_journal, record_from_json
from jobmake.memory.layout import Layout
from jobmake.memory.pastruns import results_of
from jobmake.memory.runfolders import NEWEST, NOTHING, Surplus, size_of
from jobmake.model.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def surplus_results(layout: Layout) -> Surplus:
    """Return the folders of results that neither a record nor one of each target's newest runs
    names. Writes nothing; meant for a time at which no run goes on."""
    found = results_of(layout.own("runs.db"), NEWEST)
    if found is None:
        return NOTHING
    jobfiles, needed = found
    try:
        needed |= set(_recorded(layout, jobfiles | {os.path.basename(layout.jobfile)}))
        needed |= set(_linked(layout))
        there = sorted(os.listdir(layout.own("results")))
    except (OSError, StateError):
        return NOTHING
    chosen = [layout.own("results", name) for name in there if name not in needed]
    return Surplus(tuple(chosen), sum(map(size_of, chosen)))


def _linked(layout: Layout) -> Iterator[str]:
    """Yield the results to whose files people have links in the project's folder `results`."""
    kept = layout.own("results") + os.sep
    for folder, folders, names in os.walk(os.path.join(layout.root, "results")):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                leads = os.path.normpath(os.path.join(folder, os.readlink(path)))
                if leads.startswith(kept):
                    yield leads.removeprefix(kept).partition(os.sep)[0]


def forget(layout: Layout, found: Surplus) -> None:
    """Take the files of results that are about to go out of the index, which would grow by them
    for ever. Only the one who holds the project may do this."""
    entries = read_index(layout.own("index"))
    gone = {os.path.relpath(path, layout.root) for path in found.folders}
    left = {
        path: one for path, one in entries.items() if "/".join(path.split("/", 3)[:3]) not in gone
    }
    if len(left) < len(entries):
        with suppress(OSError):
            write_index(layout.own("index"), left)


def _recorded(layout: Layout, jobfiles: Iterable[str]) -> Iterator[str]:
    """Yield the results that the records of some Jobfiles name. Raises OSError, StateError."""
    for name in jobfiles:
        one = Layout(os.path.join(layout.root, name))
        records = [record_from_json(fact.get("record")) for fact in read_journal(one.journal)]
        # a workflow without a Jobfile has its records in our own folder
        for path in filter(os.path.exists, (one.lockfile, one.own(f"{name}.lock"))):
            with open(path, "rb") as file:
                said = lockfile.read(file.read())
            if said.damaged:
                raise StateError(said.damaged)
            records += [*said.records.values(), *said.rivals.values()]
        yield from (record.result_id for record in records if record and record.result_id)
