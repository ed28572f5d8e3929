"""The same text of TOML is parsed once, and what is given back is what the parser gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobmake.memory.tables import LARGE, Tables
from jobmake.tools.tomlguard import BadToml, parse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

TEXT = b'a = [1, -0.0, inf, "\\u00e9\\u0000", true]\n[t.x]\nbig = 123456789012345678901234567890\n'


def kept(path: Path, *texts: bytes) -> Path:
    tables = Tables(str(path))
    for text in texts:
        tables.parse(text)
    tables.save()
    return path


def test_a_text_is_given_back_as_the_parser_gave_it(tmp_path: Path) -> None:
    path = kept(tmp_path / "tables", TEXT, b"b = 2")

    again = Tables(str(path))
    assert repr(again.parse(TEXT)) == repr(parse(TEXT))
    assert again.parse(b"b = 2") == {"b": 2}
    assert again.parse(b"b = 3") == {"b": 3}, "another text is parsed"


def test_who_gets_a_table_may_change_it(tmp_path: Path) -> None:
    again = Tables(str(kept(tmp_path / "tables", TEXT)))
    again.parse(TEXT).clear()
    assert again.parse(TEXT) == parse(TEXT)


@pytest.mark.parametrize(
    "text", [b"d = 2024-01-02", b"d = [2024-01-02T03:04:05Z]", b"d = 03:04:05"]
)
def test_a_text_with_a_date_is_parsed_every_time(tmp_path: Path, text: bytes) -> None:
    again = Tables(str(kept(tmp_path / "tables", text, TEXT)))
    assert again.parse(text) == parse(text)
    assert again.parse(TEXT) == parse(TEXT)


def test_a_text_that_names_a_secret_is_in_no_second_file(tmp_path: Path) -> None:
    path = kept(tmp_path / "tables", b'[params]\napi_token = "s3cret"\n', TEXT)
    assert b"s3cret" not in path.read_bytes()
    assert Tables(str(path)).parse(TEXT) == parse(TEXT)


@pytest.mark.parametrize("last", [b"b = 1", b"b = 2026-11-22", b'api_token = "s3cret"'])
def test_a_large_text_is_given_back_as_the_parser_gave_it(tmp_path: Path, last: bytes) -> None:
    text = TEXT + b"".join(b"x%d = 'y'\n" % one for one in range(LARGE // 10)) + last
    assert len(text) >= LARGE
    path = kept(tmp_path / "tables", TEXT, text)

    for tables in (Tables(str(tmp_path / "none")), Tables(str(path))):
        assert repr(tables.parse(text)) == repr(parse(text))
    assert b"s3cret" not in path.read_bytes()


def test_a_large_text_that_is_wrong_is_told_where(tmp_path: Path) -> None:
    with pytest.raises(BadToml) as told:
        Tables(str(tmp_path / "tables")).parse(b"a = 1\n#" + b"x" * LARGE + b"\nb =\n")
    assert told.value.line == 3


def test_a_text_that_is_wrong_is_wrong_each_time(tmp_path: Path) -> None:
    tables = Tables(str(tmp_path / "tables"))
    for _ in range(2):
        with pytest.raises(BadToml):
            tables.parse(b"a = ")
    tables.save()
    assert not (tmp_path / "tables").exists()


def test_damage_costs_parsing_and_nothing_else(tmp_path: Path) -> None:
    path = kept(tmp_path / "tables", TEXT)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert repr(Tables(str(path)).parse(TEXT)) == repr(parse(TEXT))
        path.write_bytes(whole[:place])
        assert repr(Tables(str(path)).parse(TEXT)) == repr(parse(TEXT))


def test_an_edit_of_a_jobfile_replaces_what_was_kept(space: Space) -> None:
    path = space.root / ".jobmake" / "tables"
    space.jobfile('[target.a]\nrun = "echo 1 > a"\noutputs = ["a"]\n')
    space.run("build")
    first = path.read_bytes()
    space.run("build", "-B")
    assert path.read_bytes() == first

    space.jobfile('[target.a]\nrun = "echo 2 > a"\noutputs = ["a"]\n')
    space.run("build")

    assert space.read("a") == "2\n"
    assert path.read_bytes() != first
    assert len(path.read_bytes()) == len(first), "the text before is forgotten"


def test_who_only_looks_keeps_nothing(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo 1 > a"\noutputs = ["a"]\n')
    space.run("status")
    assert not (space.root / ".jobmake").exists()
