"""`jobmake init`: begin a project with a small Jobfile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.commands.context import Context

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


_STARTER = """\
# What is made from what: `jobmake build` makes it, `jobmake why greeting` says why.

[params]
word = "Hello"

[target.names]
doc = "Some names"
run = "printf '%s\\n' Ada Grace Katherine > {outputs}"
outputs = ["build/names.txt"]

[target.greeting]
doc = "A greeting for each: change `word` above and build again"
run = "while read -r name; do echo {params.word} \\"$name\\"; done < {inputs} > {outputs}"
inputs = ["@names"]
outputs = ["build/greeting.txt"]
"""


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """This verb has no options of its own."""


def run(context: Context) -> int:
    """Write the Jobfile; an existing one is left alone. Return the exit code."""
    import sys

    from jobmake.model.errors import UsageError, state_error

    name = context.arguments.jobfile or "Jobfile.toml"
    path = os.path.join(context.arguments.directory, name)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(_STARTER)
    except FileExistsError:
        raise UsageError(f"there is a `{name}` here already", "it is left as it is") from None
    except OSError as error:
        raise state_error(error, "write") from None
    print(f"wrote {name}: try `jobmake build`, and `jobmake list`", file=sys.stderr)
    return 0
