"""What is told of a build with nothing to do, and in which colour.

Here by itself, so that it can be told by who has loaded nothing else. Knows texts.
"""

from __future__ import annotations

from jobmake.tools.inwords import count, duration

TYPE_CHECKING = False  # the fast path needs it, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

UP_TO_DATE = "up to date"
_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


def up_to_date(targets: int, seconds: float) -> str:
    """Return the last line of a build that had nothing to do."""
    return f"{UP_TO_DATE}: {count(targets, 'target')} checked in {duration(seconds)}"


def painted(text: str, *names: str) -> str:
    """Return ``text`` in these colours."""
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
