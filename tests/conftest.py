"""Fixtures that all tests share."""

from __future__ import annotations

import compileall
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.amounts import NIGHTLY
from tests.support import Space

# builds in tests begin as quickly as those of what is installed; what they start keeps no bytecode
# of the projects, of which Python takes the old one if a file is edited twice in a second
for folder in ("jobmake", "plugins"):
    compileall.compile_dir(Path(__file__).parent.parent / folder, quiet=2)
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what takes a night out of what every change goes through."""
    if NIGHTLY:
        return
    left = [one for one in items if one.get_closest_marker("nightly")]
    items[:] = [one for one in items if one not in left]
    config.hook.pytest_deselected(items=left)
