"""What tells of happenings in folders: the contract of `notify` and `polling`.

Invariant: a happening says where something happened, never what is there now; who wants to
know looks.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class What(Enum):
    """What happened in a watched folder."""

    WRITTEN = auto()  # an entry's content or attributes changed
    REPLACED = auto()  # an entry came, went, or is another one
    GUARDED = auto()  # the permissions of a folder in it, or its times, changed
    ENDED = auto()  # the folder itself is gone, and no more will be told of it
    LOST = auto()  # happenings were lost, wherever


class Happening(NamedTuple):
    """Something happened to entry ``name`` of the folder of watch ``watch``."""

    watch: int
    name: str
    what: What


class Source(Protocol):
    """Watches folders, each alone, without what is below them."""

    def add(self, path: str, *, whole: bool) -> int:
        """Watch a folder, or a file; return the number of the watch, the same for the same
        folder. Unless ``whole``, only coming and going need be told. Raises OSError: ENOSPC,
        EMFILE and ENOMEM say that there is no room for it."""

    def remove(self, watch: int) -> None:
        """End a watch."""

    def fileno(self) -> int:
        """Return what is readable when there may be something to take."""

    def take(self) -> Sequence[Happening]:
        """Return what happened since the last time; never wait."""

    def close(self) -> None:
        """End all watches at once."""
