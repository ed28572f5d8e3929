"""Decisions: is a target up to date, and if not, why not.

A Decision is a value, never a bool. `Undecided` is for looking ahead only: what a
target upstream will make is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.model.fingerprint import SECRET

if TYPE_CHECKING:
    from jobmake.model.target import Target

# What a part is to the reader, where that is not its kind.
_NOUNS = {"env": "variable", "matrix": "matrix value", "result": "result of", "action": "command"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that makes a target stale.

    ``kind`` is that of a fingerprint's part, ``output``, or ``it`` for the target itself;
    ``what`` ends the sentence that begins with them. ``old`` and ``new`` are TOML values
    (or a command's text), absent where there was or is none.
    """

    kind: str
    name: str
    what: str
    old: str | None = None
    new: str | None = None

    def __str__(self) -> str:
        noun = _NOUNS.get(self.kind, self.kind)
        subject = f"{noun} `{self.name}`" if self.name else noun
        return f"{subject} {self.what}{self._values()}"

    def _values(self) -> str:
        if self.old is None and self.new is None:
            return ""
        if self.old is None:
            return f": {_shown(self.new)}"
        if self.new is None:
            return f": was {_shown(self.old)}"
        return f" {_shown(self.old)} -> {_shown(self.new)}"


@dataclass(frozen=True, slots=True)
class Fresh:
    """Up to date."""


@dataclass(frozen=True, slots=True)
class Stale:
    """To be built, for these reasons (at least one)."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Up to date or stale, depending on what these targets will make."""

    depends_on: tuple[str, ...]


Decision = Fresh | Stale
Forecast = Fresh | Stale | Undecided


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known beforehand of one target. ``trouble`` says why it cannot be built."""

    target: Target
    forecast: Forecast
    trouble: str | None = None


def _shown(value: str | None) -> str:
    if value is None or value.startswith(f'"{SECRET}'):
        return "***"
    return value
