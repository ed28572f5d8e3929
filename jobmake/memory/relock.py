"""The lockfile as a text in git: what is wrong with it, and how two sides of it are merged.

Knows lockfiles and what a merge driver of git is given. Does not know targets but by
name, nor which record is right: that is asked of `agrees`.

Invariant: a merge gives the canonical form, without marks, or changes nothing.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from jobmake.memory import lockfile
from jobmake.memory.files import Files
from jobmake.memory.index import read_index
from jobmake.memory.layout import Layout
from jobmake.memory.records import read_bytes
from jobmake.memory.stamps import Clock
from jobmake.model.errors import StateError, TargetError, state_error
from jobmake.tools.atomic import write_whole
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.memory.lockfile import ReadLockfile
    from jobmake.memory.records import Records
    from jobmake.model.fingerprint import Record


class Flaw(Value):
    """One thing that is wrong with a lockfile: its kind, a sentence, and the target, if it
    is about one."""

    kind: str
    message: str
    target: str | None = None


class Relocked(Value):
    """What became of a lockfile that was written anew: (target, where its record is from) and
    (target, why it has none). ``aside`` is where a damaged one is kept."""

    written: bool
    kept: tuple[tuple[str, str], ...]
    dropped: tuple[tuple[str, str], ...]
    aside: str | None = None


def flaws(path: str, targets: Iterable[str], gone: Callable[[str], bool]) -> Iterator[Flaw]:
    """Yield what is wrong with the lockfile at ``path``: as a text, and given that the Jobfile
    has ``targets``. Raises StateError for one of a newer jobmake."""
    data = read_bytes(path)
    name = os.path.basename(path)
    wanted = list(targets)
    if data is None:
        if wanted:
            yield Flaw("missing", f"there is no lockfile `{name}`")
        return
    found = lockfile.read(data)
    if found.conflict:
        yield Flaw("conflict", f"`{name}` has conflict markers")
    if found.damaged:
        yield Flaw("damaged", f"`{name}` cannot be read: {found.damaged}")
        return
    for one in found.broken:
        yield Flaw("broken", f"the record of `{one}` is not whole", one)
    if not found.conflict and not found.broken and lockfile.write(found.records) != data:
        yield Flaw("form", f"`{name}` is not in the form in which jobmake writes it")
    for one in wanted:
        if one not in found.records and one not in found.broken:
            yield Flaw("unrecorded", f"there is no record of `{one}`", one)
    for one in found.records:
        if gone(one):
            yield Flaw("gone", f"there is a record of `{one}`, which is not in the Jobfile", one)


def rewrite(path: str, records: Records, gone: Callable[[str], bool]) -> Relocked:
    """Write the lockfile at ``path`` anew from what is known of it. Raises StateError."""
    data = read_bytes(path)
    before = lockfile.read(data) if data is not None else lockfile.ReadLockfile({}, {})
    aside = records.set_damaged_aside()
    records.renew()
    written = records.save(gone)
    kept: list[tuple[str, str]] = []
    dropped: list[tuple[str, str]] = []
    for name in sorted({*before.records, *before.broken, *records.names()}):
        now = records.old(name)
        if now is not None:
            origin = _origin(name, now, before)
            kept.extend([(name, origin)] if origin else [])
        elif name in before.records or name in before.broken:
            dropped.append((name, _loss(name, before, gone)))
    return Relocked(written, tuple(kept), tuple(dropped), aside)


def _origin(name: str, now: Record, before: ReadLockfile) -> str | None:
    """Say where a record is from, if that had to be decided."""
    if now == before.rivals.get(name):
        return "theirs"
    if now != before.records.get(name):
        return "the journal"
    return "ours" if name in before.rivals else None


def _loss(name: str, before: ReadLockfile, gone: Callable[[str], bool]) -> str:
    if gone(name):
        return "it is not in the Jobfile"
    if name in before.rivals:
        return "what is on the disk is of neither side"
    return "its record was not whole"


def merge_files(base: str, ours: str, theirs: str, agrees: Callable[[Record], bool]) -> list[str]:
    """Merge three files as git's merge driver: the result goes to ``ours``. Return the targets
    that both sides changed and that have no record now.

    Raises StateError, and changes nothing, where a side cannot be read.
    """
    sides = [_side(path, agrees) for path in (ours, theirs)]
    try:
        origin = _side(base, agrees)
    except StateError:
        origin = {}  # the two sides say enough
    result, dropped = lockfile.merged_in_three(origin, sides[0], sides[1], agrees)
    try:
        write_whole(ours, lockfile.write(result))
    except OSError as error:
        raise state_error(error, "write") from None
    return dropped


def _side(path: str, agrees: Callable[[Record], bool]) -> dict[str, Record]:
    data = read_bytes(path)
    if not data:
        return {}  # git gives an empty file for what is not there
    found = lockfile.read(data)
    if found.damaged:
        raise StateError(f"the lockfile cannot be merged: one side cannot be read: {found.damaged}")
    return lockfile.merged(found.records, {**found.records, **found.rivals}, agrees)


def disk_beside(path: str, margin: float) -> Callable[[Record], bool]:
    """Return what says whether the disk agrees with a record of the lockfile at ``path``;
    nothing agrees where there is no project."""
    jobfile = os.path.splitext(os.path.abspath(path))[0] + ".toml"
    if not os.path.isfile(jobfile):
        return lambda _record: False
    layout = Layout(jobfile)
    files = Files(
        layout.root, read_index(layout.own("index")), Clock(None, time.monotonic), margin=margin
    )

    def agrees(record: Record) -> bool:
        try:
            return files.agree(record)
        except TargetError:
            return False

    return agrees
