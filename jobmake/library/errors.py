"""What the library raises."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.model.errors import JobmakeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.model.events import TargetFailed
    from jobmake.model.state import Failure

_LINES = 20  # of a log that are shown


class JobFailed(JobmakeError):
    """A job, or one that it needs, failed. ``failures`` holds each by its name."""

    exit_code = 1

    def __init__(self, message: str, failures: dict[str, Failure]) -> None:
        super().__init__(message)
        self.failures = failures

    @classmethod
    def of(cls, failed: Sequence[TargetFailed], root: str) -> JobFailed:
        """Return the error of some failures, with the end of the first one's log."""
        if not failed:
            return cls("the build did not end well", {})
        first = failed[0]
        lines = [f"`{first.target}` failed: {first.failure.message}"]
        if first.failure.hint:
            lines.append(f"hint: {first.failure.hint}")
        if first.failure.log:
            lines += _end_of(os.path.join(root, first.failure.log))
        return cls("\n".join(lines), {one.target: one.failure for one in failed})


def _end_of(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()[-_LINES:]
    except OSError:
        return []
