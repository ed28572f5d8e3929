"""When a build is killed: at any moment of it, however quick the machine is just then.

    moments = Moments(chance, seconds_of_a_build)
    for turn in moments.turns(20):
        ended = a build ended by itself within moments.next()
        moments.met(running=not ended)

Knows which kills fell into a build. Does not know how builds are killed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator


class Moments:
    """``within`` counts the kills that met a build that ran."""

    def __init__(self, chance: random.Random, seconds: float) -> None:
        self._chance, self._longest = chance, seconds
        self.within = 0

    def turns(self, rounds: int) -> Iterator[int]:
        """Count rounds: that many, and as many more as it takes until half as many met a build:
        kills between builds prove nothing."""
        turn = 0
        while turn < rounds or self.within < rounds // 2:
            yield turn
            turn += 1

    def next(self) -> float:
        """Return after how many seconds to kill the next one."""
        return self._chance.uniform(0, self._longest)

    def met(self, *, running: bool) -> None:
        """Learn from a kill: about two of three are to meet a build."""
        self.within += running
        self._longest *= 1.25 if running else 0.6
