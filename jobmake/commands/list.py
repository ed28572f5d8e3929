"""`jobmake list`: the targets of the Jobfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument(
        "-a", "--all", action="store_true", default=default("ALL", False),
        help="show every instance of a matrix",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true",
                        help="every instance and what it is, for programs")  # fmt: skip


def run(context: Context) -> int:
    """Print a line per target; return the exit code."""
    from jobmake.tools.display import count, one_line

    graph = context.project().graph
    if context.arguments.json:
        from jobmake.reporters import as_json

        every = [name for names in graph.families.values() for name in names]
        write(as_json.document(targets=[as_json.target(graph, name) for name in every]))
        return 0
    rows: list[tuple[str, str]] = []
    for family, names in graph.families.items():
        target = graph.targets[names[0]]
        kind = "(service) " if target.is_service else ""
        if context.arguments.all:
            rows.extend((name, kind + target.doc) for name in names)
        else:
            known = ", as last known" if family in graph.provisional else ""
            instances = f"({count(len(names), 'instance')}{known}) " if target.matrix else ""
            if known and not target.matrix:
                instances = "(instances not known yet) "
            rows.append((family, instances + kind + target.doc))
    width = min(40, max((len(name) for name, _ in rows), default=0))
    for name, text in rows:
        write(f"{one_line(name):<{width}}  {one_line(text)}".rstrip() + "\n")
    return 0
