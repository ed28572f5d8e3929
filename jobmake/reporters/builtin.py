"""The reporters that ship with jobmake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Reporter
    from jobmake.reporters.style import Style

    # style, folder of the project, and what each target took in the past when asked
    MakeReporter = Callable[[Style, str, Callable[[], Mapping[str, float]]], Reporter]


def jobmake_reporters() -> Mapping[str, MakeReporter]:
    """Return the built-in reporters by name."""
    from jobmake.reporters.live import Live
    from jobmake.reporters.plain import Plain

    return {
        "plain": lambda style, root, _expected: Plain(style, root),
        "live": Live,
        "json": lambda _style, _root, _expected: _json_lines(),
    }


def _json_lines() -> Reporter:
    from jobmake.reporters.json_lines import JsonLines

    return JsonLines()
