"""Records: forgotten when a run starts, brought back when it succeeds, never overwritten
blindly. A kill may come after any line: opening the records again is the proof."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobmake.memory import lockfile
from jobmake.memory.journal import read_journal
from jobmake.memory.records import SAVE_EVERY, SAVE_SHARE, Records, read_bytes
from jobmake.model.errors import StateError
from jobmake.model.fingerprint import Fingerprint, Record


def gone(name: str) -> bool:
    """The Jobfile knows a, b and c."""
    return name not in ("a", "b", "c")


def record(value: str) -> Record:
    return Record(Fingerprint.of([("version", "", value)]), {"out": f"xxh3:{value}"})


ONE, TWO, THREE = record("1"), record("2"), record("3")


class Place:
    """A lockfile and a journal in a folder."""

    def __init__(self, folder: Path) -> None:
        self.lock, self.journal = folder / "Jobfile.lock", folder / "journal"
        self.agreed: list[Record] = []  # what the disk agrees with

    def open(self) -> Records:
        """The records as the next process sees them."""
        return Records(str(self.lock), str(self.journal), self.agreed.__contains__)

    def write(self, **records: Record) -> None:
        self.lock.write_bytes(lockfile.write(records))

    def read(self) -> dict[str, Record]:
        return lockfile.read(self.lock.read_bytes()).records


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# -- forget, then record --------------------------------------------------------------------


def test_a_start_forgets_the_record_but_keeps_it_readable(place: Place) -> None:
    place.write(a=ONE, b=TWO)
    records = place.open()

    records.start("a", "7")

    for now in (records, place.open()):
        assert (now.get("a"), now.old("a"), now.trouble("a")) == (None, ONE, "did not finish")
        assert (now.get("b"), now.trouble("b")) == (TWO, None)


def test_a_record_brings_it_back(place: Place) -> None:
    place.write(a=ONE)
    records = place.open()

    records.start("a", "7")
    records.record("a", TWO)

    for now in (records, place.open()):
        assert (now.get("a"), now.old("a"), now.trouble("a")) == (TWO, TWO, None)
    assert place.read() == {"a": ONE}  # the lockfile is written later


def test_a_failure_keeps_it_forgotten_and_says_why(place: Place) -> None:
    place.write(a=ONE)
    records = place.open()

    records.start("a", "7")
    records.fail("a", "failed: exit code 3")

    for now in (records, place.open()):
        assert (now.get("a"), now.old("a")) == (None, ONE)
        assert now.trouble("a") == "failed: exit code 3"


def test_a_target_never_built_has_nothing(place: Place) -> None:
    records = place.open()

    assert (records.get("a"), records.old("a"), records.trouble("a")) == (None, None, None)
    records.start("a", "1")
    assert (records.get("a"), records.old("a")) == (None, None)


# -- saving ---------------------------------------------------------------------------------


def test_saving_writes_the_lockfile_and_empties_the_journal(place: Place) -> None:
    records = place.open()
    for name, one in (("a", ONE), ("b", TWO)):
        records.start(name, "1")
        records.record(name, one)

    assert records.save(gone) is True
    assert place.read() == {"a": ONE, "b": TWO}
    assert read_journal(str(place.journal)) == []
    assert place.open().get("a") == ONE


def test_what_is_unfinished_stays_in_the_journal(place: Place) -> None:
    place.write(a=ONE, b=ONE)
    records = place.open()
    records.start("a", "1")
    records.start("b", "2")
    records.fail("b", "failed")
    records.start("c", "3")
    records.record("c", THREE)

    records.save(gone)

    assert place.read() == {"a": ONE, "b": ONE, "c": THREE}
    again = place.open()
    assert [again.get(name) for name in ("a", "b", "c")] == [None, None, THREE]
    assert [again.trouble(name) for name in ("a", "b", "c")] == ["did not finish", "failed", None]


def test_saving_nothing_new_touches_nothing(place: Place) -> None:
    place.write(a=ONE)
    before = place.lock.stat()
    records = place.open()

    assert records.save(gone) is False
    after = place.lock.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not place.journal.exists()


def test_without_a_record_no_lockfile_is_made(place: Place) -> None:
    records = place.open()
    records.start("a", "1")
    records.fail("a", "failed")

    assert records.save(gone) is False
    assert not place.lock.exists()


def test_records_of_targets_that_are_gone_are_dropped(place: Place) -> None:
    place.write(a=ONE, gone=TWO)
    records = place.open()
    records.start("left", "1")

    assert records.save(gone) is True
    assert place.read() == {"a": ONE}
    assert place.open().trouble("left") is None


def test_what_a_killed_build_left_in_the_journal_is_saved_by_the_next(place: Place) -> None:
    place.write(a=ONE)
    killed = place.open()
    killed.start("a", "1")
    killed.record("a", TWO)

    assert place.open().save(gone) is True
    assert place.read() == {"a": TWO}


def test_during_a_build_it_is_saved_now_and_then(place: Place) -> None:
    now = [1000.0]
    took = [0.0]

    def monotonic() -> float:
        now[0] += took[0]
        return now[0]

    def saved_after(seconds: float, value: str) -> bool:
        now[0] += seconds
        records.start("a", "1")
        records.record("a", record(value))
        records.save_now_and_then(monotonic, gone)
        return place.lock.exists() and place.read() == {"a": record(value)}

    records = place.open()
    assert not saved_after(0, "1")  # the first look only begins the wait
    assert not saved_after(SAVE_EVERY - 0.1, "2")
    took[0] = 1.0  # from now on each look at the clock costs a second
    assert saved_after(0.1, "3")
    assert not saved_after(SAVE_EVERY, "4")  # what took long is done less often
    assert saved_after(SAVE_SHARE, "5")
    records.save_now_and_then(lambda: now[0] + 1000, gone)
    assert read_journal(str(place.journal)) == []


# -- a lockfile that changes meanwhile ------------------------------------------------------


def test_a_lockfile_that_changed_meanwhile_is_merged_and_not_overwritten(place: Place) -> None:
    place.write(a=ONE, b=ONE)
    records = place.open()
    records.start("a", "1")
    records.record("a", TWO)

    place.write(a=THREE, b=THREE, c=THREE)  # a checkout, a pull

    assert records.save(gone) is True
    # ours is what we made ourselves, all else is theirs
    assert place.read() == {"a": TWO, "b": THREE, "c": THREE}


def test_a_lockfile_that_was_removed_meanwhile_holds_what_we_made(place: Place) -> None:
    place.write(a=ONE, b=ONE)
    records = place.open()
    records.start("a", "1")
    records.record("a", TWO)

    place.lock.unlink()

    assert records.save(gone) is True
    assert place.read() == {"a": TWO}


def test_a_lockfile_that_became_unreadable_meanwhile_is_left_alone(place: Place) -> None:
    place.write(a=ONE)
    records = place.open()
    records.start("a", "1")
    records.record("a", TWO)
    place.lock.write_bytes(b"\xff")

    with pytest.raises(StateError) as caught:
        records.save(gone)

    assert caught.value.message == (
        "the lockfile `Jobfile.lock` was changed during the build and cannot be read now:"
        " it is not UTF-8"
    )
    assert place.lock.read_bytes() == b"\xff"
    assert read_journal(str(place.journal))[-1]["finished"] == "a"


# -- conflicts and damage -------------------------------------------------------------------


def conflict(place: Place, ours: Record, theirs: Record) -> None:
    sides = [lockfile.write({"a": one}).decode() for one in (ours, theirs)]
    place.lock.write_text(f"<<<<<<< HEAD\n{sides[0]}=======\n{sides[1]}>>>>>>> topic\n")


@pytest.mark.parametrize("agreed", [ONE, TWO])
def test_of_a_conflict_the_record_that_the_disk_agrees_with_is_kept(
    place: Place, agreed: Record
) -> None:
    conflict(place, ONE, TWO)
    place.agreed = [agreed]

    records = place.open()

    assert (records.get("a"), records.damaged) == (agreed, None)
    assert records.save(gone) is True  # without the marks
    assert place.lock.read_bytes() == lockfile.write({"a": agreed})


def test_of_a_conflict_that_the_disk_settles_neither_way_nothing_is_kept(place: Place) -> None:
    conflict(place, ONE, TWO)

    assert place.open().get("a") is None


def test_a_damaged_lockfile_is_set_aside_and_never_overwritten(place: Place) -> None:
    for number in (1, 2):
        place.lock.write_bytes(b"\xff%d" % number)
        records = place.open()

        assert (records.get("a"), records.damaged) == (None, "it is not UTF-8")
        assert records.set_damaged_aside() == f"Jobfile.lock.damaged-{number}"
        records.record("a", ONE)
        assert records.save(gone) is True

    assert place.read() == {"a": ONE}
    assert place.lock.with_name("Jobfile.lock.damaged-1").read_bytes() == b"\xff1"
    assert place.lock.with_name("Jobfile.lock.damaged-2").read_bytes() == b"\xff2"


def test_a_whole_lockfile_is_not_set_aside(place: Place) -> None:
    place.write(a=ONE)

    assert place.open().set_damaged_aside() is None
    assert place.read() == {"a": ONE}


def test_reading_writes_nothing(place: Place) -> None:
    conflict(place, ONE, TWO)
    place.journal.write_bytes(b"torn")
    before = {
        name: place.lock.with_name(name).read_bytes() for name in os.listdir(place.lock.parent)
    }

    records = place.open()
    records.get("a"), records.old("a"), records.trouble("a")
    records.close()

    after = {
        name: place.lock.with_name(name).read_bytes() for name in os.listdir(place.lock.parent)
    }
    assert after == before


def test_a_read_that_fails_names_the_path() -> None:
    with pytest.raises(StateError) as caught:
        read_bytes("/proc/self/mem")  # it can be opened, and has nothing at its beginning
    assert caught.value.message == "cannot read the lockfile `/proc/self/mem`: Input/output error"


def test_trouble_with_the_disk_names_the_path(place: Place) -> None:
    place.lock.mkdir()
    with pytest.raises(StateError) as caught:
        place.open()
    assert caught.value.message == f"cannot read the lockfile `{place.lock}`: Is a directory"

    place.lock.rmdir()
    place.journal.mkdir()
    with pytest.raises(StateError) as caught:
        place.open().start("a", "1")
    assert caught.value.message == f"cannot write `{place.journal}`: Is a directory"
