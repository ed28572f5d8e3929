"""What the disk held when a Jobfile was read: which files its globs named.

Knows patterns and what they named when they were last asked for. Does not know who asked.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.target import FilePattern


class Matched:
    """Asks ``matching``, and keeps its answers in ``found``: pattern, and the paths it named."""

    def __init__(self, matching: Callable[[FilePattern], tuple[str, ...]]) -> None:
        self._matching = matching
        self.found: dict[tuple[str, str], tuple[FilePattern, frozenset[str]]] = {}

    def __call__(self, pattern: FilePattern) -> tuple[str, ...]:
        """Return the paths that a pattern names now."""
        paths = self._matching(pattern)
        self.found[pattern.kind, pattern.path] = pattern, frozenset(paths)
        return paths

    def now(self, pattern: FilePattern) -> frozenset[str]:
        """Return the paths that a pattern names now, and keep what it named before."""
        return frozenset(self._matching(pattern))
