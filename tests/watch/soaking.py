"""Random edits under the eyes of a real `jobmake watch`: what `bench/soak` and a test share.

Knows that all is seen when an edit that was made last was built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.watch.rig import watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support import Space
    from tests.watch.rig import Watch
    from tests.watch.soak import Soak

MARK = "src/kept.txt"  # is always there, and read by a target of its own
_ENDED = ("target_built", "target_restored")


def soak_a_watch(
    space: Space, soak: Soak, edits: int, each: Callable[[int], None] = lambda _: None
) -> None:
    """Make so many edits while a watch goes on; check now and then, and at the end, that its
    outputs equal a clean build's. ``each`` is told how many were made."""
    soak.begin()
    try:
        with watching(space, "--no-cache", "-j2") as watch:
            watch.rests()
            for number in range(1, edits + 1):
                soak.edit()
                if soak.chance.random() < 0.5 or number == edits:
                    settle(space, watch, number)
                    if number % 10 == 0 or number == edits:
                        soak.check()
                each(number)
    except BaseException:
        print("\n".join(soak.log))
        raise


def settle(space: Space, watch: Watch, number: int) -> None:
    """Wait until all that was edited is built."""
    space.write(MARK, f"mark {number}\n")
    while True:
        told = watch.rests()
        for one in told.events:
            if one["event"] in _ENDED and MARK in one["target"]:
                return
