"""What is asked of a command before it is started: that there is its program, and that the
system takes it.

Knows words. Does not start anything.
"""

from __future__ import annotations

import os

from jobmake.model.errors import TargetError
from jobmake.tools.programs import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_ARGUMENT = 131_071  # bytes; what Linux takes for one argument
SURELY_TAKEN = 98_304  # bytes of a command, which Linux takes wherever it is; 4 make any letter


def program(name: str, search: str, what: str = "command") -> str:
    """Return the path of a program. Raises TargetError."""
    found = find_program(name, search)
    if found is None:
        raise TargetError(f"the {what} `{name}` is not found", "is it installed, and on the PATH?")
    return found


def refuse_too_long(steps: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
    """Raise TargetError for a command that the system would not take."""
    letters = sum(map(len, environment)) + sum(map(len, environment.values()))
    letters += sum(map(len, (word for words in steps for word in words)))
    if 4 * letters + 10 * len(environment) < SURELY_TAKEN:
        return
    variables = sum(map(_size, (*environment, *environment.values())))
    for words in steps:
        sizes = [_size(word) for word in words]
        # a pointer goes with each word and variable; a page is for what the kernel adds
        pointers = 10 * (len(words) + len(environment))
        most = os.sysconf("SC_ARG_MAX") - variables - pointers - 4096
        for size, limit in ((max(sizes), LONGEST_ARGUMENT), (sum(sizes), most)):
            if size > limit:
                raise TargetError(
                    f"the command has {size:,} bytes, and the system takes {limit:,}",
                    "let it read the names of its files from a file, or give it their folder",
                )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
