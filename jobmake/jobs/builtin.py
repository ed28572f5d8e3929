"""The job types that ship with jobmake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.jobs.python import Python
from jobmake.jobs.shell import Shell

if TYPE_CHECKING:
    from jobmake.model.contracts import JobType


def jobmake_job_types() -> tuple[JobType, ...]:
    """Return the built-in job types."""
    return (Shell(), Python())
