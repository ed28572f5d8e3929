"""`jobmake plugins`: the plugins that are used, what each contributes, and what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping

    from jobmake.plugins.registry import PluginFacts
    from jobmake.reporters.style import Style


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("--json", action="store_true", help="the same, for programs")


def run(context: Context) -> int:
    """Print what each plugin contributes; return the exit code."""
    import sys

    from jobmake.project.plugins import plugins_of
    from jobmake.tools.value import asdict

    given = context.arguments
    used, installed = plugins_of(context.settings(), own=given.verbose)
    if given.json:
        from jobmake.reporters import as_json

        write(as_json.document(plugins=[_told(one) for one in used],
                               installed=[asdict(one) for one in installed]))  # fmt: skip
        return 0
    style = context.style(sys.stdout)
    for one in used:
        for line in _lines(one, style):
            write(line + "\n")
    if not used:
        write("no plugins are used: `[project] plugins` names those that are\n")
    ours = [one.name for one in installed if one.distribution == "jobmake"]
    names = [
        f"{one.name} ({one.distribution} {one.version})"
        for one in installed
        if one.name not in ours
    ]
    if names:
        write(f"installed, not used: {', '.join(names)}\n")
    if ours and given.verbose:
        write(f"come with jobmake, not used: {', '.join(ours)}\n")
    return 0


def _told(one: PluginFacts) -> Mapping[str, Any]:
    return {
        "name": one.name,
        "written": one.written,
        "source": one.source,
        "distribution": one.distribution,
        "version": one.version,
        "contributes": {name: list(given) for name, given in one.given.items()},
        "trouble": one.trouble,
    }


def _lines(one: PluginFacts, style: Style) -> Iterator[str]:
    from jobmake.plugins.registry import SETS
    from jobmake.tools.display import one_line

    of = f" of {one.distribution} {one.version}" if one.distribution else ""
    yield f"{style.paint(one_line(one.name), 'bold')} ({one_line(one.source)}{of})"
    if one.trouble:
        yield f"  {style.paint('not loaded:', 'red')} {one_line(one.trouble)}"
    for name, given in one.given.items():
        what = SETS[name][2] if name in SETS else name
        yield f"  {what:<10} {', '.join(map(one_line, given))}"
    if not (one.trouble or one.given):
        yield "  contributes nothing here"
