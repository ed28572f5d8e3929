"""What a target takes up and what becomes of its runs, in a line each.

Knows words only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.tools.display import count, duration
from jobmake.tools.quantities import size_text

if TYPE_CHECKING:
    from jobmake.model.target import Target


def demands(target: Target) -> str:
    """Return what a run takes up: `pool gpu, cpu 4, memory 2 GiB, priority 3`."""
    wanted = target.demands
    told = [f"pool {name}" for name in wanted.pools]
    for name, amount in wanted.resources:
        told.append(f"{name} {size_text(amount) if name == 'memory' else amount}")
    if wanted.priority:
        told.append(f"priority {wanted.priority}")
    return ", ".join(told)


def handling(target: Target) -> str:
    """Return what becomes of a run that takes long, or fails, and how long a good one counts."""
    given = target.handling
    told = []
    if given.timeout is not None:
        told.append(f"ended after {duration(given.timeout)}")
    if given.retries:
        lead = f", the first after {duration(given.retry_delay)}" if given.retry_delay else ""
        told.append(f"{count(given.retries, 'retry', 'retries')}{lead}")
    if given.allow_failure:
        told.append("may fail")
    if target.manner.ok_codes != (0,):
        told.append(f"exit codes of success: {', '.join(map(str, target.manner.ok_codes))}")
    if target.max_age is not None:
        told.append(f"stale after {duration(target.max_age)}")
    return "; ".join(told)
