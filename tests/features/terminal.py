"""A jobmake on a terminal of its own: what it writes there, what a person sees, and the keys.

terminal = Terminal(space, "build")
terminal.wait_for("running")
terminal.press(CTRL_C)
assert terminal.end() == -signal.SIGINT
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

from tests.support import DEADLINE, JOBMAKE, Space

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CTRL_C, CTRL_BACKSLASH = b"\x03", b"\x1c"
ROWS, COLUMNS = 50, 100

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_PIECE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class Terminal:
    """Starts jobmake, or a command, in the foreground of a new terminal. ``written`` is all it
    wrote so far."""

    def __init__(
        self,
        space: Space,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        command: Sequence[str] = JOBMAKE,
    ) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=space.root,
            env=space.environ({"TERM": "xterm-256color", **(env or {})}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - nothing of ours holds a lock now
        )
        os.close(theirs)
        self.written = bytearray()

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self._ours)

    def wait_for(self, text: str) -> None:
        """Read until jobmake has written a text, colours aside."""
        deadline = time.monotonic() + DEADLINE
        while text not in self.text():
            assert self._read(deadline), f"{text!r} is not in {self.text()[-500:]!r}"

    def read(self, size: int) -> None:
        """Read until jobmake has written so many bytes."""
        deadline = time.monotonic() + DEADLINE
        while len(self.written) < size:
            assert self._read(deadline), f"there are only {len(self.written)} bytes"

    def press_to_the_end(self, keys: bytes) -> None:
        """Press keys again and again, each time that something was written, until the end."""
        self.press(keys)
        while self._read(time.monotonic() + DEADLINE):
            self.press(keys)

    def end(self) -> int:
        """Read to the end; return the exit code, negative for a signal."""
        deadline = time.monotonic() + DEADLINE
        while self._read(deadline):
            pass
        os.close(self._ours)
        return self.process.wait(DEADLINE)

    def text(self) -> str:
        """Return all that was written, without colours."""
        return _COLOR.sub("", self.written.decode(errors="replace"))

    def screen(self) -> list[str]:
        """Return the lines that a person sees now, colours aside."""
        return screen(self.text())

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"nothing more comes after {self.text()[-500:]!r}"
        try:
            block = os.read(self._ours, 1 << 16)
        except OSError:
            return False  # the last that had the terminal open has closed it
        self.written += block
        return bool(block)


def screen(written: str) -> list[str]:
    """Return what is left on a screen, by the few sequences that a live display needs. The last
    line is empty where the cursor is below all that is written."""
    lines, row, column = [""], 0, 0
    for piece in _PIECE.finditer(written):
        text = piece.group()
        if text == "\r":
            column = 0
        elif text == "\n":
            row += 1
            lines.extend([""] * (row + 1 - len(lines)))
        elif piece[2] == "A":
            row -= int(piece[1] or 1)
        elif piece[2] == "K":
            lines[row] = ""
        elif not piece[2]:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
    left = [line.rstrip() for line in lines]
    while left[-2:] == ["", ""]:  # once there was more
        left.pop()
    return left


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for signum in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(signum, signal.SIG_DFL)
