"""Gathers all that is wrong in a Jobfile, each with its place, so that one pass tells all.

Knows where a key or value stands in the text (looked up only when something is wrong).
Does not know what is right or wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobmake.model.errors import JobfileError, Problem

if TYPE_CHECKING:
    from jobmake.tools.tomlplaces import Places

Path = tuple["str | int", ...]


@dataclass(slots=True)
class Problems:
    """The problems of one Jobfile, found so far. ``file`` is its name as shown."""

    file: str
    text: str
    found: list[Problem] = field(default_factory=list)
    _places: Places | None = None

    def key(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a problem with the key at ``path``, or with the nearest one above it."""
        self._note(self._span(path, of_key=True), message, hint)

    def value(
        self,
        path: Path,
        message: str,
        hint: str | None = None,
        piece: str | None = None,
        before: int = 0,
    ) -> None:
        """Note a problem with the value at ``path``.

        ``piece`` is the part of its text at fault, which stands ``before`` times before that.
        """
        span = self._span(path, of_key=False)
        self._note(self._inside(span, piece, before) if piece else span, message, hint)

    def add(self, problem: Problem) -> None:
        """Note a problem that has its place already, or none."""
        self.found.append(problem)

    def raise_any(self) -> None:
        """Raise JobfileError with all problems in the order of the text, if there are any."""
        if self.found:
            unique = list(dict.fromkeys(self.found))
            unique.sort(key=lambda problem: (problem.line or 0, problem.column))
            raise JobfileError(tuple(unique))

    def _note(self, span: tuple[int, int], message: str, hint: str | None) -> None:
        self.found.append(problem_at(self.file, self.text, *span, message, hint))

    def _inside(self, span: tuple[int, int], piece: str, before: int) -> tuple[int, int]:
        """Return where ``piece`` stands in a span; all of it where it is not found."""
        start, end = span
        at = start - 1
        for _ in range(before + 1):
            at = self.text.find(piece, at + 1, end)
            if at < 0:
                return span
        return at, at + len(piece)

    def _span(self, path: Path, of_key: bool) -> tuple[int, int]:
        from jobmake.tools.tomlplaces import locate

        if self._places is None:
            self._places = locate(self.text)
        while path:
            key, value = self._places.key(path), self._places.value(path)
            span = key if of_key and key else value or key
            if span:
                return span.start, span.end
            path = path[:-1]
        return 0, 0


def problem_at(
    file: str, text: str, start: int, end: int, message: str, hint: str | None
) -> Problem:
    """Return the Problem whose caret stands under ``text[start:end]``, on its first line."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    return Problem(
        message=message,
        hint=hint,
        file=file,
        line=text.count("\n", 0, start) + 1,
        source=text[begin:stop].rstrip("\r"),
        column=start - begin,
        width=max(1, min(end, stop) - start),
    )
