"""jobmake used from the tests' own process: what a person has set up is left alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobmake import Project
from tests.support import Space


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in list(os.environ):
        if name.startswith("JOBMAKE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def project(space: Space) -> Callable[[str], Project]:
    """Write a Jobfile and open its project."""

    def opened(text: str) -> Project:
        space.jobfile(text)
        return Project(space.root)

    return opened
