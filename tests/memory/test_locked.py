"""A lockfile is not decoded as a whole: what nobody asks for stays as it stands in the text."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from jobmake.memory import lockfile
from jobmake.memory.locked import Locked
from jobmake.memory.records import Records
from jobmake.model.fingerprint import Fingerprint, Record

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "xxh3:00000000000000000000000000000001"


def record(number: int = 1) -> Record:
    parts = [("action", "", DIGEST), ("input", f"in/{number}.txt", DIGEST), ("param", "n", "4")]
    return Record(Fingerprint.of(parts), {f"out/{number}.txt": DIGEST})


RECORDS = {"a": record(1), "b[x=1]": record(2), "c.d/e": record(3)}
TEXT = lockfile.write(RECORDS)


def locked(text: bytes) -> Locked:
    found = Locked.of_text(text)
    assert found is not None
    return found


def test_records_come_back_one_by_one() -> None:
    found = locked(TEXT)

    assert list(found) == list(RECORDS)
    assert dict(found) == RECORDS
    assert "d" not in found
    assert found.get("d") is None


def test_what_was_not_touched_is_written_as_it_stands() -> None:
    found = locked(TEXT)
    assert not found.changed
    assert found.text() == TEXT

    found["b[x=1]"] = record(9)
    del found["a"]
    found["0"] = record(7)

    now = {"0": record(7), "b[x=1]": record(9), "c.d/e": record(3)}
    assert found.changed
    assert dict(found) == now
    assert found.text() == lockfile.write(now)


def test_a_table_that_is_not_whole_is_none_and_is_not_written_again() -> None:
    found = locked(TEXT.replace(b"in/2.txt", b"in/8.txt"))

    assert found.get("b[x=1]") is None
    assert found.changed
    assert found.text() == lockfile.write({name: RECORDS[name] for name in ("a", "c.d/e")})


def test_tables_in_another_order_are_put_in_order() -> None:
    first, second = lockfile.write({"a": record(1)}), lockfile.write({"b": record(2)})
    head = lockfile.HEADER.encode()
    found = locked(head + second.removeprefix(head) + first.removeprefix(head))

    assert found.changed
    assert found.text() == lockfile.write({"a": record(1), "b": record(2)})


@pytest.mark.parametrize(
    "text",
    [
        TEXT.removeprefix(b"#"),
        TEXT + b"\n",
        TEXT.replace(b"\n", b"\r\n"),
        TEXT + TEXT.removeprefix(lockfile.HEADER.encode()),
        TEXT.replace(b"[target.a]", b"[target.a]\n<<<<<<< ours"),
        TEXT.replace(b"[target.a.inputs]", b"[target.z.inputs]"),
        TEXT.replace(b"in/1.txt", b"in/\xff.txt"),
    ],
)
def test_any_other_form_is_for_the_parser(text: bytes) -> None:
    assert Locked.of_text(text) is None


@pytest.mark.case("A35")
def test_what_a_record_takes_up_before_it_is_asked_for(tmp_path: Path) -> None:
    count = 2000
    path = tmp_path / "Jobfile.lock"
    path.write_bytes(lockfile.write({f"t{number:05}": record(number) for number in range(count)}))

    tracemalloc.start()
    try:
        records = Records(str(path), str(tmp_path / "journal"), lambda _record: False)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(records.names()) == count
    assert held < path.stat().st_size + 400 * count
