"""A reporter that keeps what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model import events

if TYPE_CHECKING:
    from jobmake.model.events import Event


class Told:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = 0

    def handle(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed += 1

    @property
    def notes(self) -> list[str]:
        return [one.message for one in self.events if isinstance(one, events.Notice)]


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += seconds
