"""`jobmake completion`: a script by which a shell completes commands, options and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.commands.context import Context, write
from jobmake.tools.completion import FILES, FOLDERS, NOTHING, SHELLS, Option, Takes, Verb

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

# what a word may be, by how the help calls it; `complete_words` knows the kinds of names
KINDS: dict[str, Takes] = {
    "TARGET": "targets",
    "TARGET|RUN": "targets-and-runs",
    "RUN": "runs",
    "PROFILE": "profiles",
    "TAG": "tags",
    "FILE": FILES,
    "JOBFILE": FILES,
    "DIR": FOLDERS,
    "WHEN": ("auto", "always", "never"),
    "HOW": ("group", "live", "quiet"),
}


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb."""
    parser.add_argument("shell", choices=list(SHELLS), help="the shell that is to read it")


def run(context: Context) -> int:
    """Print the script; return the exit code."""
    verbs = [_verb(name, parser) for name, parser in context.parsers().items()]
    write(SHELLS[context.arguments.shell]("jobmake", verbs))
    return 0


def _verb(name: str, parser: argparse.ArgumentParser) -> Verb:
    options = []
    takes: Takes = None
    for action in parser._actions:
        if action.option_strings:
            text = (action.help or "").partition("%")[0]
            words = None if action.nargs == 0 else _takes(action)
            options.append(Option(tuple(action.option_strings), words, text))
        elif takes is None:
            takes = _takes(action)
    return Verb(name, parser.description or "", tuple(options), takes)


def _takes(action: argparse.Action) -> Takes:
    if action.choices:
        return tuple(map(str, action.choices))
    return KINDS.get(str(action.metavar), NOTHING)
