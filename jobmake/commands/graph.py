"""`jobmake graph`: who needs whom, as a tree, for Graphviz, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence

    from jobmake.model.graph import Graph
    from jobmake.model.target import FilePattern

JSON_VERSION = 1
DEEPEST = 30  # levels of the tree; what lies deeper begins again at the margin


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="only these, and all they need"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--dot", action="store_true", help="the language of Graphviz")
    form.add_argument("--json", action="store_true", help="everything, for programs")


def run(context: Context) -> int:
    """Print the graph; return the exit code."""
    project = context.project()
    wanted = project.plan(context.arguments.targets).wanted
    lines: Iterator[str]
    if context.arguments.dot:
        lines = dot(project.graph, wanted)
    elif context.arguments.json:
        lines = iter([json.dumps(as_json(project.graph, wanted), indent=2, ensure_ascii=False)])
    else:
        lines = tree(project.graph, wanted)
    for line in lines:
        write(line + "\n")
    return 0


def tree(graph: Graph, wanted: Sequence[str]) -> Iterator[str]:
    """Yield the tree from what nobody uses down to what needs nothing; a part that was
    shown before is not shown again."""
    from jobmake.tools.display import one_line

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


def dot(graph: Graph, wanted: Sequence[str]) -> Iterator[str]:
    """Yield the graph in Graphviz's language; arrows go from what is needed to its user."""
    yield "digraph jobmake {"
    yield '  rankdir="LR";'
    yield '  node [shape="box", style="rounded", fontname="sans-serif"];'
    for name in wanted:
        target = graph.targets[name]
        attributes = {"label": name, "tooltip": target.doc or name}
        if target.is_group:
            attributes["style"] = "rounded,dashed"
        inner = ", ".join(f"{key}={_dot_text(text)}" for key, text in attributes.items())
        yield f"  {_dot_id(name)} [{inner}];"
    for name in wanted:
        target = graph.targets[name]
        for need in graph.needs[name]:
            dashed = ' [style="dashed"]' if need in target.after else ""
            yield f"  {_dot_id(need)} -> {_dot_id(name)}{dashed};"
    yield "}"


def as_json(graph: Graph, wanted: Sequence[str]) -> dict[str, Any]:
    """Return the graph as JSON holds it, in topological order."""
    return {
        "version": JSON_VERSION,
        "targets": [
            {
                "name": name,
                "family": target.family,
                "type": target.job_type or "group",
                "doc": target.doc,
                "matrix": {axis: _plain(value) for axis, value in target.matrix},
                "inputs": _paths(target.inputs),
                "sources": _paths(target.sources),
                "outputs": _paths(target.outputs),
                "needs": list(graph.needs[name]),
                "after": list(target.after),
            }
            for name in wanted
            for target in [graph.targets[name]]
        ],
    }


def _paths(patterns: tuple[FilePattern, ...]) -> list[str]:
    return [pattern.shown for pattern in patterns]


def _plain(value: object) -> object:
    """JSON has no dates, infinities or NaN: they are told as TOML writes them."""
    from jobmake.tools.tomltext import value as toml_value

    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return toml_value(value)


def _dot_id(name: str) -> str:
    """Quote an identifier: only a quotation mark is escaped; a backslash at the end, or
    before a mark, would escape what follows it, so backslashes are doubled."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dot_text(text: str) -> str:
    """Quote a label, in which a backslash begins an escape, and `&` an entity of HTML."""
    return _dot_id(text.replace("&", "&amp;")).replace("\n", "\\n")
