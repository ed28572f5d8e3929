"""The logbook of a build: ids and folders of runs, their logs, and the history.

The history is opened with the first run. Does not know what a run does.

Invariant: a run that begins has a folder with nothing in it but an empty log. Most runs leave
it so; removing a folder takes longer than all else, so the next run is given it.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from jobmake.engine.remember import past_run
from jobmake.memory.history import History
from jobmake.memory.layout import LOG
from jobmake.model.errors import state_error
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.judge import Judge
    from jobmake.engine.remember import Ending, Ran
    from jobmake.memory.layout import Layout
    from jobmake.model.target import Target


class Clocks(Value):
    """Where times come from: ``monotonic`` for durations, ``wall`` (seconds since 1970) to be
    told to people."""

    monotonic: Callable[[], float]
    wall: Callable[[], float]


class Logbook:
    """Where runs are written down. ``notices`` are for the engine to tell."""

    def __init__(self, layout: Layout, clocks: Clocks, judge: Judge) -> None:
        self.layout, self._clocks, self._judge = layout, clocks, judge
        self.monotonic = clocks.monotonic
        self._jobfile = os.path.basename(layout.jobfile)
        self._runs = layout.own("runs")
        self._history: History | None = None
        self.notices: list[str] = []
        self._spare: list[str] = []  # folders with an empty log, of runs that have ended

    def new_id(self) -> str:
        """Return an id that no run has had."""
        return self._open().new_id()

    def now(self) -> float:
        """Return the time that people read, in seconds since 1970."""
        return self._clocks.wall()

    def folder(self, run_id: str, *names: str) -> str:
        """Return the absolute path of a run's folder, or of something in it."""
        return "/".join((self._runs, run_id, *names))

    def make_folder(self, run_id: str) -> None:
        """Give a run that begins the folder of one that left nothing in its own, if any; who
        opens the log makes one otherwise."""
        while self._spare:
            with suppress(OSError):  # somebody has removed it
                os.rename(self._spare.pop(), self.folder(run_id))
                return

    def log(self, run_id: str) -> str | None:
        """Return the path of a run's log, or None where it wrote nothing."""
        try:
            if os.stat(f"{self._runs}/{run_id}/{LOG}").st_size:
                return self.layout.log(run_id)
        except OSError:
            pass
        return None

    def tidy(self, run_id: str, *, left_behind: bool = False) -> None:
        """Remove a run's folder if there is nothing in it; or keep it for another run, unless
        what the run has ``left_behind`` may still write there."""
        folder = self.folder(run_id)
        try:
            names = os.listdir(folder)
            if names == [LOG] and not left_behind and _is_as_made(folder):
                self._spare.append(folder)
                return
            if LOG in names and self.log(run_id) is None:
                os.unlink(os.path.join(folder, LOG))
                names.remove(LOG)
            if not names:
                os.rmdir(folder)
        except OSError:
            pass

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
        """Write what is left of the history; remove the folders that nobody was given."""
        for folder in self._spare:
            with suppress(OSError):
                os.unlink(os.path.join(folder, LOG))
                os.rmdir(folder)
        self._spare.clear()
        if self._history is not None:
            self._history.close()

    def _open(self) -> History:
        if self._history is None:
            try:
                os.makedirs(self._runs, exist_ok=True)
                self._history = History(
                    self.layout.own("runs.db"), self._runs, self._clocks.monotonic
                )
            except OSError as error:
                raise state_error(error, "open the history") from None
            if self._history.notice:
                self.notices.append(self._history.notice)
        return self._history


def _is_as_made(folder: str) -> bool:
    """Say whether a folder, and the one file in it, are as they are made for a run. Raises
    OSError."""
    log = os.lstat(os.path.join(folder, LOG))
    if not stat.S_ISREG(log.st_mode) or log.st_size or log.st_nlink > 1:
        return False
    modes = stat.S_IMODE(log.st_mode), stat.S_IMODE(os.lstat(folder).st_mode)
    return modes[0] == 0o600 and modes[1] & 0o700 == 0o700
