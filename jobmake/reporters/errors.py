"""Errors as people read them: place, fact, hint.

error: target `train` needs `prepare_data`, which is not in the Jobfile
  --> Jobfile.toml:14
14 | needs = ["prepare_data"]
   |          ^^^^^^^^^^^^^^
hint: did you mean `prepare-data`?
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.errors import JobfileError, JobmakeError, Problem
from jobmake.model.secrets import without_users
from jobmake.tools.display import one_line, printable

if TYPE_CHECKING:
    from jobmake.reporters.style import Style

SHOWN_AT_MOST = 20  # problems; more than that nobody reads at once
_WIDTH = 100


def render(error: JobmakeError, style: Style) -> str:
    """Return the whole text of an error, without a newline at its end."""
    if not isinstance(error, JobfileError):
        return _block(error.message, None, error.hint, style)
    shown = error.problems[:SHOWN_AT_MOST]
    blocks = [_problem(problem, style) for problem in shown]
    more = len(error.problems) - len(shown)
    if more:
        blocks.append(f"and {more} more")
    return "\n\n".join(blocks)


def _problem(problem: Problem, style: Style) -> str:
    place = None
    if problem.file:
        place = one_line(problem.file) + (f":{problem.line}" if problem.line else "")
    return _block(problem.message, place, problem.hint, style, problem)


def _block(
    message: str, place: str | None, hint: str | None, style: Style, problem: Problem | None = None
) -> str:
    lines = [f"{style.paint('error:', 'red', 'bold')} {one_line(message)}"]
    if place:
        lines.append(f"  {style.paint('-->', 'blue')} {place}")
    if problem and problem.source is not None and problem.line:
        lines.extend(_excerpt(problem, style))
    if hint:
        lines.append(f"{style.paint('hint:', 'green', 'bold')} {one_line(hint)}")
    return "\n".join(lines)


def _excerpt(problem: Problem, style: Style) -> list[str]:
    """Return the line at fault, with carets under the piece and no password of an address; a long
    line is cut around it."""
    source, column, end = problem.source or "", problem.column, problem.column + problem.width
    before, piece, after = (
        printable(without_users(text)).replace("\t", "    ")
        for text in (source[:column], source[column:end], source[end:])
    )
    if len(before + piece + after) > _WIDTH and len(before) > _WIDTH // 2:
        before = "…" + before[-_WIDTH // 4 :]
    shown = before + piece + after
    if len(shown) > _WIDTH + 1:
        shown = shown[:_WIDTH] + "…"
    number = str(problem.line)
    gap = " " * _cells(before)
    carets = "^" * max(1, min(_cells(piece), _WIDTH - len(gap)))
    margin, below = (style.paint(f"{text} |", "blue") for text in (number, " " * len(number)))
    return [f"{margin} {shown}", f"{below} {gap}{style.paint(carets, 'red', 'bold')}"]


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)
