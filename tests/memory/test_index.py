"""The index: it comes back as it was, or not at all."""

from __future__ import annotations

import marshal
import stat
from pathlib import Path

import pytest
from xxhash import xxh3_128_digest

from jobmake.memory.index import Entry, read_index, write_index

ENTRIES: dict[str, Entry] = {
    "data/é.csv": ((1 << 63, 3, 1_700_000_000_123_456_789, 4, 0o100100), f"xxh3:{1:032x}", True),
    "x": ((1, 2, 3, 4, 5), f"xxh3:{2:032x}+x", False),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "index"
    write_index(str(path), ENTRIES)
    return path


def test_what_was_written_is_read_again(path: Path) -> None:
    assert read_index(str(path)) == ENTRIES

    write_index(str(path), {})
    assert read_index(str(path)) == {}


def test_nobody_else_can_read_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_an_index_nothing_is_known(tmp_path: Path) -> None:
    assert read_index(str(tmp_path / "missing")) == {}
    assert read_index(str(tmp_path)) == {}


@pytest.mark.case("C11")
def test_cut_off_anywhere_nothing_is_known(path: Path) -> None:
    data = path.read_bytes()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        assert read_index(str(path)) == {}


@pytest.mark.case("C11")
@pytest.mark.parametrize("bits", [0x01, 0x80])
def test_with_any_byte_flipped_nothing_is_known(path: Path, bits: int) -> None:
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
        assert read_index(str(path)) == {}


def test_with_something_behind_it_nothing_is_known(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")

    assert read_index(str(path)) == {}


@pytest.mark.parametrize("body", [marshal.dumps([1, 2]), marshal.dumps(None), b"", b"\xff"])
def test_a_right_checksum_over_something_else_is_no_index(path: Path, body: bytes) -> None:
    magic = path.read_bytes().partition(b"\n")[0] + b"\n"
    path.write_bytes(magic + xxh3_128_digest(body) + body)

    assert read_index(str(path)) == {}
