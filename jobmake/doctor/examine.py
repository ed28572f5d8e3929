"""All that is looked at, in one go: the order of the findings is that of this file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobmake.doctor import declared, git, machine, past, programs
from jobmake.doctor.case import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.doctor.finding import Finding
    from jobmake.project import Project


def examine(project: Project) -> Iterator[Finding]:
    """Yield what was found. Writes nothing; starts git twice at most."""
    case = Case(project)
    yield from machine.findings(case, time.time)
    yield from git.findings(case)
    yield from declared.findings(case)
    yield from past.findings(case)
    yield from programs.findings(case)
