"""What was seen of targets a moment ago: when they were judged, if they are to run now.

Knows when. Does not look, nor know what was seen.

Invariant: it is as good as to look now, because all that a run reads is looked at again when it
has ended: what was written in that moment counts as written while it ran. What other runs wrote
is to be seen: nothing is known from before the last one ended.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.sight import Sight

_MOMENT = 0.1  # seconds
_MOST = 128  # targets


class JustSeen:
    """The sights of the targets that were judged last. ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, tuple[float, Sight]] = {}

    def put(self, name: str, sight: Sight) -> None:
        """Take note of what was seen of a target now."""
        self._seen.pop(name, None)
        while len(self._seen) >= _MOST:
            del self._seen[next(iter(self._seen))]
        self._seen[name] = self._monotonic(), sight

    def forget(self) -> None:
        """Forget all: a run has ended, and may have written what was seen."""
        self._seen.clear()

    def take(self, name: str) -> Sight | None:
        """Return what was seen of a target, once; None if that is more than a moment ago."""
        at, sight = self._seen.pop(name, (0.0, None))
        return sight if self._monotonic() - at < _MOMENT else None
