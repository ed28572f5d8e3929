"""The journal: lines that are there whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xxhash import xxh3_64_hexdigest

from jobmake.memory.journal import (
    Journal,
    read_journal,
    record_from_json,
    record_to_json,
)
from jobmake.model.fingerprint import Claim, Fingerprint, Record

if TYPE_CHECKING:
    from jobmake.memory.journal import Fact

FACTS: list[Fact] = [
    {"started": "a", "run": "1"},
    {"failed": "a", "why": "exit code 3"},
    {"started": 'b[x="1\n2"]', "run": "2"},
]
RECORD = Record(
    Fingerprint.of([("action", "", "xxh3:1"), ("param", "é\n", '"x"'), ("param", "b", "1.0")]),
    {"out/é": "xxh3:2"},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with the facts."""
    path = tmp_path / "journal"
    append(path, *FACTS)
    return path


def append(path: Path, *facts: Fact) -> None:
    journal = Journal(str(path))
    for fact in facts:
        journal.append(fact)
    journal.close()


def test_facts_are_read_in_the_order_in_which_they_were_written(path: Path) -> None:
    assert read_journal(str(path)) == FACTS


def test_a_fact_is_there_as_soon_as_it_is_written(path: Path) -> None:
    journal = Journal(str(path))
    journal.append({"started": "c", "run": "3"})

    assert read_journal(str(path)) == [*FACTS, {"started": "c", "run": "3"}]
    journal.close()


def test_without_a_journal_there_are_no_facts(tmp_path: Path) -> None:
    assert read_journal(str(tmp_path / "missing")) == []
    assert read_journal(str(tmp_path)) == []


def test_nobody_else_can_read_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_reading_and_replacing_nothing_by_nothing_makes_no_file(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"))

    journal.replace([])
    journal.close()

    assert os.listdir(tmp_path) == []


def test_replacing_puts_facts_in_place_of_all_others(path: Path) -> None:
    journal = Journal(str(path))
    journal.append({"started": "c", "run": "3"})
    journal.replace(FACTS[1:2])
    journal.append({"started": "d", "run": "4"})
    journal.close()

    assert read_journal(str(path)) == [FACTS[1], {"started": "d", "run": "4"}]

    Journal(str(path)).replace([])
    assert path.read_bytes() == b""


# -- damage ---------------------------------------------------------------------------------


@pytest.mark.case("C11")
def test_a_last_line_torn_anywhere_costs_that_line_only(path: Path) -> None:
    data = path.read_bytes()
    last = data.rindex(b"\n", 0, -1) + 1
    for end in range(last, len(data)):
        path.write_bytes(data[:end])
        # all but the end of the line is all of the line
        assert read_journal(str(path)) == (FACTS if end == len(data) - 1 else FACTS[:2])


def test_what_comes_after_a_torn_line_stands_on_a_line_of_its_own(path: Path) -> None:
    data = path.read_bytes()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        append(path, {"started": "later", "run": "9"})
        assert read_journal(str(path))[-1] == {"started": "later", "run": "9"}


@pytest.mark.case("C11")
@pytest.mark.parametrize("bits", [0x01, 0x20, 0x80, 0xFF])
def test_any_damaged_byte_costs_its_lines_only(path: Path, bits: int) -> None:
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
        number = data.count(b"\n", 0, at)
        lost = FACTS[number : number + (2 if data[at : at + 1] == b"\n" else 1)]
        assert read_journal(str(path)) == [fact for fact in FACTS if fact not in lost]


@pytest.mark.parametrize("payload", [b"", b"[]", b"5", b"null", b"{", b"\xff", b'"x"'])
def test_a_line_that_is_no_fact_is_passed_over(path: Path, payload: bytes) -> None:
    data = path.read_bytes()
    line = xxh3_64_hexdigest(payload).encode() + b" " + payload + b"\n"
    path.write_bytes(line + data + b"\n\n" + line)

    assert read_journal(str(path)) == FACTS


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"")
    (tmp_path / "journal").symlink_to("precious")

    with pytest.raises(OSError, match="journal"):
        append(tmp_path / "journal", FACTS[0])
    assert (tmp_path / "precious").read_bytes() == b""


# -- records as JSON ------------------------------------------------------------------------


def test_a_record_survives_as_json() -> None:
    text = json.dumps(record_to_json(RECORD))

    assert record_from_json(json.loads(text)) == RECORD
    assert "digest" in text
    accepted = replace(RECORD, accepted=Claim("ada", "2026-11-21", "only a comment"))
    assert record_from_json(json.loads(json.dumps(record_to_json(accepted)))) == accepted


@pytest.mark.parametrize(
    "damage",
    [
        {"digest": "xxh3:other"}, {"digest": None}, {"parts": []}, {"parts": 5},
        {"parts": [["action", ""]]}, {"parts": [["action", "", 5]]}, {"parts": [[1, 2, 3]]},
        {"accepted": ["ada"]}, {"accepted": 5},
        {"outputs": []}, {"outputs": None}, {"parts": None},
        {"parts": [["action", "", "xxh3:1"], ["param", "é\n", '"x"'], ["param", "b", "1"]]},
    ],
)  # fmt: skip
def test_what_is_no_record_gives_none(damage: dict[str, object]) -> None:
    assert record_from_json({**record_to_json(RECORD), **damage}) is None


def test_what_is_no_table_gives_none() -> None:
    nothing: tuple[object, ...] = (None, 5, [], "x", {})

    assert [record_from_json(data) for data in nothing] == [None] * 5
