"""Work that a process of its own does, forked from this one: what it gives comes by a pipe.

Knows processes and bytes. Does not know the work. It is for work that only looks, and that can
be done here just as well.

Invariant: what is given back is all that the work gave, or None; no process is left behind.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # the fast path may need it, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, TypeVar

    Ours = TypeVar("Ours")


def both(ours: Callable[[], Ours], theirs: Callable[[], bytes]) -> tuple[Ours, bytes | None]:
    """Return what is done here, and what the other process gave meanwhile: None where that did
    not go well."""
    answer, told = os.pipe()
    helper = os.fork()
    if not helper:
        _tell_and_end(told, theirs)
    os.close(told)
    try:
        with open(answer, "rb") as answers:  # closed by the time that we wait: it may be writing
            found, more = ours(), answers.read()
    finally:
        ended = os.waitpid(helper, 0)[1]
    return found, None if ended else more


def aside(work: Callable[[], bytes]) -> bytes | None:
    """Return what work gives of which nothing is to be left in this process, None where it did
    not go well."""
    return both(lambda: None, work)[1]


def _tell_and_end(told: int, work: Callable[[], bytes]) -> NoReturn:
    try:
        with open(told, "wb") as answers:
            answers.write(work())
        os._exit(0)
    finally:
        os._exit(1)
