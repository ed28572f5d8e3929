"""What is wrong with a declared value, told by who knows what it means.

Knows a place below a key or a target. Does not know files of text: `jobfile/problems` finds
the line.
"""

from __future__ import annotations

from jobmake.tools.value import Value

Steps = tuple["str | int", ...]


class Fault(Value):
    """What is wrong with a value: where it is, what, and a hint.

    ``steps`` lead to it, from the key that is looked at, or from the target: `("with",
    "image")`. ``message`` goes on behind its name: `must be a text`. With ``of_name`` it is not
    the value there that is wrong, but the name it has.
    """

    steps: Steps
    message: str
    hint: str | None = None
    of_name: bool = False
