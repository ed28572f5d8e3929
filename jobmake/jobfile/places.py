"""Where targets are declared: file and line, for those who point at them.

Knows a Jobfile that is right, and its texts. Does not know what is told of the place.
Invariant: each text is read once, however many places are asked for.
"""

from __future__ import annotations

from bisect import bisect_right

from jobmake.jobfile.problems import AtLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.jobfile.load import LoadedJobfile


class Places:
    """``jobfile`` gives the Jobfile as it is by now: it grows while it is built."""

    def __init__(self, jobfile: Callable[[], LoadedJobfile]) -> None:
        self._jobfile = jobfile
        self._lines: dict[str, list[int]] = {}  # where each line of a file begins

    def __call__(self, name: str) -> tuple[str, int] | None:
        """Return the file (relative to the project's folder) and the line of a target; of an
        instance that is not known its family's; None for what is not in the Jobfile."""
        jobfile = self._jobfile()
        graph = jobfile.graph
        family = graph.families.get(name.partition("[")[0], ())
        target = graph.targets.get(name) or next((graph.targets[one] for one in family), None)
        if target is None or not target.place:
            return None
        first = target.place[0]
        if isinstance(first, AtLine):
            return str(first), first.line
        problems = jobfile.problems()
        file, (start, _) = problems.span(target.place, of_key=True)
        if file not in problems.texts:
            return None
        return file, bisect_right(self._line_starts(file, problems.texts[file]), start)

    def _line_starts(self, file: str, text: str) -> list[int]:
        if file not in self._lines:
            starts, at = [0], 0
            for line in text.split("\n"):
                at += len(line) + 1
                starts.append(at)
            self._lines[file] = starts
        return self._lines[file]
