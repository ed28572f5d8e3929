"""The job types that ship with jobmake."""

from __future__ import annotations

from jobmake.jobs.python import Python
from jobmake.jobs.shell import Shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.contracts import JobType


def jobmake_job_types() -> tuple[JobType, ...]:
    """Return the built-in job types."""
    return (Shell(), Python())
