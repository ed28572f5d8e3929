"""Durations and numbers as people would say them. Knows nothing else."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a duration as a person would say it: ``38 ms``, ``4.1 s``, ``2 m 05 s``."""
    seconds = max(0.0, seconds)
    if seconds < 0.9995:
        return f"{round(seconds * 1000)} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 target`` or ``3 targets``."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
