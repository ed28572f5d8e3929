"""A stopwatch, by a clock that the test holds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from jobmake.tools.stopwatch import Stopwatch


class Clock:
    """A clock that is told when it is."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Part:
    """Something whose calls take time."""

    clock: Clock

    def outer(self) -> str:
        self.clock.now += 1
        self.inner(2)
        return "done"

    def inner(self, seconds: float) -> None:
        self.clock.now += seconds
        if seconds > 5:
            raise ValueError("too long")


def test_a_phase_within_another_takes_its_time_from_it() -> None:
    clock = Clock()
    watch, part = Stopwatch(clock, "before", -3.0), Part(clock)
    watch.switch("rest")
    watch.time_calls("outer", part, "outer")
    watch.time_calls("inner", part, "inner")

    assert part.outer() == "done"
    clock.now += 4

    assert watch.stop() == 10
    assert watch.spent == {"before": 3, "rest": 4, "outer": 1, "inner": 2}


def test_a_phase_ends_also_when_what_it_does_raises() -> None:
    clock = Clock()
    watch, part = Stopwatch(clock, "rest", 0.0), Part(clock)
    watch.time_calls("inner", part, "inner")
    with pytest.raises(ValueError, match="too long"):
        part.inner(6)
    clock.now += 1
    watch.stop()
    assert watch.spent == {"rest": 1, "inner": 6}


def test_no_other_part_of_the_same_kind_is_timed() -> None:
    clock = Clock()
    watch, part, other = Stopwatch(clock, "rest", 0.0), Part(clock), Part(clock)
    watch.time_calls("outer", part, "outer")
    other.outer()
    watch.stop()
    assert "outer" not in watch.spent
    assert isinstance(part, Part)
    assert type(other) is Part


def test_a_single_call_can_be_timed() -> None:
    clock = Clock()
    watch = Stopwatch(clock, "rest", 0.0)
    watch.timed("inner", Part(clock).inner)(3)
    watch.count("calls")
    watch.count("calls", 2)
    watch.stop()
    assert (watch.spent["inner"], watch.counts) == (3, {"calls": 3})
