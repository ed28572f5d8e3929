"""What is known of a run once it is over: when, how long, how it ended, why it was.

Knows values only. Durations are seconds, sizes bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.tools.value import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TIMES = "times.json"  # in the folder of a run that works in phases: how long each took


class Post(Value):
    """``started`` is local time with its offset. ``ended`` is in the history's words: built,
    restored, failed, timed out, stopped, not recorded. ``wall``, ``user`` and ``system`` are
    seconds, ``peak_memory`` bytes. ``exit_code`` is None where a signal ended it, or nothing ran.
    ``commit`` is the commit of the project's folder. ``phases`` holds the seconds of `prepare`,
    `analysis` and `synthesis`, ``slices`` those of each slice, of jobs that have them."""

    started: datetime
    ended: str
    wall: float
    user: float
    system: float
    peak_memory: int
    exit_code: int | None
    signal: int | None
    reasons: tuple[str, ...]
    host: str | None
    commit: str | None
    attempt: int = 1
    error: str | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    slices: tuple[float, ...] = ()


class Past(Value):
    """What the history tells of a run, besides its files. ``params`` are as JSON has them;
    ``captured``: its standard output is its value."""

    post: Post
    params: Mapping[str, Any]
    log: str | None = None
    captured: bool = False
