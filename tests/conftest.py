"""Fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Space


@pytest.fixture
def space(tmp_path: Path) -> Space:
    """A project in a folder of its own."""
    return Space(tmp_path / "project")
