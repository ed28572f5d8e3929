"""The one place where a watch waits: nothing that comes there is lost."""

from __future__ import annotations

import os

import pytest

from jobmake.watch.waiting import wait_for


def test_it_returns_when_a_source_is_readable_or_after_its_time() -> None:
    ours, theirs = os.pipe()
    wait_for([ours], [], 0.0)
    os.write(theirs, b"x")
    wait_for([ours], [])
    os.close(ours)
    os.close(theirs)


def test_nobody_who_reads_is_an_end() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with pytest.raises(BrokenPipeError):
        wait_for([], [theirs])
    os.close(theirs)
    with open(os.devnull, "wb") as null:
        wait_for([], [null.fileno()], 0.0)  # that cannot go away
