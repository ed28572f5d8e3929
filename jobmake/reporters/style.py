"""How text looks on this occasion: colours or none, a terminal or a pipe, how much is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Style:
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
        if not self.color:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def wants_color(choice: str, is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """Say whether to use colours: the option first, then NO_COLOR, FORCE_COLOR, the terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") != "dumb"
