"""Runs on this machine: makes the files that a run needs, and has it started by a reaper.

Knows where runs write, and which reaper starts them: one for runs with a log, one for those
that have the terminal, warm ones for Python (`warm`). Does not know targets, the reapers'
packets (`link`), nor how processes are started and ended (`tools/family.py`).

Invariant: every run that was submitted gives one Outcome; only `close` lets go of runs
without one. Its folder for temporary files is gone by then.
"""

from __future__ import annotations

import fcntl
import os

from jobmake.executors.link import LAST_WAIT, REAPER, Link
from jobmake.executors.tmp import TemporaryFolders
from jobmake.executors.warm import WarmLinks
from jobmake.model.errors import state_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from jobmake.executors.terminal import Terminal
    from jobmake.model.run import Outcome, Work

__all__ = ["LAST_WAIT", "REAPER", "LocalExecutor"]

_SIGINT = 2
_SHORT = 1 << 14  # characters
_OPENED = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class LocalExecutor:
    """Starts runs; those that are interactive in the foreground of the terminal, if any.

    With ``fork``, Python runs are calls of that function in copies of this process, as it is
    when the first of them starts.
    """

    name = "local"

    def __init__(self, fork: Callable[[list[str], bytes], object] | None = None) -> None:
        self._background, self._foreground = Link(), Link(terminal=True)
        self._warm = WarmLinks(fork)
        self._folders = TemporaryFolders()
        self._terminal: Terminal | None = None

    def get_ready(self) -> None:
        """Start what starts runs, of which there will be one: that takes as long as to load a
        project. Raises StateError."""
        self._background.open()

    def submit(self, work: Work) -> str:
        """Start a run; its handle is its id. Raises StateError, TargetError."""
        opened, more = [_open(work.log)], dict[str, str]()
        _hold(opened[0])
        try:
            if work.value:
                opened.append(_open(work.value, os.O_TRUNC))
            if work.tmp:
                more["JOBMAKE_TMP"] = self._folders.lend(work.run_id, work.tmp)
            if work.interactive:
                self._hold_terminal()
            link, handed = self._link_for(work), ""
            if link.is_warm:
                handed = _handed(work.scripts)
            for path, text in () if handed else work.scripts:
                _write_script(path, text)
            link.start(work, *opened, more=more, text=handed)
        except BaseException:
            self._folders.take_back(work.run_id)
            raise
        finally:
            for file in opened:
                os.close(file)
        return work.run_id

    def filenos(self) -> list[int]:
        """Return the descriptors of which one is readable when `poll` has something."""
        found = (link.fileno() for link in self._links())
        return [one for one in found if one is not None]

    def poll(self) -> list[Outcome]:
        """Return the runs that ended since the last call; never waits."""
        ended = self._foreground.poll()
        if ended and self._terminal is not None:
            self._terminal.take_back(killed=ended[-1].exit_code is None)
        ended += self._background.poll()
        for link in self._warm.links():
            ended += link.poll()
        for outcome in ended:
            self._folders.take_back(outcome.run_id)
        return ended

    def cancel(self, handle: str, signum: int) -> None:
        """Send a signal to all that a run started, wherever it went."""
        if handle not in self._foreground:
            for link in (self._background, *self._warm.links()):
                link.signal(handle, signum)
        # the keyboard's own signal has reached what is in the foreground
        elif signum != _SIGINT or self._terminal is None or not self._terminal.is_ours:
            self._foreground.signal(handle, signum)

    def close(self) -> None:
        """Kill what still runs and end the reapers. May be called twice."""
        for link in self._links():
            link.close()
        if self._terminal is not None:
            self._terminal.take_back(killed=True)
            self._terminal.close()
            self._terminal = None
        self._folders.close()

    def __enter__(self) -> LocalExecutor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _links(self) -> list[Link]:
        return [self._foreground, self._background, *self._warm.links()]

    def _link_for(self, work: Work) -> Link:
        if work.interactive:
            return self._foreground
        return (self._warm.find(work) if work.warm else None) or self._background

    def _hold_terminal(self) -> None:
        from jobmake.executors.terminal import Terminal

        if self._terminal is None:
            self._terminal = Terminal()
        self._terminal.lend()


def _open(path: str, also: int = 0) -> int:
    """Open a file to append to, never through a symbolic link; its folder is made."""
    try:
        try:
            return os.open(path, _OPENED | also, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            return os.open(path, _OPENED | also, 0o600)
    except OSError as error:
        raise state_error(error, "open the log") from None


def _hold(log: int) -> None:
    """Take a lock that whoever writes into the log shares, and that ends with the last of them:
    who comes after a build that was killed waits for it."""
    try:
        fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        pass  # then nobody is waited for


def _handed(scripts: Sequence[tuple[str, str]]) -> str:
    """Return the text of a script that travels with the request, in place of its file."""
    ((_, text),) = scripts if len(scripts) == 1 else (("", ""),)
    return text if len(text) <= _SHORT else ""


def _write_script(path: str, text: str) -> None:
    from jobmake.tools.atomic import write_all

    try:
        file = os.open(path, _OPENED | os.O_TRUNC, 0o700)
        try:
            write_all(file, text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(file)
    except OSError as error:
        raise state_error(error, "write a script") from None
