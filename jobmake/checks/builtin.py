"""The checks that ship with jobmake."""

from __future__ import annotations

from jobmake.checks.always import Always
from jobmake.checks.content import Content
from jobmake.checks.exists import Exists
from jobmake.checks.max_age import MaxAge
from jobmake.checks.own import Own
from jobmake.checks.timestamps import Timestamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.contracts import Check


def jobmake_checks() -> tuple[Check, ...]:
    """Return the built-in checks."""
    return Content(), Timestamps(), Exists(), Always(), MaxAge(), Own()
