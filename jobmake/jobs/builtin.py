"""The job types that ship with jobmake."""

from __future__ import annotations

from jobmake.jobs.shell import Shell


def jobmake_job_types() -> tuple[Shell]:
    """Return the built-in job types."""
    return (Shell(),)
