"""Values of the past: in the folder of results, in that of a run, or in the cache.

Knows where a value may be found. Reads only.

Invariant: what is given is what that run made, byte for byte, or nothing.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from jobmake.engine.keeping import VALUE
from jobmake.engine.lookup import is_kept, key_of
from jobmake.memory.resultfiles import folder_of
from jobmake.model.cached import Miss
from jobmake.tools.digest import digest_bytes
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from jobmake.engine.judge import Judge
    from jobmake.memory.history import PastRun
    from jobmake.memory.layout import Layout
    from jobmake.memory.pastruns import PastRuns
    from jobmake.model.contracts import Cache
    from jobmake.model.target import Target


class Values(Value):
    """``cache`` is None where there is to be none."""

    judge: Judge
    past: PastRuns
    layout: Layout
    cache: Cache | None

    def of_run(self, run: PastRun) -> bytes | None:
        """Return the value of a run (of one that failed, what it left of one), None where that
        is known no more."""
        if run.value is None:
            return self._in_folder(run)
        found = self._kept(run.result, run.value)
        return self._of_old_run(run) if found is None else found

    def last(self, name: str) -> bytes | None:
        """Return a target's value: what its record says, also where that is of a time before
        its last run."""
        record = self.judge.records.old(name)
        if record is None or record.value is None:
            return None
        found = self._kept(record.result_id, record.value)
        if found is not None:
            return found
        runs = self.past.runs([name], good=True)
        mine = [run for run in runs if run.value == record.value]
        return next((one for one in map(self._of_old_run, mine) if one is not None), None)

    def is_expected(self, target: Target) -> bool:
        """Say whether a target has a value once it is built."""
        record = self.judge.records.old(target.name)
        return bool(target.manner.capture or (record and record.value))

    def is_cached(self, name: str) -> bool | None:
        """Say whether the cache has what a target's record says; None where it is not asked."""
        record, target = self.judge.records.get(name), self.judge.graph.targets[name]
        if self.cache is None or record is None or not is_kept(target):
            return None
        if not target.outputs and record.result_id is None:
            return None
        wanted = (dict(record.outputs), record.result_id)
        found = self.cache.find(key_of(target, record.fingerprint))
        return any((dict(one.outputs), one.result_id) == wanted for one in found)

    def _kept(self, result_id: str | None, digest: str) -> bytes | None:
        """Return a value from its place, else from the cache."""
        folder = folder_of(result_id)
        if folder is not None:
            found = _read(os.path.join(self.layout.root, folder, VALUE))
            if found is not None and _is(found, digest):
                return found
        if self.cache is not None:
            with suppress(Miss):
                return self.cache.read(digest)
        return None

    def _of_old_run(self, run: PastRun) -> bytes | None:
        """Return what a jobmake of before there were results has kept in a run's folder."""
        found = self._in_folder(run)
        return found if found is not None and _is(found, run.value or "") else None

    def _in_folder(self, run: PastRun) -> bytes | None:
        folder = self.layout.run_folder(str(run.id))
        return _read(os.path.join(self.layout.root, folder, VALUE))


def _read(path: str) -> bytes | None:
    with suppress(OSError), open(path, "rb") as file:
        return file.read()
    return None


def _is(data: bytes, digest: str) -> bool:
    return digest_bytes(data) == digest.removesuffix("+x")
