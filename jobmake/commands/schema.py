"""`jobmake schema`: a JSON Schema of the Jobfile, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """This verb has no options of its own."""


def run(context: Context) -> int:
    """Print the schema; return the exit code."""
    from jobmake.jobfile.json_schema import json_schema

    write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
