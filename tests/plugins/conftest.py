"""Fixtures for plugins that ship with jobmake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.shipped import Server, entry_points
from tests.support import Space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shipped(space: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Space:
    """A project that finds the plugins that ship with jobmake; nothing is restored in it."""
    found = {**entry_points(tmp_path / "site"), "JOBMAKE_NO_CACHE": "1"}
    for name, value in found.items():
        monkeypatch.setitem(Space.variables, name, value)
    return space


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that says what a test tells it to."""
    with Server(tmp_path / "server") as one:
        yield one
