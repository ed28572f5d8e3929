"""The services of a watch between its builds: those that end are told, and all end with it.

Knows that they run. Does not know who needs them, nor when they are started: builds do that.

Invariant: none is left when this is closed.
"""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from jobmake.engine.services import ServiceHasEnded
from jobmake.engine.serving import failure_of
from jobmake.model import events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.engine.services import Services
    from jobmake.model.events import Event

GRACE = 2.0  # seconds between asking services to end and ending them, when the watch ends


class Lasting:
    """Something that is done after builds: services go on."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def built(self, *, good: bool, made: bool) -> None:
        """Nothing is to be done: the build has started what is needed."""

    def filenos(self) -> Sequence[int]:
        return self.services.filenos()

    def patience(self) -> float | None:
        return self.services.patience()

    def take(self) -> list[Event]:
        return [_told(one) for one in self.services.poll() if isinstance(one, ServiceHasEnded)]

    def close(self) -> None:
        try:
            for name in self.services.names:
                self.services.stop(name)
            end = time.monotonic() + GRACE
            while self.services.names and (left := end - time.monotonic()) > 0:
                select.select(self.services.filenos(), [], [], left)
                self.services.poll()
        finally:
            self.services.close()


def _told(ended: ServiceHasEnded) -> Event:
    """Return what is told of an end between two builds. The next build writes it down."""
    run, message = ended.run, None if ended.asked else failure_of(ended).message
    left = ended.outcome.leftovers
    return events.ServiceEnded(run.target.name, run.id, ended.seconds, message, None, left)
