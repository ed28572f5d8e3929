"""How all targets stand, over several builds: which failed, which are not made.

A build looks only at what an edit reaches; what failed before it still counts.

Knows summaries. Invariant: a target that is not named here is up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.model.state import Summary


class Standing:
    """``failed``: what ran, or could not be judged, and failed. ``not_made``: what waits for
    these, and what did not begin."""

    def __init__(self) -> None:
        self.failed: tuple[str, ...] = ()
        self.not_made: tuple[str, ...] = ()
        self.is_known = False

    @property
    def is_good(self) -> bool:
        """Whether all is up to date."""
        return self.is_known and not (self.failed or self.not_made)

    def note(self, summary: Summary) -> None:
        """Take in how a build ended."""
        before = set(self.failed)
        still = [one for one in summary.broken if one in before]
        self.failed = (*summary.failed, *still)
        waiting = [one for one in summary.broken if one not in before]
        self.not_made = (*summary.blocked, *summary.stopped, *summary.not_started, *waiting)
        self.is_known = True
