"""Fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import Space

# a slow machine is no failure
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def space(tmp_path: Path) -> Space:
    """A project in a folder of its own."""
    return Space(tmp_path / "project")


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what runs: nothing is restored in place of a run."""
    monkeypatch.setitem(Space.variables, "JOBMAKE_NO_CACHE", "1")
