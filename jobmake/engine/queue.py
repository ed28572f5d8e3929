"""The queue of targets to be run: the most urgent first, as far as there is room.

Knows ranks and amounts. Does not know targets' states, nor why one is to run.

Invariant: nothing is looked at twice for one start: what has no room in a pool waits apart,
until something of that pool is given back.
"""

from __future__ import annotations

import heapq

from jobmake.engine.slots import CPU
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.engine.slots import Amounts, Grant, Slots
    from jobmake.model.decision import Reason

_ENOUGH, _FEW = 64, 32  # that wait for room: when no more need be found, and when again
_AT_ONCE = 16  # of those that wait for memory are looked at again when some is given back

Rank = tuple[float, ...]


class Queued(Value):
    """A target that is to run. ``second`` after an input changed during the first run;
    ``seen`` are the files that the first named in its depfile. ``attempt`` counts the runs
    that failed before, and this one."""

    rank: Rank
    name: str
    reasons: tuple[Reason, ...] = field(compare=False)
    amounts: Amounts = field(compare=False, default=((CPU, 1),))
    attempt: int = field(compare=False, default=1)
    second: bool = field(compare=False, default=False)
    seen: Mapping[str, str] = field(compare=False, default_factory=dict)

    def __lt__(self, other: Queued) -> bool:
        return (self.rank, self.name) < (other.rank, other.name)


class Queue:
    """Holds what is to be run until there is room."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._urgent: list[Queued] = []
        self._parked: dict[str, list[Queued]] = {}
        self._wanted: dict[str, Queued] = {}  # others in the heaps were taken back
        self._is_long = False

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def push(self, one: Queued) -> None:
        """Put a target in."""
        self._wanted[one.name] = one
        heapq.heappush(self._urgent, one)

    def remove(self, name: str) -> bool:
        """Take a target back; say whether it was there."""
        return self._wanted.pop(name, None) is not None

    def next_rank(self) -> Rank | None:
        """Return the rank of the target that is to be started next, None if there is none."""
        return self._urgent[0].rank if self._urgent else None

    def has_next(self) -> bool:
        """Say whether `pop` may give something now."""
        while self._urgent and self._wanted.get(self._urgent[0].name) is not self._urgent[0]:
            heapq.heappop(self._urgent)
        return bool(self._urgent) and self._slots.short_of(self._urgent[0].amounts) != CPU

    @property
    def is_long(self) -> bool:
        """Whether so many wait for room that no more need be found now: many at a time are found
        more quickly."""
        count = len(self._urgent)
        self._is_long = count >= _ENOUGH or (self._is_long and count > _FEW)
        return self._is_long and self._slots.is_full

    def pop(self) -> tuple[Queued, Grant] | None:
        """Take the most urgent that there is room for, with what it was given; None if there
        is room for none."""
        while self._urgent:
            one = self._urgent[0]
            is_wanted = self._wanted.get(one.name) is one
            short = self._slots.short_of(one.amounts) if is_wanted else None
            if short == CPU:
                return None  # the next in turn waits for room, and nothing overtakes it
            heapq.heappop(self._urgent)
            if is_wanted and short is None:
                del self._wanted[one.name]
                return one, self._slots.take(one.amounts)
            if short is not None:
                heapq.heappush(self._parked.setdefault(short, []), one)
        return None

    def give_back(self, grant: Grant) -> None:
        """Free what a run was given, and look again at those that wait for it."""
        self._slots.free(grant)
        for name, amount in grant.amounts:
            parked = self._parked.get(name, [])
            for _ in range(min(len(parked), max(1, min(amount, _AT_ONCE)))):
                heapq.heappush(self._urgent, heapq.heappop(parked))
