"""Who waits for room, and when there is something to do about it."""

from __future__ import annotations

from jobmake.engine.queue import Queue, Queued
from jobmake.engine.slots import CPU, Slots


def queued(name: str, cpus: int = 1) -> Queued:
    return Queued((), name, (), ((CPU, cpus),))


def test_what_has_no_room_now_is_not_asked_for_again_and_again() -> None:
    queue = Queue(Slots(2, {}))
    for one in (queued("a"), queued("b", cpus=2), queued("c")):
        queue.push(one)
    taken = queue.pop()
    assert taken is not None

    assert not queue.has_next()  # one is free, and `b`, which is next, takes two
    queue.give_back(taken[1])
    assert queue.has_next()


def test_what_was_taken_back_is_in_nobodys_way() -> None:
    queue = Queue(Slots(2, {}))
    for one in (queued("a"), queued("b", cpus=2), queued("c")):
        queue.push(one)
    assert queue.pop() is not None
    queue.remove("b")

    assert queue.has_next()
    taken = queue.pop()
    assert taken is not None
    assert taken[0].name == "c"


def test_once_there_are_many_no_more_are_found_until_there_are_few() -> None:
    queue = Queue(Slots(1, {}))
    queue.push(queued("first"))
    taken = queue.pop()
    assert taken is not None
    count = 0
    while not queue.is_long:
        queue.push(queued(f"{count:03}"))
        count += 1

    queue.give_back(taken[1])
    assert not queue.is_long  # there is room: whatever is ready may be more urgent
