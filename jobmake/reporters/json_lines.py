"""The JSON reporter: one object a line on standard output or in a file, for programs.

Knows no event by its name: whatever fields an event has are told (`as_json`).
Invariant: nothing but these lines comes to standard output; what commands wrote is in
their logs, whose paths are told. A line is out before the next event is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model import events
from jobmake.reporters import as_json
from jobmake.reporters.reporting import Piecemeal

if TYPE_CHECKING:
    from jobmake.model.events import Event
    from jobmake.reporters.reporting import Reporting


class JsonLines:
    """Writes events; without a path it is what is seen of a build."""

    name = "json"

    def __init__(self, reporting: Reporting) -> None:
        self.is_display = reporting.path is None
        self._reporting = reporting
        self._file: Piecemeal | None = None
        self._version_told = False

    def handle(self, event: Event) -> None:
        """Write one event, at once."""
        told = as_json.event(event)
        head: dict[str, object] = {"event": told.pop("event"), "time": self._reporting.now()}
        # the first line tells it, whichever it is: a notice may come before the build begins
        if not self._version_told or isinstance(event, events.BuildStarted):
            head["version"] = as_json.VERSION
            self._version_told = True
        self._write(as_json.line({**head, **told}))

    def close(self) -> None:
        """Nothing is held back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: str) -> None:
        if self._reporting.path is None:
            self._reporting.stream.write(line)
            self._reporting.stream.flush()
            return
        if self._file is None:
            self._file = Piecemeal(self._reporting.path)
        self._file.add(line.encode())
