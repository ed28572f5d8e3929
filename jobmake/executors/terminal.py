"""The terminal, lent to a run and taken back.

Knows the controlling terminal of this process, who is in its foreground, and its modes.
Does not know runs. Where there is no terminal, nothing happens.

Invariant: what was so when it was lent is so again when it is taken back, as far as the run
could not mean to change it: a program that was killed leaves its modes behind.
"""

from __future__ import annotations

import os
import signal
import termios
from typing import Any


class Terminal:
    """The controlling terminal, if there is one."""

    def __init__(self) -> None:
        self._modes: list[Any] | None = None
        self._lent = self._was_ours = False
        try:
            self._file = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError:
            self._file = -1

    @property
    def is_ours(self) -> bool:
        """Whether our process group is in the foreground: then Ctrl-C reaches all of it."""
        try:
            return self._file >= 0 and os.tcgetpgrp(self._file) == os.getpgrp()
        except OSError:
            return False  # it was hung up

    def lend(self) -> None:
        """Remember what is to be so again."""
        self._lent, self._was_ours = True, self.is_ours
        try:
            self._modes = termios.tcgetattr(self._file) if self._was_ours else None
        except termios.error:
            self._modes = None

    def take_back(self, *, killed: bool) -> None:
        """Be in the foreground again, as before; after a kill, with the modes as before."""
        if not self._lent or not self._was_ours:
            return
        self._lent = False
        # whoever asks from the background is stopped, unless the signal is blocked
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            if not self.is_ours:
                os.tcsetpgrp(self._file, os.getpgrp())
            if killed and self._modes is not None:
                termios.tcsetattr(self._file, termios.TCSADRAIN, self._modes)
        except (OSError, termios.error):
            pass  # it was hung up
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        """Let go of it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
