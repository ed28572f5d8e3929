"""Every file of jobmake's own is cut off, emptied, flipped, overwritten, replaced: nothing that is
up to date runs again for it, nothing stale is taken for up to date, and no one has to mend it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.faults.built import FILES, GOOD, State


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    found = State(tmp_path_factory.mktemp("state"))
    assert {name for name in FILES if found.file(name).exists()} == set(FILES)
    return found


def empty(path: Path) -> None:
    path.write_bytes(b"")


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def more(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0\xffmore\n")


def text(path: Path) -> None:
    path.write_bytes(b"<html>\xff\n")


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(0, len(data), max(1, len(data) // 8)):
        data[at] ^= 0x10
    path.write_bytes(data)


def gone(path: Path) -> None:
    path.unlink()


def a_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at/all")


DAMAGES = [empty, half, zeros, more, text, flipped, gone]


@pytest.mark.case("C11")
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_of_any_file_runs_nothing_again_and_hides_nothing(
    damage: Callable[[Path], None], state: State
) -> None:
    files = [FILES, *([name] for name in FILES[: amount(0, len(FILES))])]
    for names in files:
        state.again()
        for name in names:
            damage(state.file(name))

        found = state.build()
        assert not GOOD & {*found.built}, names
        assert found.failed == ("failing",)

        state.write("in", "other\n")
        assert {*state.build().built} == {"plain", "headed"}, names
        assert state.read("out/plain") == "other\n"
        assert state.build().built == ()


@pytest.mark.case("C11")
@pytest.mark.parametrize("name", FILES)
def test_each_byte_of_a_file_flipped_hides_no_edit(name: str, state: State) -> None:
    state.again()
    data = state.file(name).read_bytes()
    step = max(1, len(data) // amount(3, 300))
    for at in range(len(name), len(data), step):
        state.again()
        state.write("in", f"edit {at}\n")
        state.file(name).write_bytes(data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :])

        assert {*state.build().built} >= {"plain", "headed"}, at
        assert state.read("out/plain") == f"edit {at}\n"
        assert state.build().built == ()


@pytest.mark.case("C11")
@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_named_or_does_no_harm(name: str, state: State) -> None:
    state.again()
    state.file(name).unlink()
    state.file(name).mkdir()
    state.write("in", "other\n")

    trouble = state.trouble()
    place = str(state.file(name)) in trouble if trouble else state.read("out/plain") == "other\n"
    assert place, trouble

    state.file(name).rmdir()
    state.build()
    assert state.read("out/plain") == "other\n"
    assert state.build().built == ()


@pytest.mark.case("C11")
def test_a_history_with_another_journal_or_of_another_program_is_done_without(state: State) -> None:
    state.again()
    state.file("runs.db-journal").write_bytes(b"\xd9\xd5\x05\xf9 \xa1c\xd7" + bytes(504))
    assert not GOOD & {*state.build().built}

    state.again()
    state.file("runs.db").unlink()
    with sqlite3.connect(state.file("runs.db")) as other:
        other.execute("CREATE TABLE runs (of, somebody, else_)")
    other.close()
    assert not GOOD & {*state.build().built}
