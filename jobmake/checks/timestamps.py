"""The rule of make: a target is stale if something that it reads is newer than an output.

Compared are times of last change in nanoseconds; of equal ones neither is older. A folder is
as new as the newest of what is in it, and as its entries. What is read counts, no content:
also of a target that was never recorded.

A time in the future tells nothing: what is read and has one counts by its content, an output
that has one is stale.

Invariant: after a run that went well, and no change since, the target is up to date. So an
output that the run left older than what it read, or in the future, is to have a time of now
(`times`).
"""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.checks.exists import NEVER_BUILT
from jobmake.model.decision import Reason
from jobmake.tools.moments import is_future

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target

_FUTURE = "is dated in the future"


class Timestamps(Bare):
    """Stale if an output is older than the newest file that is read."""

    name = "timestamps"
    reads_digests = False

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield the oldest output with the newest of what is read, and each needed target
        without files that has another result."""
        if not target.outputs:
            yield Reason("it", "", "has no outputs, so no time tells its age", must_run=True)
            return
        made = _made(target, files)
        newest = _newest(target, files)
        if made and newest is not None:
            written, path = min(made)
            if written < newest[0]:
                yield Reason("output", path, f"is older than {newest[1]}")
        yield from (Reason("output", path, _FUTURE) for ns, path in made if is_future(ns))
        yield from _changed(record, files)
        for name, written_ns in files.needs().items():
            if written_ns is None:
                yield from _result(name, fingerprint, record)

    def times(self, target: Target, files: FileView) -> dict[str, int]:
        """Return the outputs that are older than what was read, or dated in the future, and the
        time of what was read."""
        newest = _newest(target, files)
        least = 0 if newest is None else newest[0]
        made = _made(target, files)
        return {path: least for ns, path in made if ns < least or is_future(ns)}


def _made(target: Target, files: FileView) -> list[tuple[int, str]]:
    """Return time and path of the outputs that exist; what is written before a run is none."""
    before = {path for path, _ in target.manner.files}
    return [
        (written, path)
        for path in files.outputs(target)
        if path not in before and (written := files.mtime_ns(path)) is not None
    ]


def _newest(target: Target, files: FileView) -> tuple[int, str] | None:
    """Return the time of the newest of what is read, and what it is."""
    found = [
        (written, f"{'file' if kind == 'discovered' else kind} `{path}`")
        for kind, path, written in _read(files)
        if not is_future(written)
    ]
    made = files.needs().items()
    found.extend((ns, f"what `{name}` made") for name, ns in made if ns is not None)
    return max(found, key=lambda one: one[0], default=None)


def _read(files: FileView) -> Iterator[tuple[str, str, int]]:
    """Yield kind, path and time of all files that are read."""
    every = (("input", files.inputs), ("source", files.sources), ("discovered", files.discovered))
    for kind, paths in every:
        for path in paths:
            if (written := files.mtime_ns(path)) is not None:
                yield kind, path, written


def _changed(record: Record | None, files: FileView) -> Iterator[Reason]:
    """Yield what is dated in the future, and is not what it was when the target was built."""
    for kind, path, written in _read(files):
        if not is_future(written):
            continue
        before = record.fingerprint.parts.get((kind, path)) if record else None
        if before is None:
            yield Reason(kind, path, _FUTURE)
        elif before != files.digest(path):
            yield Reason(kind, path, "changed")


def _result(name: str, fingerprint: Fingerprint, record: Record | None) -> Iterator[Reason]:
    """Yield the reason that a needed target without files has done something else since."""
    if record is None:
        yield NEVER_BUILT
        return
    key = ("result", name)
    if fingerprint.parts.get(key, "") != record.fingerprint.parts.get(key, ""):
        yield Reason("result", name, "changed")
