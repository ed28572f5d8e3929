"""How long each phase of a job in slices takes, and each slice: `times.json` in the run's folder.

Knows clocks. Does not know what phases do.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobmake.python.post import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator


class Times:
    """Seconds by phase, and by slice."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, TIMES)
        self._phases: dict[str, float] = {}
        self._began: dict[int, float] = {}
        self._slices: dict[int, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure a phase; what is known is written when it ends, however it does."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._phases[name] = time.monotonic() - began
            self._write()

    def begin(self, number: int) -> None:
        """Note that a slice begins."""
        self._began[number] = time.monotonic()

    def end(self, number: int) -> None:
        """Note that it has ended."""
        self._slices[number] = time.monotonic() - self._began[number]

    def _write(self) -> None:
        slices = [self._slices[number] for number in sorted(self._slices)]
        with open(self._path, "w", encoding="utf-8") as file:
            json.dump({"phases": self._phases, "slices": slices}, file)
