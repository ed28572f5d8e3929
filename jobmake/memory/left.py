"""What targets made that left the Jobfile: paths that `jobmake clean` may still remove.

One line per path with its digest and the target that made it, each with a checksum as in
the journal. Local to this machine; losing it costs knowing, never a file.

Invariant: a path is in here before its record is dropped from the lockfile.
"""

from __future__ import annotations

from jobmake.memory.journal import Journal, read_journal
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 10_000  # paths; the oldest go first


class Made(Value):
    """What made a path, and the digest that it had."""

    target: str
    digest: str


def read_left(path: str) -> dict[str, Made]:
    """Return what is known to have been left, the oldest first, by path (a folder's ends in
    ``/``)."""
    found: dict[str, Made] = {}
    for fact in read_journal(path):
        try:
            left, made = str(fact["left"]), Made(str(fact["target"]), str(fact["digest"]))
        except KeyError:
            continue
        found.pop(left, None)
        found[left] = made
    return found


def write_left(path: str, left: Mapping[str, Made]) -> None:
    """Put ``left`` in place of what was known. Raises OSError."""
    newest = list(left.items())[-MOST:]
    facts = [{"left": one, "target": by.target, "digest": by.digest} for one, by in newest]
    Journal(path).replace(facts)
