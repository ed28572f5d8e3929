"""Entries that are decoded one by one are those of the whole index, and so is what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobmake.memory import index as indexes
from jobmake.memory.entries import Entries

if TYPE_CHECKING:
    from pathlib import Path

    from jobmake.memory.index import Entry

KNOWN: dict[str, Entry] = {
    name: ((number, 2, 3, 4, 5), f"xxh3:{number:032x}", bool(number % 2))
    for number, name in enumerate(["a", "b/ü", "/usr/x", "z" * 300, "\udcff"])
}


@pytest.fixture
def index(tmp_path: Path) -> indexes.Index:
    path = str(tmp_path / "index")
    indexes.write_index(path, KNOWN, key="all", section=(list(KNOWN), b"rest"))
    indexes.write_index(path, KNOWN, key="some", section=(["a", "/usr/x"], b"other"))
    found = indexes.read(path)
    assert found is not None
    return found


def test_they_stand_in_for_a_dict(index: indexes.Index) -> None:
    entries = Entries(index)

    assert dict(entries) == KNOWN
    assert {name: entries.get(name) for name in KNOWN} == KNOWN
    assert entries.get("none") is None
    assert "none" not in entries
    assert entries.pop("a") == KNOWN["a"]
    assert entries.pop("a", None) is None
    with pytest.raises(KeyError):
        del entries["none"]
    assert set(entries) == set(KNOWN) - {"a"}
    assert len(entries) == len(KNOWN) - 1


def test_what_was_put_over_them_is_in_the_new_index(index: indexes.Index, tmp_path: Path) -> None:
    entries, now = Entries(index), dict(KNOWN)
    entries["b/ü"] = now["b/ü"] = ((9, 9, 9, 9, 9), f"xxh3:{77:032x}+x", True)
    entries["new"] = now["new"] = ((1, 1, 1, 1, 1), f"xxh3:{78:032x}", False)
    del entries["z" * 300]
    del now["z" * 300]
    path = str(tmp_path / "again")
    written = entries.index()
    indexes.write(path, written)

    back = indexes.read(path)
    assert back is not None
    assert dict(Entries(back)) == now
    assert back.paths[: len(KNOWN)] == list(KNOWN)  # each row is where it was
    assert list(back.sections) == ["some"]  # of the other one files changed


def test_another_signature_of_the_same_content_costs_no_section(index: indexes.Index) -> None:
    entries = Entries(index)
    entries["a"] = ((7, 7, 7, 7, 7), KNOWN["a"][1], True)

    assert list(entries.index().sections) == ["all", "some"]


def test_a_time_that_fits_into_no_row_is_forgotten(index: indexes.Index) -> None:
    entries = Entries(index)
    entries["a"] = ((7, 7, 1 << 70, 7, 7), f"xxh3:{79:032x}", True)
    entries["new"] = ((7, 7, 1 << 70, 7, 7), f"xxh3:{79:032x}", True)

    assert set(Entries(entries.index())) == set(KNOWN) - {"a"}
