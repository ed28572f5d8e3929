"""The checks that ship with jobmake."""

from __future__ import annotations

from jobmake.checks.always import Always
from jobmake.checks.content import Content
from jobmake.checks.max_age import MaxAge


def jobmake_checks() -> tuple[Content, Always, MaxAge]:
    """Return the built-in checks."""
    return Content(), Always(), MaxAge()
