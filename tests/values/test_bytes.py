"""A value has one file, always; and a file that is not as it was written is found out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobmake.values.codec import read_value, value_parts, write_value
from jobmake.values.trouble import DamagedValue, UnreadableValue
from tests.values.same import same
from tests.values.shapes import Model

SMALL = {"a": [1, (2.5, "é")], 3: {"x", "y"}, "b": b"ab", "c": Model(1)}

PRINT_DIGEST = """
from jobmake.tools.digest import digest_parts
from jobmake.values.codec import value_parts, value_text
value = {
    "set": {"a", "b", "c", ("d", 1), b"x" * 3000, frozenset({"e", "f", 1.5, None})},
    "of sets": {frozenset({"g", "h"}), frozenset({"i", "j"})},
    "keys": {frozenset({"k", "l"}): {"m", "n"}},
}
print(digest_parts(value_parts(value)), value_text(value))
"""


def test_a_value_has_the_same_bytes_in_every_process() -> None:
    printed = set()
    for seed in ("0", "1", "2", "3"):
        command = [sys.executable, "-c", PRINT_DIGEST]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        printed.add(
            subprocess.run(command, env=environment, capture_output=True, check=True).stdout
        )

    assert len(printed) == 1


def test_a_file_says_what_it_is_and_large_bytes_stand_apart(tmp_path: Path) -> None:
    write_value(tmp_path / "value", {"picture": b"\xff" * 5000, "name": "é"})

    first, head, rest = (tmp_path / "value").read_bytes().split(b"\n", 2)
    assert first.startswith(b"jobmake-value 1 xxh3:")
    assert head.decode() == '{"value": {"picture": {"$bytes": 0}, "name": "é"}, "blobs": [5000]}'
    start = len(first) + 1 + len(head) + 1 + rest.index(b"\xff")
    assert start % 64 == 0
    assert rest.lstrip(b"\0") == b"\xff" * 5000


def test_the_parts_are_what_is_written(tmp_path: Path) -> None:
    write_value(tmp_path / "value", SMALL)

    assert b"".join(value_parts(SMALL)) == (tmp_path / "value").read_bytes()


def test_a_value_that_cannot_be_kept_leaves_the_old_file(tmp_path: Path) -> None:
    write_value(tmp_path / "value", 1)

    with pytest.raises(Exception, match="a lambda"):
        write_value(tmp_path / "value", [lambda: 0])

    assert read_value(tmp_path / "value") == 1
    assert os.listdir(tmp_path) == ["value"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        write_value(tmp_path / "nowhere" / "value", 1)


@pytest.mark.parametrize("value", [SMALL, b"\x01" * 1100], ids=["in the head", "apart"])
def test_every_byte_that_changes_is_found_out(value: Any, tmp_path: Path) -> None:
    whole = b"".join(value_parts(value))
    for at in range(len(whole)):
        for flip in (0x01, 0x20, 0xFF):
            damaged = bytearray(whole)
            damaged[at] ^= flip
            check_damaged(tmp_path / "value", bytes(damaged), value)


@pytest.mark.parametrize("value", [SMALL, b"\x01" * 1100], ids=["in the head", "apart"])
def test_every_length_that_is_cut_or_added_to_is_found_out(value: Any, tmp_path: Path) -> None:
    whole = b"".join(value_parts(value))
    for length in range(len(whole)):
        check_damaged(tmp_path / "value", whole[:length], value)
    check_damaged(tmp_path / "value", whole + b"\0", value)
    check_damaged(tmp_path / "value", whole + whole, value)


def check_damaged(file: Path, data: bytes, value: Any) -> None:
    file.write_bytes(data)
    try:
        back = read_value(file)
    except DamagedValue:
        return
    assert same(back, value)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "value"
    write_value(file, [1])
    file.write_bytes(file.read_bytes().replace(b"[1]", b"[2]"))
    with pytest.raises(DamagedValue) as damaged:
        read_value(file)
    assert str(damaged.value) == f"the value in `{file}` is damaged"
    assert damaged.value.hint == "build its target again"

    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(DamagedValue) as other:
        read_value(file)
    assert str(other.value) == f"`{file}` is not a value of jobmake's, or is damaged"


def test_a_size_that_is_not_there_takes_no_memory(tmp_path: Path) -> None:
    line = b'{"value": {"$bytes": 0}, "blobs": [99999999999999]}\n'
    (tmp_path / "value").write_bytes(b"jobmake-value 1 xxh3:" + b"0" * 32 + b"\n" + line)

    with pytest.raises(DamagedValue):
        read_value(tmp_path / "value")


def test_a_newer_form_is_told(tmp_path: Path) -> None:
    from jobmake.tools.digest import digest_parts

    rest = b"what a newer one writes"
    digest = digest_parts([b"12 ", rest]).encode()
    (tmp_path / "value").write_bytes(b"jobmake-value 12 " + digest + b"\n" + rest)

    with pytest.raises(UnreadableValue) as newer:
        read_value(tmp_path / "value")

    assert str(newer.value) == (
        f"`{tmp_path / 'value'}` was written in the form 12, and this jobmake knows 1"
    )
    assert newer.value.hint == "install a newer jobmake"
