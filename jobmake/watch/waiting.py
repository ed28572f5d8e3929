"""Waits while nothing is built: for changes, for signals, for the end of who listens.

Knows descriptors only. Does not know what they mean.

Invariant: this is the only place of a watch that waits without an end.
"""

from __future__ import annotations

import os
import select
import stat
from typing import TYPE_CHECKING

from jobmake.engine.signals import Signals
from jobmake.model.errors import Ended

if TYPE_CHECKING:
    from collections.abc import Iterable

_BROKEN = select.POLLERR | select.POLLHUP | select.POLLNVAL


def wait_for(sources: Iterable[int], outputs: Iterable[int], longest: float | None = None) -> None:
    """Return when one of the sources is readable, or after ``longest`` seconds.

    Raises Ended when a signal came, BrokenPipeError when nobody reads an output any more.
    """
    listened = frozenset(filter(_can_break, outputs))
    with Signals() as signals:
        poll = select.poll()
        for one in listened:
            poll.register(one, 0)  # only what cannot be kept from being told
        for source in (signals.fileno(), *sources):
            poll.register(source, select.POLLIN)
        ready = dict(poll.poll(None if longest is None else max(0, round(longest * 1000))))
    for signum in signals.take():  # also one that came when the wait was over
        raise Ended(signum)
    if any(events & _BROKEN for one, events in ready.items() if one in listened):
        raise BrokenPipeError


def _can_break(output: int) -> bool:
    """Say whether the other end of an output can go away without a signal: that of a pipe."""
    try:
        mode = os.fstat(output).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
