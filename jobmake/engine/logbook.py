"""The logbook of a build: ids and folders of runs, their logs, and the history.

The history is opened with the first run. Does not know what a run does.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.engine.remember import past_run
from jobmake.memory.history import History
from jobmake.model.errors import state_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.judge import Judge
    from jobmake.engine.remember import Ending, Ran
    from jobmake.memory.layout import Layout
    from jobmake.model.target import Target


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where times come from: ``monotonic`` for durations, ``wall`` (seconds since 1970) to be
    told to people."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


class Logbook:
    """Where runs are written down. ``notices`` are for the engine to tell."""

    def __init__(self, layout: Layout, clocks: Clocks, judge: Judge) -> None:
        self.layout, self._clocks, self._judge = layout, clocks, judge
        self._jobfile = os.path.basename(layout.jobfile)
        self._history: History | None = None
        self.notices: list[str] = []

    def new_id(self) -> str:
        """Return an id that no run has had."""
        return self._open().new_id()

    def now(self) -> float:
        """Return the time that people read, in seconds since 1970."""
        return self._clocks.wall()

    def folder(self, run_id: str, *names: str) -> str:
        """Return the absolute path of a run's folder, or of something in it."""
        return os.path.join(self.layout.root, self.layout.run_folder(run_id), *names)

    def log(self, run_id: str) -> str | None:
        """Return the path of a run's log, or None (and no file) where it wrote nothing."""
        shown = self.layout.log(run_id)
        path = os.path.join(self.layout.root, shown)
        try:
            if os.stat(path).st_size:
                return shown
            os.unlink(path)
        except OSError:
            pass
        return None

    def tidy(self, run_id: str) -> None:
        """Remove a run's folder if there is nothing in it."""
        with suppress(OSError):
            os.rmdir(self.folder(run_id))

    def note_moved(self, target: Target, run_id: str, moved: list[str]) -> None:
        """Tell what lay at outputs' places and was moved into a run's folder."""
        if moved:
            names = ", ".join(f"`{path}`" for path in moved)
            self.notices.append(
                f"{names} of `{target.name}` was not made by jobmake, edited since, or left"
                f" half-way: kept in `{self.layout.run_folder(run_id)}/replaced`"
            )

    def remember(self, run: Ran, ending: Ending) -> None:
        """Write down a run that has ended."""
        history = self._open()
        history.add(past_run(run, self._judge, ending, history=history, jobfile=self._jobfile))

    def close(self) -> None:
        """Write what is left of the history."""
        if self._history is not None:
            self._history.close()

    def _open(self) -> History:
        if self._history is None:
            try:
                os.makedirs(self.layout.own("runs"), exist_ok=True)
                self._history = History(
                    self.layout.own("runs.db"), self.layout.own("runs"), self._clocks.monotonic
                )
            except OSError as error:
                raise state_error(error, "open the history") from None
            if self._history.notice:
                self.notices.append(self._history.notice)
        return self._history
