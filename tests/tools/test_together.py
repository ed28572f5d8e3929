"""Small files that are read together."""

from __future__ import annotations

import os
from pathlib import Path

from jobmake.tools.together import read_together


def test_each_is_read_to_its_end_and_looked_at_after_that(tmp_path: Path) -> None:
    contents = [b"", b"abc", os.urandom(5000)]
    paths = [str(tmp_path / str(number)) for number in range(3)]
    for path, content in zip(paths, contents, strict=True):
        Path(path).write_bytes(content)

    found = read_together(paths, [len(one) for one in contents])

    assert found is not None
    assert found[0] == contents
    assert [one.st_ino for one in found[1]] == [os.stat(path).st_ino for path in paths]


def test_of_another_size_or_not_there_nothing_is_said_and_nothing_stays_open(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    path, missing = str(tmp_path / "a"), str(tmp_path / "b")
    before = sorted(os.listdir("/proc/self/fd"))

    assert read_together([path], [2]) is None
    assert read_together([path], [4]) is None
    assert read_together([path, missing], [3, 3]) is None
    assert read_together([path, str(tmp_path)], [3, 3]) is None
    assert sorted(os.listdir("/proc/self/fd")) == before
