"""Workflows of Job classes as text: a tree, and Graphviz's language.

Knows classes and their parents only.

Invariant: each class is visited once, so a ladder of diamonds takes no longer than its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.python.making import parents_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def as_text(kind: type[Any], level: int = 0) -> str:
    """Return a tree, a class a line. What is above a class is shown where it is met first;
    further on the line ends with `…`."""
    lines: list[str] = []
    seen: set[type] = set()
    todo = [(kind, level)]
    while todo:
        one, depth = todo.pop()
        above = parents_of(one)
        again = one in seen and bool(above)
        lines.append(f"{'  ' * depth}{one.name}{' …' if again else ''}\n")
        if not again:
            seen.add(one)
            todo.extend((parent, depth + 1) for parent in reversed(above))
    return "".join(lines)


def as_dot(kind: type[Any]) -> str:
    """Return a digraph from parents to children."""
    lines = ["digraph workflow {", "  rankdir=LR;"]
    seen: set[type] = {kind}
    todo = [kind]
    while todo:
        one = todo.pop()
        lines.append(f"  {_quoted(one.name)};")
        for parent in parents_of(one):
            lines.append(f"  {_quoted(parent.name)} -> {_quoted(one.name)};")
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return "\n".join((*lines, "}")) + "\n"


def upwards(job: Any) -> Iterator[Any]:
    """Yield a job and all above it, each once, parents before their children."""
    seen: set[int] = set()
    todo = [(job, False)]
    while todo:
        one, is_open = todo.pop()
        if is_open:
            yield one
        elif id(one) not in seen:
            seen.add(id(one))
            todo.append((one, True))
            todo.extend((parent, False) for parent in reversed(one._parents.values()))


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
