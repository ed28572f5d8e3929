"""The parser of argparse as jobmake uses it: its errors are ours, with a hint, and its help shows
the commands in full.

Knows options, not what they are for. Imported where plain words are not enough.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from jobmake.model.errors import UsageError
from jobmake.tools.hints import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print and end."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the words."""
        raise UsageError(message, f"`{self.prog} --help` shows what there is")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return what the words say; of an option that nobody has, say which may be meant."""
        given, unknown = self.parse_known_args(args, namespace)
        if not unknown:
            return given
        parser = next((one.choices[given.verb] for one in self._verbs()), self)
        name = unknown[0].partition("=")[0]
        long = [one for one in parser._option_string_actions if one[:2] == "--"]
        near = nearest(name[2:], (one[2:] for one in long)) if name[:2] == "--" else None
        hint = f"did you mean `--{near}`?" if near else None
        shown = f"`{parser.prog} --help` shows what there is"
        raise UsageError(f"unrecognized arguments: {' '.join(unknown)}", hint or shown)

    def _verbs(self) -> Iterator[Any]:
        for one in self._actions:
            if isinstance(one, argparse._SubParsersAction):
                yield one


class Help(argparse.RawDescriptionHelpFormatter):
    """Sets the verbs in as far as argparse does, which forgets it where it measures them."""

    def format_help(self) -> str:
        """Return the text."""
        self._action_max_length += 2
        return super().format_help()
