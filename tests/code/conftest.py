from __future__ import annotations

from pathlib import Path

import pytest

from tests.code.project import CodeProject


@pytest.fixture
def project(tmp_path: Path) -> CodeProject:
    return CodeProject(tmp_path)
