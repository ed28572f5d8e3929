"""How a function is called with what it names, and with a row for its `*args`.

Knows signatures. Does not know where values come from.

Invariant: each value arrives at the name it was given for, whatever stands before `*args`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def call(function: Callable[..., Any], named: Mapping[str, Any], row: Sequence[Any]) -> Any:
    """Call a function with arguments by name, and with ``row`` as its `*args`."""
    if not row:
        return function(**named)
    rest = dict(named)
    before = []  # Python can give these by position only, as something comes behind them
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            break
        before.append(rest.pop(one.name, one.default))
    return function(*before, *row, **rest)
