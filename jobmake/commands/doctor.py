"""`jobmake doctor`: what is odd about the project, its files and this machine. Writes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write
from jobmake.tools.value import asdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from jobmake.doctor.finding import Finding
    from jobmake.reporters.style import Style


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument(
        "--check", action="store_true", default=default("CHECK", False),
        help="end with exit code 1 if anything but advice is found",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="every finding, for programs")


def run(context: Context) -> int:
    """Print the findings; return the exit code."""
    from jobmake.doctor.examine import examine
    from jobmake.reporters import as_json

    given = context.arguments
    found = list(examine(context.project()))
    if given.json:
        write(as_json.document(findings=[asdict(one) for one in found]))
    elif not given.quiet:
        style = context.style(sys.stdout)
        for one in found:
            write(_told(one, style) + "\n")
        write(style.paint(f"found {len(found)}" if found else "found nothing", "bold") + "\n")
    wrong = any(not one.advice for one in found)
    return 1 if given.check and wrong else 0


def _told(one: Finding, style: Style) -> str:
    from jobmake.tools.display import one_line

    place = style.paint(f"{one_line(one.place)}:", "blue")
    hint = style.paint("hint:", "green", "bold")
    return f"{place} {one_line(one.fact)}\n  {hint} {one_line(one.hint)}"
