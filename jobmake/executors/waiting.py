"""Waits for one run, where nothing else can be done meanwhile: a probe, a question to a worker.

Knows a link and a deadline. Does not know what runs.

Invariant: when this returns or raises, the run is over.
"""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.executors.link import Link
    from jobmake.model.run import Outcome

_SIGKILL = 9
_SHOWN = 200  # letters of a line that are told


class GivenUpError(Exception):
    """A run was ended, because it took too long or nobody waits any more: the text says which."""


def wait(link: Link, run_id: str, longest: float, stop: int | None = None) -> Outcome:
    """Return how the only run of a link ended. ``longest`` is seconds; ``stop`` a descriptor
    that is readable when nobody wants to wait any more. Raises GivenUpError."""
    deadline = time.monotonic() + longest
    poll, ours = select.poll(), link.fileno()
    for one in (ours, stop):
        if one is not None:
            poll.register(one, select.POLLIN)
    given_up = ""
    while True:
        for outcome in link.poll():
            if given_up:
                raise GivenUpError(given_up)
            return outcome
        if not given_up:
            ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
            if stop in ready:
                given_up = "was stopped"
            elif not ready:
                given_up = f"took longer than {longest:g} seconds"
            if given_up:
                link.signal(run_id, _SIGKILL)
        elif ours is not None:
            select.select([ours], [], [])


def last_line(log: int) -> str | None:
    """Return the last line that a run wrote to an open file, None where it wrote nothing."""
    lines = os.pread(log, 100_000, 0).decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:_SHOWN] if lines else None


def said(log: int) -> str | None:
    """Return it as a hint."""
    line = last_line(log)
    return None if line is None else f"it said: {line}"
