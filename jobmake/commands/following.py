"""Following the log of a run that another process makes, until it has ended.

Knows of the run from the journal and the lock, and of what it writes from its log. Looks a few
times a second: people read it, and nothing else waits for it.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from jobmake.memory.journal import JournalTail, is_running
from jobmake.memory.lock import builder
from jobmake.tools.display import one_line, printable

if TYPE_CHECKING:
    from typing import BinaryIO

    from jobmake.memory.journal import Fact
    from jobmake.memory.layout import Layout

PAUSE = 0.15  # seconds between two looks
_BLOCK = 1 << 16


def follow(layout: Layout, target: str) -> None:
    """Copy the log of the run of ``target`` that goes on, or of its next one, to its end."""
    tail = JournalTail(layout.journal)
    told = False
    while (run := _running(layout, tail, target)) is None:
        if not told:
            told = True
            _say(f"no run of `{one_line(target)}` goes on: waiting for the next one")
        time.sleep(PAUSE)
    log = _Copy(os.path.join(layout.root, layout.log(run)))
    while _running(layout, tail, target) == run:
        log.go_on()
        time.sleep(PAUSE)
    log.finish()  # what was written between the last look and the end
    _say(f"run {run} of `{one_line(target)}` {_how(tail.last(target))}")


def _running(layout: Layout, tail: JournalTail, target: str) -> str | None:
    """Return the id of the run of a target that goes on, or None."""
    fact = tail.last(target)
    if fact is None or "started" not in fact:
        return None
    process = builder(layout.own("lock"))
    return str(fact["run"]) if process is not None and is_running(fact, process) else None


def _how(fact: Fact | None) -> str:
    if fact is not None and "finished" in fact:
        return "was built"
    if fact is not None and "failed" in fact:
        return one_line(str(fact.get("why", "failed")))
    return "has ended"  # and the lockfile was written since


def _say(text: str) -> None:
    sys.stdout.flush()
    print(f"note: {text}", file=sys.stderr, flush=True)


class _Copy:
    """Copies a file that grows to standard output: byte for byte, or to a terminal line by
    line and without controls."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._printable = sys.stdout.isatty()
        self._rest = b""

    def go_on(self) -> None:
        """Copy what has come since the last time."""
        if self._file is None:
            try:
                self._file = open(self._path, "rb")  # noqa: SIM115
            except OSError:
                return  # there is none as long as nothing was started
        while block := self._file.read(_BLOCK):
            self._write(block)
        sys.stdout.flush()

    def finish(self) -> None:
        """Copy the rest, also of a last line without an end."""
        self.go_on()
        if self._file is not None:
            self._file.close()
        if self._rest:
            sys.stdout.write(printable(self._rest.decode("utf-8", "replace")) + "\n")
        sys.stdout.flush()

    def _write(self, block: bytes) -> None:
        if not self._printable:
            sys.stdout.buffer.write(block)
            return
        lines, end, self._rest = (self._rest + block).rpartition(b"\n")
        if end:
            sys.stdout.write(printable((lines + end).decode("utf-8", "replace")))
        if len(self._rest) > _BLOCK:  # a line may be as long as the log
            sys.stdout.write(printable(self._rest.decode("utf-8", "replace")))
            self._rest = b""
