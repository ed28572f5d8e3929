"""When a stat can vouch for a file's content: the racy rule and the file system's clock."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobmake.memory.stamps import (
    FOREIGN_MARGIN,
    MARGIN,
    Clock,
    are_settled,
    is_settled,
    signature,
)

SECOND = 1_000_000_000  # nanoseconds


class Monotonic:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(str(tmp_path / "clock"), Monotonic())


def aged(clock: Clock, *, mtime: float, ctime: float, device: int | None = None) -> Any:
    """The stat of a file that was last changed so many seconds before the clock's now."""
    now = clock.now_ns()
    assert now is not None
    return SimpleNamespace(
        st_mtime_ns=now - int(mtime * SECOND),
        st_ctime_ns=now - int(ctime * SECOND),
        st_dev=clock.device if device is None else device,
    )


# -- signatures -----------------------------------------------------------------------------


def test_a_signature_is_what_one_stat_says(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    path.chmod(0o755)
    status = path.stat()

    assert signature(status) == (
        status.st_ino,
        3,
        status.st_mtime_ns,
        status.st_ctime_ns,
        0o100755,  # a file, with these rights
    )


def test_an_edit_that_keeps_size_and_mtime_changes_the_signature(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    os.utime(path, ns=(SECOND, SECOND))
    before = path.stat()

    path.write_bytes(b"xyz")
    os.utime(path, ns=(SECOND, SECOND))
    after = path.stat()

    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    assert before.st_ctime_ns <= after.st_ctime_ns  # by the tick of the clock it may be equal
    assert (signature(before) != signature(after)) == (before.st_ctime_ns != after.st_ctime_ns)


def test_a_file_put_in_the_place_of_another_has_another_signature(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"abc")
    other.write_bytes(b"xyz")
    before = signature(path.stat())

    other.rename(path)

    assert signature(path.stat()) != before


# -- the racy rule --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mtime", "ctime", "settled"),
    [
        (MARGIN + 0.001, MARGIN + 0.001, True),
        (MARGIN, MARGIN, True),
        (MARGIN - 0.001, MARGIN + 1, False),
        (MARGIN + 1, MARGIN - 0.001, False),
        (0, 0, False),
        (-10, -10, False),  # from the future
        (1000, -1, False),
    ],
)
def test_a_stat_is_trusted_if_both_stamps_are_older_than_the_margin(
    clock: Clock, mtime: float, ctime: float, settled: bool
) -> None:
    assert is_settled(aged(clock, mtime=mtime, ctime=ctime), clock, MARGIN) is settled


def test_no_margin_trusts_every_stat_and_infinity_none(clock: Clock) -> None:
    young, old = aged(clock, mtime=-1, ctime=-1), aged(clock, mtime=10**9, ctime=10**9)

    assert is_settled(young, clock, 0)
    assert not is_settled(old, clock, float("inf"))


@pytest.mark.parametrize("margin", [0, MARGIN, float("inf")])
@pytest.mark.parametrize("path", ["clock", None])
def test_of_many_the_same_is_said(tmp_path: Path, path: str | None, margin: float) -> None:
    known = Clock(str(tmp_path / "known"), Monotonic())
    ages = (0, MARGIN - 0.1, MARGIN, 3000, 4000)
    device = os.stat(tmp_path).st_dev
    found = [
        aged(known, mtime=one, ctime=other, device=device + more)
        for one in ages
        for other in ages
        for more in (0, 1)
    ]
    asked = Clock(path and str(tmp_path / path), Monotonic())

    assert are_settled(found, asked, margin) == [is_settled(one, asked, margin) for one in found]


def test_on_another_file_system_the_margin_is_an_hour(clock: Clock) -> None:
    clock.now_ns()
    other = clock.device + 1

    assert not is_settled(aged(clock, mtime=3000, ctime=3000, device=other), clock, MARGIN)
    assert is_settled(
        aged(clock, mtime=FOREIGN_MARGIN, ctime=FOREIGN_MARGIN, device=other), clock, MARGIN
    )


# -- the clock ------------------------------------------------------------------------------


def test_now_is_the_stamp_of_a_file_just_written(tmp_path: Path) -> None:
    clock = Clock(str(tmp_path / "clock"), Monotonic())

    assert clock.now_ns() == (tmp_path / "clock").stat().st_mtime_ns
    assert clock.device == tmp_path.stat().st_dev


def test_the_clock_is_read_at_most_every_half_second(tmp_path: Path) -> None:
    monotonic = Monotonic()
    clock = Clock(str(tmp_path / "clock"), monotonic)
    first = clock.now_ns()
    (tmp_path / "clock").unlink()

    monotonic.seconds += 0.5
    assert clock.now_ns() == first
    assert not (tmp_path / "clock").exists()

    monotonic.seconds += 0.01
    assert clock.now_ns() == (tmp_path / "clock").stat().st_mtime_ns


def test_where_nothing_can_be_written_there_is_no_time_and_nothing_is_trusted(
    tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to("precious")
    old = aged(clock, mtime=10**6, ctime=10**6)

    for path in (None, str(tmp_path / "missing/clock"), str(tmp_path), str(tmp_path / "link")):
        timeless = Clock(path, Monotonic())
        assert timeless.now_ns() is None
        assert not is_settled(old, timeless, MARGIN)
    assert (tmp_path / "precious").read_bytes() == b"precious"
