"""Calls of code that is not jobmake's, out of jobmake's own process.

    called(thing.method)        what it prints goes to standard error; a signal may end it:
                                then `Halt` is raised in it

Knows that such a call goes on, and in which thread. Does not know whose code it is.

Invariant: `may_halt` says so only while such code itself waits, never within what of jobmake
it calls and what must be done to its end.
"""

from __future__ import annotations

import os
import sys
from _thread import _local as local  # `threading` loads more

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import TypeVar

    T = TypeVar("T")


_HOUSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# these write, or keep in step what they know
_WHOLE = tuple(f"{_HOUSE}{one}{os.sep}" for one in ("memory", "engine", "executors", "caches"))


class Halt(KeyboardInterrupt):
    """A signal ends the call. It is no `Exception`, so that nobody takes it for trouble."""


class _Now(local):
    patience = 0  # how many signals a call stands; none goes on
    is_on = False


_now = _Now()


def called(function: Callable[[], T], *, patient: bool = False, printing: bool = False) -> T:
    """Call code that is not jobmake's. Where it is ``patient`` only a second signal ends it;
    where it is ``printing`` standard output is its own."""
    before, stdout = (_now.is_on, _now.patience), sys.stdout
    try:
        if not printing:
            sys.stdout = sys.stderr
        _now.is_on, _now.patience = True, 1 if patient else 0
        return function()
    finally:
        _now.is_on, _now.patience = before
        sys.stdout = stdout


def may_halt(signals: int, frame: FrameType | None) -> bool:
    """Say whether the latest of so many signals, which found this thread at ``frame``, is to
    end the call that goes on."""
    if not _now.is_on or signals <= _now.patience:
        return False
    while frame is not None and frame.f_code is not _GUARD:
        if frame.f_code.co_filename.startswith(_WHOLE):
            return False
        frame = frame.f_back
    return frame is not None


_GUARD = called.__code__
