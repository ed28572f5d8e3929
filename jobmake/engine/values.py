"""Captured values of the past: in the folder of a run, or in the cache.

Knows where a value may be found. Reads only.

Invariant: what is given is what that run wrote, byte for byte, or nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.engine.lookup import is_kept, key_of
from jobmake.engine.results import value_path
from jobmake.tools.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobmake.engine.judge import Judge
    from jobmake.memory.history import PastRun
    from jobmake.memory.pastruns import PastRuns
    from jobmake.model.cached import Trace
    from jobmake.model.contracts import Cache


@dataclass(frozen=True, slots=True)
class Values:
    """``folder`` gives a run's folder; ``cache`` is None where there is to be none."""

    judge: Judge
    past: PastRuns
    folder: Callable[[str], str]
    cache: Cache | None

    def of_run(self, run: PastRun) -> bytes | None:
        """Return what a run wrote, None where that is known no more."""
        own = self._file(run)
        if own is not None or run.value is None:
            return own
        return self._of_digest(run.target, run.value)

    def last(self, name: str) -> bytes | None:
        """Return what the last good run of a target wrote; where none was here, what its record
        says that one wrote."""
        runs = self.past.runs([name], limit=1, good=True)
        if runs:
            return self.of_run(runs[0])
        record = self.judge.records.old(name)
        return self._of_digest(name, record.value) if record and record.value else None

    def is_cached(self, name: str) -> bool | None:
        """Say whether the cache has what a target's record says; None where it is not asked."""
        record = self.judge.records.get(name)
        if self.cache is None or record is None or not is_kept(self.judge.graph.targets[name]):
            return None
        return any(dict(one.outputs) == dict(record.outputs) for one in self._traces(name))

    def _of_digest(self, name: str, digest: str) -> bytes | None:
        for run in self.past.runs([name], good=True):
            if run.value == digest:
                found = self._file(run)
                if found is not None and digest_bytes(found) == digest:
                    return found
        for trace in self._traces(name):
            if trace.value is not None and digest_bytes(trace.value) == digest:
                return trace.value
        return None

    def _traces(self, name: str) -> Iterator[Trace]:
        record = self.judge.records.old(name)
        target = self.judge.graph.targets.get(name)
        if self.cache is not None and record is not None and target is not None:
            yield from self.cache.find(key_of(target, record.fingerprint))

    def _file(self, run: PastRun) -> bytes | None:
        with suppress(OSError), open(value_path(self.folder(str(run.id))), "rb") as file:
            return file.read()
        return None
