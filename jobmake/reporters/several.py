"""Tells events to several reporters, and lets none of them fail the build.

Knows reporters only as something that handles events. Does not know who they are, nor how
they are chosen (`project/reports`).

Invariant: a reporter that raises (a full disk, a lost terminal, a bug) is told nothing more of
this build, and that is told once; all others, and the build, go on. What ends a program by its own
screen (Ctrl-C, a closed pipe) is not held up.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial

from jobmake.model import events
from jobmake.model.errors import JobmakeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.model.contracts import Reporter
    from jobmake.model.events import Event

_HERE = os.path.dirname(os.path.abspath(__file__))


class Several:
    """Hands each event to ``display``, then to the ``others`` (each with its name), as long as
    they stand it.

    ``root`` is the folder that places in notes are told relative to.
    """

    def __init__(
        self, display: Reporter, others: Iterable[tuple[str, Reporter]], root: str
    ) -> None:
        self._display: Reporter | None = display
        self._others = list(others)
        self._left_out: list[tuple[str, Reporter]] = []  # until another build begins
        self._root = root

    def handle(self, event: Event) -> None:
        """Tell one event."""
        self._tell([event])

    def close(self) -> None:
        """Let all put away what they have."""
        notes: list[Event] = []
        others, self._others = self._others, []
        for name, one in others:
            note = self._careful(name, partial(_close, one))
            if note is not None:
                notes.append(note)
        self._tell(notes)
        display, self._display = self._display, None
        if display is not None:
            self._show(partial(_close, display))

    def _tell(self, told: list[Event]) -> None:
        while told:
            event = told.pop(0)
            if isinstance(event, events.BuildStarted):
                self._others += self._left_out
                self._left_out = []
            display = self._display
            if display is not None:
                self._show(partial(_handle, display, event))
            for name, one in list(self._others):
                note = self._careful(name, partial(_handle, one, event))
                if note is not None:
                    self._others.remove((name, one))
                    self._left_out.append((name, one))
                    told.append(note)

    def _show(self, act: Callable[[], None]) -> None:
        try:
            act()
        except BrokenPipeError:
            raise
        except (Exception, SystemExit) as error:
            self._display = None
            with suppress(OSError):
                why = getattr(error, "strerror", None) or repr(error)
                print(f"note: nothing more is reported: {why}", file=sys.stderr)

    def _careful(self, name: str, act: Callable[[], None]) -> events.Notice | None:
        """Return a note on what went wrong, if anything did."""
        try:
            act()
        except (Exception, SystemExit) as error:
            return left_out(name, error, self._root)
        return None


def _handle(reporter: Reporter, event: Event) -> None:
    reporter.handle(event)  # that it has no such method, too, is its own trouble


def _close(reporter: Reporter) -> None:
    reporter.close()


def left_out(name: str, error: BaseException, root: str) -> events.Notice:
    """Return the note that a reporter is told nothing more, and why."""
    what = f"the report `{name}` is left out"
    if isinstance(error, JobmakeError):  # said on purpose
        return events.Notice(f"{what}: {error.message}")
    if isinstance(error, OSError) and error.filename is not None:
        return events.Notice(f"{what}: cannot write `{error.filename}`: {error.strerror}")
    return events.Notice(f"{what}: {error!r}{_place(error, root)}")


def _place(error: BaseException, root: str) -> str:
    """Return where in the reporter's own file an error came from, or what led to it."""
    own, line, trace = "", 0, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if own in ("", file) and not _is_between(file):
            own, line = file, trace.tb_lineno
        trace = trace.tb_next
    if not own:
        return ""
    shown = own[len(root) + 1 :] if own.startswith(root + os.sep) else own
    return f" ({shown}, line {line})"


def _is_between(file: str) -> bool:
    """Say whether a file of jobmake is no reporter, but what calls or makes one."""
    folder, name = os.path.split(file)
    if folder == _HERE:
        return name in ("several.py", "builtin.py")
    return (folder + os.sep).startswith(os.path.dirname(_HERE) + os.sep)
