"""How much of a long test is done: little for every change, much at night.

Knows the one switch, `JOBMAKE_NIGHTLY=1`, which `bench/nightly` sets. The code of a test is the
same in both; only the numbers differ. What was asked for is kept, for the report of a night.
"""

from __future__ import annotations

import os
import shutil

import pytest

# by the test that asked, as pytest names it; without a name what a module asked for
ASKED: dict[str, list[int]] = {}
NIGHTLY = os.environ.get("JOBMAKE_NIGHTLY") == "1"


def amount(usual: int, nightly: int) -> int:
    """Return how many rounds, kills, edits or examples a test is to do."""
    number = nightly if NIGHTLY else usual
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    ASKED.setdefault(test, []).append(number)
    return number


def needs_root() -> None:
    """Leave a test out where it cannot run: without root there are no mounts and no other users.
    Where `CI` is set that is a failure."""
    if os.geteuid() != 0:
        leave_out("needs root: it mounts file systems, or becomes another user")


def needs_program(name: str) -> None:
    """Leave a test out where a program is not installed; where `CI` is set that is a failure."""
    if shutil.which(name) is None:
        leave_out(f"needs `{name}`")


def leave_out(why: str) -> None:
    """Leave a test out; where `CI` is set that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"this test {why}")
    pytest.skip(why)
