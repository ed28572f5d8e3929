"""The JSON reporter: one object a line on standard output, for programs.

Knows no event by its name: whatever fields an event has are told (`as_json`).
Invariant: nothing but these lines comes to standard output; what commands wrote is in
their logs, whose paths are told.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from jobmake.model import events
from jobmake.reporters import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.events import Event


class JsonLines:
    """Writes events. ``wall`` gives the seconds since 1970."""

    name = "json"

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._version_told = False

    def handle(self, event: Event) -> None:
        """Write one event, at once."""
        told = as_json.event(event)
        head: dict[str, object] = {"event": told.pop("event"), "time": self._wall()}
        # the first line tells it, whichever it is: a notice may come before the build begins
        if not self._version_told or isinstance(event, events.BuildStarted):
            head["version"] = as_json.VERSION
            self._version_told = True
        sys.stdout.write(as_json.line({**head, **told}))
        sys.stdout.flush()

    def close(self) -> None:
        """Nothing is held back."""
