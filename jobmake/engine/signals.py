"""Signals as messages: SIGINT, SIGTERM and SIGHUP wake the inbox instead of interrupting.

    with Signals() as signals:
        inbox = Inbox(executor, signals)

Invariant: what was ignored when jobmake started stays ignored, and what was set before is
set again at the end. Only the main thread gets signals; elsewhere there are none. Only a call
of code that is not jobmake's is interrupted (`tools/foreign`), with the signal kept.
"""

from __future__ import annotations

import os

from jobmake.tools.foreign import Halt, may_halt

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from types import FrameType, TracebackType
    from typing import Any
else:
    import _signal  # `signal` is this, and names for its constants

INTERRUPT = _signal.SIGINT
CAUGHT = (INTERRUPT, _signal.SIGTERM, _signal.SIGHUP)


class Signals:
    """Collects signals from `__enter__` to `__exit__`. ``first`` is the first that came."""

    def __init__(self) -> None:
        self._caught: list[int] = []
        self._before: dict[int, Any] = {}
        self._reading = self._writing = -1
        self._count = 0
        self.first: int | None = None

    def __enter__(self) -> Signals:
        self._reading, self._writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            for number in CAUGHT:
                if _signal.getsignal(number) != _signal.SIG_IGN:
                    self._before[number] = _signal.signal(number, self._catch)
        except ValueError:
            pass  # not the main thread
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            _signal.signal(number, handler)
        self._before.clear()
        os.close(self._reading)
        os.close(self._writing)
        self._reading = self._writing = -1

    def fileno(self) -> int:
        """Return a descriptor that is readable when a signal came."""
        return self._reading

    def take(self) -> list[int]:
        """Return the signals that came since the last call; also once it is over."""
        if not self._caught:
            return []
        try:
            while self._reading >= 0 and os.read(self._reading, 64):
                pass
        except BlockingIOError:
            pass
        caught, self._caught = self._caught, []
        return caught

    def _catch(self, number: int, frame: FrameType | None) -> None:
        self._caught.append(number)
        self._count += 1
        self.first = self.first or number
        try:
            os.write(self._writing, b"!")
        except BlockingIOError:
            pass  # it is full of wake-ups already
        if may_halt(self._count, frame):
            raise Halt
