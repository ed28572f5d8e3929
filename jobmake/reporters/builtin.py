"""The reporters that ship with jobmake.

Invariant: one that is not made is not imported.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Reporter
    from jobmake.reporters.reporting import Reporting

    MakeReporter = Callable[[Reporting], Reporter]

_CLASSES = {
    "plain": "plain:Plain",
    "live": "live:Live",
    "json": "json_lines:JsonLines",
    "junit": "junit:JUnit",
    "github": "github:GitHub",
    "trace": "trace:Trace",
}


def jobmake_reporters() -> Mapping[str, MakeReporter]:
    """Return the built-in reporters by name."""
    return {name: _maker(where) for name, where in _CLASSES.items()}


def _maker(where: str) -> MakeReporter:
    def make(reporting: Reporting) -> Reporter:
        module, _, name = where.partition(":")
        full = f"jobmake.reporters.{module}"
        __import__(full)  # `importlib` takes a quarter of a millisecond itself
        made: Reporter = getattr(sys.modules[full], name)(reporting)
        return made

    return make
