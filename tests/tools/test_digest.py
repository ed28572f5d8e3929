"""Digests: the same for the same bytes, however they are read; others for others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.tools.digest import (
    BLOCK,
    SHORT,
    digest_bytes,
    digest_open_file,
    digest_parts,
    digest_texts,
    long,
    longs,
    mark_of,
    short,
    short_of,
    shorts,
)


def test_a_digest_says_how_it_was_made() -> None:
    assert digest_bytes(b"") == "xxh3:99aa06d3014798d86001c324468d497f"
    assert digest_bytes(b"jobmake") == "xxh3:" + xxhash.xxh3_128_hexdigest(b"jobmake")


@pytest.mark.parametrize("told", [None, 0, 10 * BLOCK])
@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1])
def test_a_file_is_read_to_its_end_whatever_size_was_told(
    tmp_path: Path, size: int, told: int | None
) -> None:
    data = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(data)

    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert digest_open_file(descriptor, size if told is None else told) == digest_bytes(data)
    finally:
        os.close(descriptor)


def test_where_one_text_ends_and_the_next_begins_counts() -> None:
    several: tuple[list[str], ...] = (
        ["ab", "c"],
        ["a", "bc"],
        ["abc"],
        ["abc", ""],
        ["", "abc"],
        [],
        [""],
        ["2:ab"],
    )

    assert len({digest_texts(texts) for texts in several}) == len(several)


@given(st.lists(st.text()), st.lists(st.text()))
@settings(deadline=None)
def test_other_texts_have_another_digest(texts: list[str], others: list[str]) -> None:
    assert (digest_texts(texts) == digest_texts(iter(others))) == (texts == others)


def test_names_that_are_not_utf8_can_be_digested() -> None:
    name = os.fsdecode(b"caf\xe9")

    assert digest_texts([name]) == digest_bytes(b"4:caf\xe9")


def test_parts_have_the_digest_of_the_whole() -> None:
    assert digest_parts([b"ab", bytearray(b"c"), memoryview(b"def")]) == digest_bytes(b"abcdef")


@pytest.mark.parametrize("mode", [0o100644, 0o100755])
def test_a_digest_has_a_short_form(mode: int) -> None:
    digest = digest_bytes(b"text") + mark_of(mode)

    assert len(short(digest)) == SHORT
    assert short(digest) == short_of(b"text", mode)
    assert long(short(digest)) == digest
    assert long(short("")) == ""
    assert longs(shorts([digest, digest]) + short("")) == [digest, digest, ""]


@pytest.mark.parametrize("text", ["x", "xxh3:1", "xxh3:" + "g" * 32, "0" * 32, "+x"])
def test_what_is_no_digest_has_no_short_form(text: str) -> None:
    with pytest.raises(ValueError):
        short(text)
