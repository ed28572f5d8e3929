"""Files that are read ahead: what is found is what would be found one by one, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobmake.memory.files import MANY_AHEAD, Files
from jobmake.memory.index import Entry
from jobmake.memory.stamps import MARGIN, Clock
from jobmake.tools.together import AT_ONCE, SMALL


def view(root: Path, entries: dict[str, Entry] | None = None, margin: float = MARGIN) -> Files:
    clock = Clock(str(root / ".clock"), lambda: 50.0)
    return Files(str(root), {} if entries is None else entries, clock, margin=margin)


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Files enough for a second process, in more than a hundred contents."""
    found = [f"{number}.txt" for number in range(2 * MANY_AHEAD)]
    for number, name in enumerate(found):
        (tmp_path / name).write_bytes(b"x" * (number % 130))
        if number % 7 == 0:
            (tmp_path / name).chmod(0o755)
    return found


def test_what_is_found_is_what_is_found_one_by_one(tmp_path: Path, names: list[str]) -> None:
    ahead, one_by_one = view(tmp_path, margin=0), view(tmp_path, margin=0)

    ahead.read_ahead(names)

    assert ahead.changed
    assert list(ahead.entries) == names
    for name in names:
        assert one_by_one.digest(name) == ahead.entries[name][1]
    assert ahead.entries == one_by_one.entries
    assert {name: ahead.digest(name) for name in names} == {
        name: one_by_one.digest(name) for name in names
    }


def test_what_is_odd_is_left_to_who_asks_for_it(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / names[0]).unlink()
    for place, make in ((AT_ONCE, os.mkdir), (2 * AT_ONCE, os.mkfifo)):
        (tmp_path / names[place]).unlink()
        make(tmp_path / names[place])
    (tmp_path / names[-1]).write_bytes(b"x" * (SMALL + 1))
    files = view(tmp_path)

    files.read_ahead(names)

    odd = {names[0], names[AT_ONCE], names[2 * AT_ONCE], names[-1]}
    assert odd.isdisjoint(files.entries)
    assert len(files.entries) > len(names) / 2
    assert files.digest(names[0]) is None
    assert files.digest(names[-1]) == view(tmp_path).digest(names[-1])


def test_an_edit_after_it_is_seen(tmp_path: Path, names: list[str]) -> None:
    """Also one that leaves size and time as they were: a young file's stat proves nothing."""
    files = view(tmp_path)
    files.read_ahead(names)
    path = tmp_path / names[5]
    before = path.stat()

    path.write_bytes(b"y" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert files.digest(names[5]) == view(tmp_path).digest(names[5])
    assert files.digest(names[5]) != files.digest(names[135])  # as it was before


def test_few_and_those_that_are_known_are_not_read(tmp_path: Path, names: list[str]) -> None:
    files = view(tmp_path)
    files.read_ahead(names[: MANY_AHEAD - 1])
    assert files.entries == {}

    files.read_ahead(names)
    known = dict(files.entries)
    (tmp_path / names[0]).unlink()
    files.read_ahead(names)
    assert files.entries == known


def test_where_no_stat_is_trusted_nothing_is_read_ahead(tmp_path: Path, names: list[str]) -> None:
    files = view(tmp_path, margin=float("inf"))

    files.read_ahead(names)

    assert files.entries == {}
