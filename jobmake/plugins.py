"""Collects what the open sets hold: job types, checks, caches, executors, reporters.

What ships with jobmake implements the same hook functions as any plugin will
(`jobmake_job_types`, `jobmake_checks`, …) and is collected here by a direct call.

Invariant: contributions are gathered once, at the start. Nothing in the engine's loop asks
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.caches.builtin import jobmake_caches
from jobmake.checks.builtin import jobmake_checks
from jobmake.executors.builtin import jobmake_executors
from jobmake.jobs.builtin import jobmake_job_types
from jobmake.reporters.builtin import jobmake_reporters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.caches.builtin import MakeCache
    from jobmake.model.contracts import Check, Executor, JobType
    from jobmake.reporters.builtin import MakeReporter


@dataclass(frozen=True, slots=True)
class Registry:
    """All that was contributed, by name."""

    job_types: Mapping[str, JobType]
    checks: Mapping[str, Check]
    caches: Mapping[str, MakeCache]
    executors: Mapping[str, Callable[[], Executor]]
    reporters: Mapping[str, MakeReporter]


def collect() -> Registry:
    """Return what there is."""
    return Registry(
        job_types={one.name: one for one in jobmake_job_types()},
        checks={one.name: one for one in jobmake_checks()},
        caches=jobmake_caches(),
        executors=jobmake_executors(),
        reporters=jobmake_reporters(),
    )
