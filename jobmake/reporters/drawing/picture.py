"""What is drawn, before it has a form: boxes, arrows, and what is told of each box.

Many instances of one target are put into one box, so that a big matrix can be read.
Invariant: all texts are printable; each form escapes them for itself.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from jobmake.reporters import as_json
from jobmake.reporters.drawing.look import FAILED, GROUP, LOOKS, STATES
from jobmake.reporters.text import because
from jobmake.tools.display import count, duration, one_line, printable
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobmake.model.decision import Outlook
    from jobmake.model.graph import Graph
    from jobmake.model.target import Target

MOST_INSTANCES = 12  # of one target that have a box each
_NAMES = 3  # outputs, or targets, that a hint names


class Seen(Value):
    """What is known of a target beyond the Jobfile. ``failed``: how its last run failed;
    ``seconds``: what its last good run took."""

    outlook: Outlook
    failed: str | None = None
    seconds: float | None = None

    @property
    def state(self) -> str:
        """The state in which the target is drawn."""
        if self.outlook.target.is_group:
            return GROUP
        return FAILED if self.failed else as_json.state(self.outlook)


class Box(Value):
    """One target, or the ``members`` of one family. ``states`` counts theirs, and is empty
    where states are not drawn. ``hint`` is shown when a pointer rests on the box."""

    name: str
    members: tuple[str, ...]
    is_group: bool
    hint: str
    states: Mapping[str, int]

    @property
    def state(self) -> str | None:
        """The state that asks most for attention."""
        return next((state for state in STATES if state in self.states), None)

    @property
    def lines(self) -> list[str]:
        """What stands in the box."""
        if self.state is None:
            return [self.name]
        lines = [f"{LOOKS[self.state].mark} {self.name}"]
        if len(self.members) > 1:
            counts = ((LOOKS[one].mark, self.states.get(one)) for one in STATES)
            lines.append("  ".join(f"{mark} {number}" for mark, number in counts if number))
        return lines


class Arrow(Value):
    """From what is needed to its user; ``after``: only its order counts."""

    tail: int
    head: int
    after: bool


class Picture(Value):
    """Boxes in topological order, and arrows between their positions."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def states(self) -> Mapping[str, int]:
        """How many targets are in each state, in the order of the legend."""
        total: Counter[str] = Counter()
        for box in self.boxes:
            total.update(box.states)
        order = sorted(STATES, key=lambda state: (state == GROUP, -STATES.index(state)))
        return {state: total[state] for state in order if total[state]}


def picture(
    graph: Graph,
    wanted: Sequence[str],
    seen: Mapping[str, Seen],
    *,
    every_instance: bool = False,
) -> Picture:
    """Return the picture of the wanted targets; ``seen`` is empty where states are not drawn."""
    families: dict[str, list[str]] = {}
    for name in wanted:
        families.setdefault(graph.targets[name].family, []).append(name)
    boxes: list[Box] = []
    place: dict[str, int] = {}
    for name in wanted:
        if name in place:
            continue
        family = families[graph.targets[name].family]
        members = [name] if every_instance or len(family) <= MOST_INSTANCES else family
        place.update(dict.fromkeys(members, len(boxes)))
        boxes.append(_box(graph, members, seen))
    return Picture(tuple(boxes), tuple(_arrows(graph, wanted, place)))


def plain_text(text: str) -> str:
    """Return a text that every form can hold: printable, and of characters that XML has."""
    return re.sub("[\ud800-\udfff\ufffe\uffff]", "�", printable(text))


def _box(graph: Graph, members: Sequence[str], seen: Mapping[str, Seen]) -> Box:
    first = graph.targets[members[0]]
    name = first.name if len(members) == 1 else f"{first.family} ({len(members)})"
    states = Counter(seen[one].state for one in members) if seen else {}
    hint = [first.doc] if first.doc else []
    if seen:
        one = seen[members[0]]
        hint += _facts(first, one) if len(members) == 1 else _counts(states)
    text = plain_text("\n".join(hint) or name)
    return Box(plain_text(name), tuple(members), first.is_group, text, states)


def _facts(target: Target, seen: Seen) -> list[str]:
    facts = []
    if target.outputs:
        facts.append(f"makes {_some(one.shown for one in target.outputs)}")
    if not target.is_group:
        facts.append(told_state(seen))
    if seen.seconds is not None:
        facts.append(f"its last good run took {duration(seen.seconds)}")
    return facts


def told_state(seen: Seen) -> str:
    """Return the state, and the first fact behind it."""
    from jobmake.model.decision import Stale, Undecided

    if seen.outlook.target.is_service and not seen.failed:
        return "a service"
    if seen.failed:
        return f"its last run {one_line(seen.failed)}"
    match seen.outlook.forecast:
        case Stale(reasons):
            return f"stale: {one_line(seen.outlook.trouble or '') or because(reasons)}"
        case Undecided(depends_on):
            return f"may be stale: depends on {_some(depends_on)}"
        case _:
            return "up to date"


def _counts(states: Mapping[str, int]) -> list[str]:
    return [f"{state}: {count(states[state], 'instance')}" for state in STATES if state in states]


def _some(names: Iterable[str]) -> str:
    listed = [f"`{one_line(name)}`" for name in names]
    more = len(listed) - _NAMES
    return ", ".join(listed[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _arrows(graph: Graph, wanted: Sequence[str], place: Mapping[str, int]) -> list[Arrow]:
    """Return an arrow per pair of boxes; that of several is dashed only if all are."""
    found: dict[tuple[int, int], bool] = {}
    for name in wanted:
        after = graph.targets[name].after
        for need in graph.needs[name]:
            ends = place[need], place[name]
            if ends[0] != ends[1]:
                found[ends] = found.get(ends, True) and need in after
    return [Arrow(tail, head, after) for (tail, head), after in found.items()]
