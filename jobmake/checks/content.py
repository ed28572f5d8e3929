"""The default rule: what determined the outputs is what determined them last time, and the
outputs are what they were.

Compares both ways: a part that has gone counts like one that is new.
"""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.checks.exists import NEVER_BUILT
from jobmake.model.decision import Reason
from jobmake.model.fingerprint import VALUE_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Key, Record
    from jobmake.model.target import Target


_ACTION = ("action", "")
_FILES = ("source", "input", "result")


class Content(Bare):
    """Stale if a part of the fingerprint or an output differs from the record."""

    name = "content"

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield what differs: parts in their order, then outputs, value and own files."""
        if record is None:
            yield NEVER_BUILT
            return
        yield from differences(record.fingerprint.parts, fingerprint.parts)
        yield from _outputs(target, record, files)
        yield from _result(record, files)


def differences(old: Mapping[Key, str], new: Mapping[Key, str]) -> Iterator[Reason]:
    """Yield a reason for each part that is not what it was, in their order."""
    if old == new:
        return
    differing = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    # which files play a role is part of the action: what came or went says it better
    moved = any(key[0] in _FILES and (key in old) != (key in new) for key in differing)
    for key in sorted(differing, key=lambda one: (moved and one == _ACTION, _rank(one))):
        yield _difference(key, old.get(key), new.get(key))


def _rank(key: Key) -> tuple[int, Key]:
    from jobmake.model.fingerprint import KINDS

    return (KINDS.index(key[0]) if key[0] in KINDS else len(KINDS), key)


def _difference(key: Key, old: str | None, new: str | None) -> Reason:
    kind, name = key
    what = "is new" if old is None else "is gone" if new is None else "changed"
    if kind == "version":
        what = {"is new": "was added", "is gone": "was removed"}.get(what, what)
    if kind not in VALUE_KINDS:
        old = new = None  # digests tell a person nothing
    return Reason(kind, name, what, old, new)


def _outputs(target: Target, record: Record, files: FileView) -> Iterator[Reason]:
    actual, owned = files.output_digests(target), target.owned
    by_path = {output.shown: output for output in owned if output.kind != "glob"}
    if actual == record.outputs and actual.keys() == by_path.keys():
        return
    globs = [output for output in owned if output.kind == "glob"]
    for path, digest in sorted(record.outputs.items()):
        if path not in actual:
            pattern = by_path.get(path) or next((one for one in globs if one.names(path)), None)
            if pattern is None:
                yield Reason("output", path, "is no longer declared")
            elif not pattern.temp:  # a temp file that is gone has done its work
                yield Reason("output", path, "is missing")
        elif actual[path] != digest:
            yield Reason("output", path, "was edited")
    needed = {path for path, pattern in by_path.items() if not pattern.temp}
    for path in sorted(needed.union(actual) - set(record.outputs)):
        yield Reason("output", path, "is new")


def _result(record: Record, files: FileView) -> Iterator[Reason]:
    if record.result_id is None:
        return
    for name, now in files.result_digests(record).items():
        kind, made = ("file", record.files[name]) if name else ("value", record.value)
        if now != made:
            yield Reason(kind, name, "is missing" if now is None else "was edited")
