"""Gathers all that is wrong in a Jobfile, each with its place, so that one pass tells all.

Knows where a key or value stands in the text (looked up only when something is wrong).
Does not know what is right or wrong.
"""

from __future__ import annotations

from jobmake.model.errors import JobfileError, Problem
from jobmake.tools.value import Mutable, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from jobmake.tools.tomlplaces import Places

Path = tuple["str | int", ...]


class InFile(str):
    """The first step of every path into a file other than the first Jobfile: its name."""

    __slots__ = ()


class AtLine(str):
    """The only step of a path to a line of a Python file: its name."""

    def __new__(cls, file: str, line: int) -> AtLine:
        """Return the place of a line, counted from 1."""
        place = super().__new__(cls, file)
        place.line = line
        return place

    line: int


class Problems(Mutable):
    """The problems of a Jobfile and all it includes, found so far. ``file`` is the first
    one's name as shown; ``texts`` holds the text of each file by its name, ``digests`` the digest
    of what was read of it. ``doubtful`` are the
    names of targets of which too much is wrong to say that others name them wrongly; all may be,
    where the targets are ``incomplete``: some were not loaded."""

    file: str
    texts: MutableMapping[str, str] = field(default_factory=dict)
    digests: MutableMapping[str, str] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    incomplete: bool = False
    _places: dict[str, Places] = field(default_factory=dict)

    def key(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a problem with the key at ``path``, or with the nearest one above it."""
        if path and isinstance(path[0], AtLine):
            self.add(Problem(message, hint, str(path[0]), path[0].line))
            return
        file, span = self.span(path, of_key=True)
        self._note(file, span, message, hint)

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
        if path and isinstance(path[0], AtLine):
            self.key(path, message, hint)
            return
        file, span = self.span(path, of_key=False)
        span = self._inside(file, span, piece, before) if piece else span
        self._note(file, span, message, hint)

    def add(self, problem: Problem) -> None:
        """Note a problem that has its place already, or none."""
        self.found.append(problem)

    def raise_any(self) -> None:
        """Raise JobfileError with all problems in the order of the text, if there are any."""
        if self.found:
            unique = list(dict.fromkeys(self.found))
            order = {name: number for number, name in enumerate(self.texts)}
            unique.sort(key=lambda one: (order.get(one.file or "", -1), one.line or 0, one.column))
            raise JobfileError(tuple(unique))

    def _note(self, file: str, span: tuple[int, int], message: str, hint: str | None) -> None:
        self.found.append(problem_at(file, self.texts.get(file, ""), *span, message, hint))

    def _inside(self, file: str, span: tuple[int, int], piece: str, before: int) -> tuple[int, int]:
        """Return where ``piece`` stands in a span; all of it where it is not found."""
        start, end = span
        at = start - 1
        for _ in range(before + 1):
            at = self.texts[file].find(piece, at + 1, end)
            if at < 0:
                return span
        return at, at + len(piece)

    def span(self, path: Path, of_key: bool) -> tuple[str, tuple[int, int]]:
        """Return the file that a path leads into, and where in its text."""
        from jobmake.tools.tomlplaces import locate

        file = self.file
        if path and isinstance(path[0], InFile):
            file, path = str(path[0]), path[1:]
        places = self._places.get(file)
        if places is None:
            places = self._places[file] = locate(self.texts.get(file, ""))
        while path:
            key, value = places.key(path), places.value(path)
            span = key if of_key and key else value or key
            if span:
                return file, (span.start, span.end)
            path = path[:-1]
        return file, (0, 0)


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


def problem_at_line(file: str, data: bytes, message: str, line: int, column: int) -> Problem:
    """Return the problem at a place that the parser named; the text may be no UTF-8."""
    text = data.decode("utf-8-sig", "replace")
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    start = min(start + column, end)
    return problem_at(file, text, start, start + 1, message, None)
