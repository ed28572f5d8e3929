"""What is told of a look at the project: all of it, or nothing where there was nothing to do.

    silent ──▶ told (the first thing that a person should know lets out what was held back)
       └─────▶ forgotten (the look is over, and found all up to date)

Outputs are written by the build itself, and what it wrote is looked at once more: of that
nobody wants to hear. Of an edit everybody does.

Knows events, not builds. Invariant: events come out in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.events import Event

_HELD_BACK = (events.BuildStarted, events.TargetFresh, events.PlanGrew, events.BuildEnded)


class Telling:
    """Passes events on to ``tell``; ``begin`` is called before the first of a look."""

    def __init__(self, tell: Callable[[Event], None], begin: Callable[[], None]) -> None:
        self._tell, self._begin = tell, begin
        self._held: list[Event] | None = None

    def look(self, changed: events.Changed | None, *, silent: bool) -> None:
        """Begin a look, because of some change; a ``silent`` one until there is something."""
        self._held = [] if changed is None else [changed]
        if not silent:
            self._let_out()

    def over(self) -> bool:
        """End a look; say whether anything was told of it."""
        told, self._held = self._held is None, None
        return told

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if self._held is None:
            self._tell(event)
        elif isinstance(event, _HELD_BACK):
            self._held.append(event)
        else:
            self._let_out()
            self._tell(event)

    def _let_out(self) -> None:
        held, self._held = self._held or [], None
        self._begin()
        for event in held:
            self._tell(event)
