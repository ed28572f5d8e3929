"""How text looks on this occasion: colours or none, a terminal or a pipe, how much is said."""

from __future__ import annotations

from jobmake.reporters.upto import painted, wants_color
from jobmake.tools.value import Value

__all__ = ["Style", "wants_color"]


class Style(Value):
    """``live``: lines may be redrawn. ``output``: when what commands write is shown: `group` (a
    run's as a whole, when it has ended), `live` or `quiet` (only of those that fail).
    ``watching``: how all stands is told after each build."""

    color: bool = False
    live: bool = False
    quiet: bool = False
    verbose: bool = False
    output: str = "group"
    watching: bool = False

    def paint(self, text: str, *names: str) -> str:
        """Return ``text`` in these colours, or as it is."""
        return painted(text, *names) if self.color else text
