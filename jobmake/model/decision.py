"""Decisions: is a target up to date, and if not, why not.

A Decision is a value, never a bool. `Undecided` is for looking ahead only: what a
target upstream will make is not known yet.
"""

from __future__ import annotations

from jobmake.model.fingerprint import SECRET, UNSET
from jobmake.model.secrets import MASK
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.fingerprint import Claim
    from jobmake.model.target import Target

# What a part is to the reader, where that is not its kind.
_NOUNS = {"env": "variable", "matrix": "matrix value", "result": "result of", "action": "command",
          "discovered": "file", "file": "own file"}  # fmt: skip


class Reason(Value):
    """One fact that makes a target stale.

    ``kind`` is that of a fingerprint's part, ``output``, ``value``, ``file`` (an own one), or
    ``it`` for the target itself; ``what`` ends the sentence that begins with them. ``old`` and
    ``new`` are TOML values (or a command's text), absent where there was or is none.
    ``must_run``: what the cache holds does not help.
    """

    kind: str
    name: str
    what: str
    old: str | None = None
    new: str | None = None
    must_run: bool = False

    def __str__(self) -> str:
        noun = _NOUNS.get(self.kind, self.kind)
        subject = f"{noun} `{self.name}`" if self.name else noun
        return f"{subject} {self.what}{self._values()}"

    def _values(self) -> str:
        match self.old, self.new:
            case None, None:
                return ""
            case None, str(new):
                return f": {self._shown(new)}"
            case str(old), None:
                return f": was {self._shown(old)}"
            case old, new:
                return f" {self._shown(str(old))} -> {self._shown(str(new))}"

    def _shown(self, value: str) -> str:
        if value.startswith(f'"{SECRET}'):
            return MASK
        return "unset" if self.kind == "env" and value == UNSET else value


FORCED = Reason("it", "", "was forced to run", must_run=True)


class Fresh(Value):
    """Up to date."""


class Stale(Value):
    """To be built, for these reasons (at least one)."""

    reasons: tuple[Reason, ...]


class Undecided(Value):
    """Up to date or stale, depending on what these targets will make."""

    depends_on: tuple[str, ...]


Decision = Fresh | Stale
Forecast = Fresh | Stale | Undecided


class Outlook(Value):
    """What is known beforehand of one target. ``trouble`` says why it cannot be built,
    ``claim`` who accepted what its record says, ``run`` the id of the run that another process
    makes of it at this moment. ``provisional``: whether there is such an instance depends on
    what others will make. ``restores``: the cache has what a run would make. Of a service
    ``starts`` is `would` or `may` where a run needs it; it is never stale nor up to date."""

    target: Target
    forecast: Forecast
    trouble: str | None = None
    claim: Claim | None = None
    run: str | None = None
    provisional: bool = False
    restores: bool = False
    starts: str = ""
