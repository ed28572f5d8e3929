"""Which trace in the cache stands for a target as it is now, and what was made by it. Reads only.

Knows keys, and when a trace still holds. Does not restore anything (`store`).

Invariant: who looks ahead and who restores ask here, so that they find the same.
"""

from __future__ import annotations

from jobmake.model.fingerprint import Fingerprint
from jobmake.tools.digest import digest_texts
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.engine.judge import Judge
    from jobmake.model.cached import Trace
    from jobmake.model.contracts import Cache
    from jobmake.model.target import Target


class Ours(Value):
    """The digests of what jobmake made: those of a record, and those that a cache knows."""

    recorded: frozenset[str]
    cache: Cache | None

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, str):
            return False
        return digest in self.recorded or (self.cache is not None and self.cache.holds(digest))


def ours_of(target: Target, judge: Judge, cache: Cache | None) -> Ours:
    """Return which digests are of what a target made."""
    old = judge.records.old(target.name)
    return Ours(frozenset(old.outputs.values()) if old else frozenset(), cache)


def traces(
    cache: Cache, target: Target, fingerprint: Fingerprint, judge: Judge, *, locked: bool = False
) -> Iterator[Trace]:
    """Yield what a target could be restored from, the newest first; ``locked``: only what its
    record says."""
    if not is_kept(target) or judge.records.failed_as(target.name) == fingerprint.digest:
        return  # what was good once has failed since: something that nobody declared changed
    for trace in cache.find(key_of(target, fingerprint)):
        # one that made nothing was run for what it did
        made = trace.result_id is not None or target.outputs
        if made and _still_holds(trace, target.name, judge, locked):
            yield trace


def is_kept(target: Target) -> bool:
    """Say whether what a target makes goes into the cache."""
    return all(output.cache for output in target.outputs)


def key_of(target: Target, fingerprint: Fingerprint) -> str:
    """Return the key of a run: what is known before it, and for which target."""
    declared = declared_parts(fingerprint)
    is_all = len(declared) == len(fingerprint.parts)
    digest = fingerprint.digest if is_all else Fingerprint.of(declared).digest
    return digest_texts(("run", target.name, digest))


def declared_parts(fingerprint: Fingerprint) -> list[tuple[str, str, str]]:
    """Return the parts that are known before a run."""
    parts = fingerprint.parts.items()
    return [(kind, name, value) for (kind, name), value in parts if kind != "discovered"]


def _still_holds(trace: Trace, name: str, judge: Judge, locked: bool) -> bool:
    """Say whether the files that only the run could name are as they were then."""
    digest = judge.files.digest
    if any(digest(path) != one for path, one in trace.discovered.items()):
        return False
    if not locked:
        return True
    old = judge.records.old(name)
    if old is None or dict(old.outputs) != dict(trace.outputs):
        return False
    return old.result_id == trace.result_id
