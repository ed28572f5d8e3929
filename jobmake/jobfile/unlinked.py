"""Targets with everything filled in but who is meant by the names in them.

Knows values only: `expand` makes them, `link` resolves the names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.jobfile.problems import Path
    from jobmake.model.target import FilePattern, Target


@dataclass(frozen=True, slots=True)
class Reference:
    """An input written `@target` or `@target:name`; its role and place are the input's."""

    role: str
    text: str  # without the `@`
    place: Path


@dataclass(frozen=True, slots=True)
class UnlinkedTarget:
    """A Target whose needs and `@target` inputs are still texts.

    ``needs`` and ``after`` hold (text, place); ``inputs`` and ``sources`` hold
    FilePatterns and References in declared order. Names mean targets that begin with
    ``prefix`` first, then any.
    """

    target: Target
    inputs: tuple[FilePattern | Reference, ...]
    sources: tuple[FilePattern | Reference, ...]
    needs: tuple[tuple[str, Path], ...]
    after: tuple[tuple[str, Path], ...]
    prefix: str = ""
