"""What running commands write, as they write it: whole lines, each with its target's name.

Reads the logs of runs that go on, a few times a second in a thread of its own. Does not know
events.

Invariant: a line is told once, whole, and before its run is told to have ended.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jobmake.tools.value import Mutable

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = 0.1  # seconds between two looks
_AT_ONCE = 1 << 16  # bytes of a log that are read at once
_LONGEST = 1 << 16  # bytes of a line; a longer one is told in pieces


class _Tail(Mutable):
    """A log that is followed: how far it was read, and the line that is not whole yet."""

    path: str
    read: int = 0
    rest: bytes = b""


class Tails:
    """Follows logs by target. ``tell`` is given a target and its lines, whole."""

    def __init__(self, tell: Callable[[str, list[str]], None]) -> None:
        self._tell = tell
        self._tails: dict[str, _Tail] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, target: str, path: str) -> None:
        """Begin to follow a run's log, which need not be there yet."""
        with self._lock:
            self._tails[target] = _Tail(path)
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, daemon=True)
            self._thread.start()

    def finish(self, target: str) -> None:
        """Tell what is left of a log, and follow it no more."""
        with self._lock:
            tail = self._tails.pop(target, None)
            if tail is not None:
                self._read(target, tail, last=True)

    def close(self) -> None:
        """Follow nothing any more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            with self._lock:
                for target, tail in self._tails.items():
                    self._read(target, tail)

    def _read(self, target: str, tail: _Tail, *, last: bool = False) -> None:
        lines: list[bytes] = []
        try:
            with open(tail.path, "rb") as file:
                file.seek(tail.read)
                while block := file.read(_AT_ONCE):
                    tail.read += len(block)
                    *whole, tail.rest = (tail.rest + block).split(b"\n")
                    lines.extend(whole)
                    if len(tail.rest) > _LONGEST:
                        lines.append(tail.rest)
                        tail.rest = b""
        except OSError:
            pass  # it wrote nothing yet
        if last and tail.rest:
            lines.append(tail.rest)
        if lines:
            self._tell(target, [line.decode("utf-8", "replace") for line in lines])
