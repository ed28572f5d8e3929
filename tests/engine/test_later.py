"""What is put off, and what was seen a moment ago, by a clock that the test holds."""

from __future__ import annotations

from functools import partial

from jobmake.engine.justseen import JustSeen
from jobmake.engine.later import Later
from jobmake.engine.sight import Sight
from jobmake.model.fingerprint import Fingerprint

SIGHT = Sight(Fingerprint({}), (), ())


class Hours:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def nothing() -> bool:
    """Nothing happens meanwhile."""
    return False


def test_where_there_is_time_the_first_is_done_at_once() -> None:
    later, done = Later(Hours()), list[str]()
    for name in "abc":
        later.put_off(name, partial(done.append, name))

    assert later.patience(busy=False) == 0
    assert later.do_due()
    assert done == ["a"]


def test_where_there_is_none_it_waits_until_there_is_a_row() -> None:
    later, done = Later(Hours()), list[str]()
    while later.patience(busy=True) != 0:
        assert not later.do_due(nothing)
        later.put_off(str(len(done)), partial(done.append, "early"))
        done.append("put off")

    assert "early" not in done
    assert later.do_due(nothing)
    assert done.count("early") == done.count("put off")
    assert later.patience(busy=True) is None


def test_a_row_ends_where_something_happens() -> None:
    later, done = Later(Hours()), list[int]()
    put_off = 0
    while later.patience(busy=True) != 0:
        later.put_off(str(put_off), partial(done.append, put_off))
        put_off += 1

    assert later.do_due(lambda: len(done) == 3)
    assert done == [0, 1, 2]
    assert later.patience(busy=True) != 0  # the next row is to be as long
    later.do_all()
    assert done == list(range(put_off))


def test_it_does_not_wait_for_long() -> None:
    clock, done = Hours(), list[str]()
    later = Later(clock)
    later.put_off("a", partial(done.append, "a"))

    wait = later.patience(busy=True)
    assert wait
    clock.now += wait
    later.put_off("b", partial(done.append, "b"))
    assert later.do_due(lambda: True)
    assert done == ["a"]
    assert later.patience(busy=True) == wait


def test_of_one_name_the_first_is_done_before_the_second_is_put_off() -> None:
    later, done = Later(Hours()), list[str]()
    later.put_off("a", partial(done.append, "first"))
    later.put_off("b", partial(done.append, "other"))
    later.put_off("a", partial(done.append, "second"))
    assert done == ["first"]

    later.do_of("a")
    later.do_of("a")
    later.do_all()
    assert done == ["first", "second", "other"]


def test_what_was_seen_counts_once_and_for_a_moment_only() -> None:
    clock = Hours()
    seen = JustSeen(clock)
    seen.put("a", SIGHT)
    assert seen.take("a") is SIGHT
    assert seen.take("a") is None

    seen.put("a", SIGHT)
    clock.now += 1
    assert seen.take("a") is None


def test_what_was_seen_before_a_run_ended_counts_no_more() -> None:
    seen = JustSeen(Hours())
    seen.put("a", SIGHT)
    seen.forget()
    assert seen.take("a") is None
