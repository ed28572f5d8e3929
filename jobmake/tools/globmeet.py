"""Whether two globs can name one path.

Knows the rules of `pathnames`. Errs on the side of yes: names that begin with a dot, and
two sets of letters, are taken to meet.

Invariant: no recursion, and no state looked at twice, so the time is at most the product
of the two lengths.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.tools.pathnames import step_regex
from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TOKEN = regex(r"(?s)\*+|\[[^\]]+\]|.")


def globs_meet(one: str, other: str) -> bool:
    """Say whether there can be a path that both globs name."""
    return _meet(_steps(one), _steps(other), "**", _steps_meet)


def _steps(pattern: str) -> list[str]:
    steps = pattern.split("/")
    return [*steps, "*"] if steps[-1] == "**" else steps  # at the end it is one file at least


@lru_cache(maxsize=4096)
def _steps_meet(one: str, other: str) -> bool:
    return _meet(_tokens(one), _tokens(other), "*", _tokens_meet)


def _tokens(step: str) -> list[str]:
    return ["*" if token[0] == "*" else token for token in _TOKEN.findall(step)]


def _tokens_meet(one: str, other: str) -> bool:
    if len(one) > len(other):
        one, other = other, one
    if len(one) > 1 or "?" in (one, other):
        return True
    return one == other or (len(other) > 1 and bool(step_regex(other).fullmatch(one)))


def _meet(
    one: Sequence[str], other: Sequence[str], any_number: str, fit: Callable[[str, str], bool]
) -> bool:
    """Walk two sequences side by side; ``any_number`` stands for any number of items."""
    todo, seen = [(0, 0)], {(0, 0)}
    while todo:
        here, there = todo.pop()
        if here == len(one) and there == len(other):
            return True
        found = []
        if here < len(one) and one[here] == any_number:
            found = [(here + 1, there), *([(here, there + 1)] if there < len(other) else [])]
        elif there < len(other) and other[there] == any_number:
            found = [(here, there + 1), *([(here + 1, there)] if here < len(one) else [])]
        elif here < len(one) and there < len(other) and fit(one[here], other[there]):
            found = [(here + 1, there + 1)]
        todo.extend(state for state in found if state not in seen)
        seen.update(found)
    return False
