"""Copies of open files, each with its digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobmake.tools.copying import clone, copy
from jobmake.tools.digest import BLOCK, digest_bytes


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_a_copy_holds_the_same_and_tells_its_digest(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "from").write_bytes(data)
    with open(tmp_path / "from", "rb") as source, open(tmp_path / "to", "w+b") as target:
        os.lseek(source.fileno(), 0, os.SEEK_END)  # wherever it stands
        assert copy(source.fileno(), target.fileno()) == digest_bytes(data)
    assert (tmp_path / "to").read_bytes() == data


def test_a_clone_is_not_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"before" * 1000)
    with open(tmp_path / "from", "r+b") as source, open(tmp_path / "to", "w+b") as target:
        cloned = clone(source.fileno(), target.fileno())
        assert (tmp_path / "to").stat().st_size == (6000 if cloned else 0)
        source.write(b"edited")
    assert not cloned or (tmp_path / "to").read_bytes() == b"before" * 1000
