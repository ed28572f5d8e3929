"""The graph as a tree of text, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.tools.display import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.model.graph import Graph

DEEPEST = 30  # levels of the tree; what lies deeper begins again at the margin


def tree(graph: Graph, wanted: Sequence[str]) -> Iterator[str]:
    """Yield the tree from what nobody uses down to what needs nothing; a part that was
    shown before is not shown again."""
    members = set(wanted)
    tops = [name for name in wanted if not any(user in members for user in graph.users[name])]
    todo = [(name, "", "", 0) for name in reversed(tops)]
    shown: set[str] = set()
    later: list[str] = []
    while todo or later:
        if not todo:
            todo = [
                (name, "", "", 0) for name in reversed(dict.fromkeys(later)) if name not in shown
            ]
            later = []
            continue
        name, lead, below, depth = todo.pop()
        needs = graph.needs[name]
        again = name in shown and bool(needs)
        deep = depth == DEEPEST and bool(needs) and not again
        yield lead + one_line(name) + (" (see above)" if again else " (see below)" if deep else "")
        if deep:
            later.append(name)
        elif not again:
            shown.add(name)
            for position, need in reversed(list(enumerate(needs))):
                last = position == len(needs) - 1
                branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
                todo.append((need, below + branch, below + stem, depth + 1))
