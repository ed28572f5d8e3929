"""A verb that is not jobmake's own: a command that a plugin of the project brings.

Knows where commands are looked for. What one does is its plugin's matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.commands.context import Context
from jobmake.model.errors import JobfileError, PluginError, UsageError
from jobmake.model.verbs import VERBS
from jobmake.tools.hints import did_you_mean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from jobmake.model.contracts import Command


def run(
    words: Sequence[str],
    context: Context,
    parser_of: Callable[[str, str], argparse.ArgumentParser],
) -> int:
    """Run the command that the first word names; return its exit code.

    ``context`` has the options that all commands share. ``parser_of`` makes a parser with them,
    for a verb and what it does. Raises UsageError where there is no such command.
    """
    from jobmake.library.project import Project

    given = context.arguments
    command = _found(words[0], context)
    parser = parser_of(command.name, command.doc)
    command.add_arguments(parser)
    arguments = parser.parse_args(list(words[1:]))
    project = Project(given.directory, given.jobfile, {}, given.profile, tuple(given.define))
    code = command.run(project, arguments)
    if code is not None and not isinstance(code, int):
        kind = type(code).__name__
        raise PluginError(
            f"the command `{command.name}` returned a `{kind}`, where an exit code must be",
            "it may also return nothing, which is 0",
        )
    return int(code or 0)


def _found(verb: str, context: Context) -> Command:
    near = did_you_mean(verb, VERBS)
    unknown = f"there is no command `{verb}`"
    try:
        project = context.project()
    except PluginError:
        if near:
            raise UsageError(unknown, near) from None
        raise
    except JobfileError as error:
        first = error.problems[0].message
        hint = near or f"plugins of the project cannot be asked for it: {first}"
        raise UsageError(unknown, hint) from None
    except UsageError:  # there is no project
        raise UsageError(unknown, near or "`jobmake --help` shows the commands") from None
    commands = project.registry.commands
    if verb in commands:
        return commands[verb]
    if project.left_out and not near:
        names = ", ".join(f"`{one}`" for one in project.left_out)
        raise UsageError(
            f"{unknown}; it may be in {names}, which you have not loaded yet",
            "plugins of a project are loaded when you have built it: `jobmake build`",
        )
    hint = did_you_mean(verb, [*VERBS, *commands]) or "`jobmake --help` shows the commands"
    raise UsageError(unknown, hint)
