"""A place: one name in the project, or outside, by which files that matter are reached.

Knows what is wanted at it and what the steps of a glob let through. Does not look at the disk.

Invariant: what `pins` counts are the wanted files, folders and globs at a place and below it;
a place without any is there because of a glob or a folder above it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jobmake.tools.pathnames import step_regex

if TYPE_CHECKING:
    from collections.abc import Iterable

# the steps of a glob that are left at a place; none at all: all that is below it is wanted
Steps = tuple[str, ...]
ALL: Steps = ()


class Place:
    """A name that leads to a folder, or by links to a file.

    ``leaves`` are the files wanted in it by name, ``asked`` the globs that begin here,
    ``inherited`` what is left of those that begin above, ``seen`` the entries that they match.
    ``hops`` are the folders and entries, links included, by which the place is reached from the
    one above; ``end`` is the folder that it is, if it is one.
    """

    __slots__ = (
        "asked", "children", "end", "entry", "hops", "inherited",
        "leaves", "linked", "name", "parent", "pins", "seen",
    )  # fmt: skip

    def __init__(self, name: str, parent: Place | None, entry: str) -> None:
        self.name, self.parent, self.entry = name, parent, entry
        self.children: dict[str, Place] = {}
        self.leaves: set[str] = set()
        self.asked: set[Steps] = set()
        self.inherited: frozenset[Steps] = frozenset()
        self.seen: set[str] = set()
        self.pins = 0
        self.hops: list[tuple[str, str]] = []
        self.end: str | None = None
        self.linked = False

    @property
    def patterns(self) -> frozenset[Steps]:
        """All globs of which steps are left here."""
        return self.inherited.union(self.asked) if self.asked else self.inherited

    @property
    def is_watched(self) -> bool:
        """Whether anything in it can matter."""
        return bool(self.leaves or self.asked or self.inherited or self.children)

    def named(self, entry: str) -> str:
        """Return the name of an entry."""
        if not self.name:
            return entry
        return self.name + entry if self.name == "/" else f"{self.name}/{entry}"

    def child(self, entry: str) -> Place:
        """Return the place of an entry; it is made if there is none."""
        found = self.children.get(entry)
        if found is None:
            found = self.children[entry] = Place(self.named(entry), self, entry)
        return found

    def is_attached(self) -> bool:
        """Say whether the place is still one of those that matter."""
        place: Place = self
        while place.parent is not None:
            if place.parent.children.get(place.entry) is not place:
                return False
            place = place.parent
        return True

    def leads_up(self, end: str) -> bool:
        """Say whether a folder, reached from here by a link, is one that led here from the
        folder that is wanted with all below it, or is above that."""
        place: Place | None = self
        while place is not None and place.end != end:
            if ALL in place.asked:
                return f"{place.end}/".startswith(end.rstrip("/") + "/")
            place = place.parent
        return place is not None

    def passes(self, entry: str) -> Passed:
        """Say what an entry is to the globs."""
        return _passed(self.patterns, entry)


# whether a file of that name matches; what is left in a folder of that name; and what is left
# if that is a link to a folder
Passed = tuple[bool, frozenset[Steps], frozenset[Steps]]
_NOTHING: Passed = (False, frozenset(), frozenset())
_WHOLE: Passed = (True, frozenset([ALL]), frozenset([ALL]))


def _passed(patterns: Iterable[Steps], entry: str) -> Passed:
    found = _NOTHING
    for steps in patterns:
        one = _WHOLE if steps == ALL else _onward(steps, entry)
        found = one if found is _NOTHING else _joined(found, one)
    return found


@lru_cache(maxsize=65536)
def _onward(steps: Steps, entry: str) -> Passed:
    step, rest = steps[0], steps[1:]
    if step == "**":
        found = _onward(rest, entry) if rest else _NOTHING
        if entry.startswith("."):
            return found
        return _joined(found, (not rest, frozenset([steps]), frozenset()))
    if not step_regex(step).fullmatch(entry):
        return _NOTHING
    if not rest:
        return True, frozenset(), frozenset()
    return False, frozenset([rest]), frozenset([rest])


def _joined(one: Passed, other: Passed) -> Passed:
    return one[0] or other[0], one[1] | other[1], one[2] | other[2]
