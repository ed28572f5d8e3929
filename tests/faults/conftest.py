"""Fixtures of the tests of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.faulty import Faulty, compiled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that kills and fails calls, compiled once."""
    return compiled(tmp_path_factory.mktemp("faulty"))


@pytest.fixture
def faulty(library: Path, space: Space) -> Faulty:
    """A jobmake of which calls can be made to fail."""
    return Faulty(library, space)
