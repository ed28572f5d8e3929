"""The error of what is not up to date, or not there any more."""

from __future__ import annotations


class StaleTargetError(RuntimeError):
    """Outputs were asked for that are not there, or not up to date."""
