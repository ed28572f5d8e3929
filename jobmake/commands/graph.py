"""`jobmake graph`: who needs whom, as a tree, as a picture, or as JSON.

Knows what each form is to be given, and where it goes; the forms are drawn by
`reporters/drawing`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.memory.history import PastRun
    from jobmake.project import Project
    from jobmake.reporters.drawing.picture import Seen

SLOW = 1_000  # boxes, from which on Graphviz takes long
MOST_FOR_MERMAID = 500  # arrows that it draws unless it is told otherwise


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="only these, and all they need"
    )
    forms = parser.add_mutually_exclusive_group()
    add = forms.add_argument
    add("--dot", action="store_true", help="the language of Graphviz")
    add("--mermaid", action="store_true", help="the language of Mermaid, for pages of Markdown")
    add("--svg", action="store_true", help="a picture (needs Graphviz)")
    add("--html", action="store_true", help="a page to look around in (needs Graphviz)")
    add("--json", action="store_true", help="everything, for programs")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to this file")
    parser.add_argument(
        "--states", action=argparse.BooleanOptionalAction, default=None,
        help="whether to show what is stale (default: in --svg and --html)",
    )  # fmt: skip
    parser.add_argument(
        "-a", "--all", action="store_true", default=default("ALL", False),
        help="a box for every instance, also of a big matrix",
    )  # fmt: skip


def run(context: Context) -> int:
    """Print the graph, or write it to a file; return the exit code."""
    given, project = context.arguments, context.project()
    wanted = project.plan(given.targets).wanted
    with_states = given.svg or given.html if given.states is None else given.states
    seen: Mapping[str, Seen] = {}
    runs: Mapping[str, PastRun] = {}
    if with_states:
        runs = {name: found[0] for name, found in project.past_runs().newest(1).items()}
        seen = _seen(project, wanted, context)
    if given.json:
        text = _json(project, wanted, seen, runs)
    elif given.dot or given.mermaid or given.svg or given.html:
        text = _drawn(project, wanted, seen, runs, given)
    else:
        from jobmake.reporters.drawing.tree import tree

        text = "".join(line + "\n" for line in tree(project.graph, wanted))
    if given.output is None:
        write(text)
    else:
        _save(text, given.output)
    return 0


def _seen(project: Project, wanted: Sequence[str], context: Context) -> dict[str, Seen]:
    """Return what there is to tell of each target. Writes nothing."""
    from jobmake.reporters.drawing.picture import Seen

    judge = project.judge()
    outlooks = project.forecast(wanted, context.plain(project).handle, judge=judge)
    seconds = project.past_runs().seconds(wanted)
    seen = {}
    for outlook in outlooks:
        name = outlook.target.name
        trouble = judge.records.trouble(name) or ""
        failed = trouble if trouble.startswith("failed") else None
        seen[name] = Seen(outlook, failed, seconds.get(name))
    return seen


def _drawn(
    project: Project,
    wanted: Sequence[str],
    seen: Mapping[str, Seen],
    runs: Mapping[str, PastRun],
    given: argparse.Namespace,
) -> str:
    from jobmake.reporters.drawing.picture import picture

    drawing = picture(project.graph, wanted, seen, every_instance=given.all)
    if given.dot:
        from jobmake.reporters.drawing.dot import dot

        return "".join(line + "\n" for line in dot(drawing))
    if given.mermaid:
        from jobmake.reporters.drawing.mermaid import mermaid

        if len(drawing.arrows) > MOST_FOR_MERMAID:
            _note(
                f"Mermaid draws {MOST_FOR_MERMAID} arrows at most, if `maxEdges` is not set", given
            )
        return "".join(line + "\n" for line in mermaid(drawing))
    from jobmake.reporters.drawing.svg import svg

    if len(drawing.boxes) > SLOW:
        _note(f"Graphviz takes long for {len(drawing.boxes)} boxes: name those to be drawn", given)
    if given.svg:
        return svg(drawing)
    from jobmake.reporters.drawing.page import page

    title = project.jobfile.name or project.jobfile.shown
    details = {name: _details(project, name, seen, runs) for name in wanted}
    return page(title, drawing, svg(drawing, for_page=True), details)


def _json(
    project: Project,
    wanted: Sequence[str],
    seen: Mapping[str, Seen],
    runs: Mapping[str, PastRun],
) -> str:
    from jobmake.reporters import as_json

    if not seen:
        return as_json.document(targets=[as_json.target(project.graph, name) for name in wanted])
    return as_json.document(targets=[_told(project, name, seen, runs) for name in wanted])


def _told(
    project: Project, name: str, seen: Mapping[str, Seen], runs: Mapping[str, PastRun]
) -> dict[str, Any]:
    """Return a target with its state, and its last run here."""
    from jobmake.reporters import as_json

    told = {**as_json.target(project.graph, name), **as_json.outlook(seen[name].outlook)}
    last = runs.get(name)
    told["last_run"] = None
    if last is not None:
        told["last_run"] = {
            "run_id": str(last.id), "started": last.started, "seconds": last.seconds,
            "ended": last.ended, "log": last.log,
        }  # fmt: skip
    return told


def _details(
    project: Project, name: str, seen: Mapping[str, Seen], runs: Mapping[str, PastRun]
) -> dict[str, Any]:
    """Return what the page tells of a target."""
    from jobmake.engine.remember import command_of
    from jobmake.reporters import as_json

    target = project.graph.targets[name]
    told = _told(project, name, seen, runs) if seen else as_json.target(project.graph, name)
    if seen:
        told["state"] = seen[name].state
    command = ""
    if target.job_type is not None:
        command = command_of(project.registry.job_types[target.job_type], target.settings)
    return {**told, "command": command}


def _note(text: str, given: argparse.Namespace) -> None:
    import sys

    if not given.quiet:
        print(f"note: {text}", file=sys.stderr)


def _save(text: str, path: str) -> None:
    from jobmake.model.errors import state_error

    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise state_error(error, "write") from None
