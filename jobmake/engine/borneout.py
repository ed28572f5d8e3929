"""Whether the record of a target names what a build saw.

Knows where a record names files, and what was noted of them. Decides nothing.

Invariant: what was not seen yet is looked at, and noted, before it is said to be as recorded.
"""

from __future__ import annotations

from jobmake.memory.resultfiles import result_parts
from jobmake.model.errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.engine.judge import Judge
    from jobmake.memory.looks import Looks
    from jobmake.model.fingerprint import Record
    from jobmake.model.target import Target

_FILES = ("input", "source", "discovered")


def note_if_borne_out(judge: Judge, target: Target) -> None:
    """Note of a target that was just judged whether its record names what was seen: the record
    is at hand now, and to decode it again would cost more than the judgement."""
    looks, record = judge.files.looks, judge.records.get(target.name)
    if looks is None or record is None:
        return
    try:
        if differing(judge, target, record, looks) is None:
            looks.borne_out.add(target.name)
    except TargetError:
        pass  # asked again, and told, when notes are put together


def differing(judge: Judge, target: Target, record: Record, looks: Looks) -> str | None:
    """Return the first file that was seen otherwise than a record names it, None if there is
    none. Raises TargetError for what cannot be read."""
    gone = judge.absent_temps(target)
    seen = [(path, one) for (kind, path), one in record.fingerprint.parts.items() if kind in _FILES]
    seen += [(path, one) for path, one in record.outputs.items() if path not in gone]
    seen += [(path, one) for _, path, one in result_parts(record)]
    for path, recorded in seen:
        plain = path.rstrip("/")
        known = looks.digests.get(plain)
        if known is None:
            known = judge.files.digest(plain)
        if known != recorded and not _is_absent_temp(judge, path):
            return path
    return None


def _is_absent_temp(judge: Judge, path: str) -> bool:
    maker = judge.graph.producers.get(path.rstrip("/"))
    return maker is not None and path in judge.absent_temps(judge.graph.targets[maker])
