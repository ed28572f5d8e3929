"""Which files of the project are left over from instances that are no more.

With a value less on an axis, what its instance made is still there; a glob that finds it would
make something out of the past. Knows records and what left them. Does not know the graph.

Invariant: a file that is not as it was made is the person's, and is found like any other.
"""

from __future__ import annotations

from jobmake.memory.left import Made, read_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.memory.files import Files
    from jobmake.memory.records import Records


class LeftOver:
    """What instances made that are no more, of families that are still there: nobody's file, and
    no glob is to find it. ``is_gone`` says of a name whether there is no such instance."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.is_gone: Callable[[str], bool] = lambda _name: False
        self._made: dict[str, Made] | None = None
        self._records: Records | None = None

    def use(self, records: Records) -> None:
        """Ask these records, too: they may name instances that are not there at this moment."""
        self._records, self._made = records, None

    def look_again(self) -> None:
        """Ask anew: by now others may be gone."""
        self._made = None

    def paths(self) -> Iterable[str]:
        """Return the paths (a folder's with its slash) that may be left over."""
        if self._made is None:
            self._made = self._read()
        return self._made

    def holds(self, path: str, files: Files) -> bool:
        """Say whether a path is left over, and as it was made."""
        if self._made is None:
            self._made = self._read()
        made = self._made.get(path)
        return made is not None and self.is_gone(made.target) and files.digest(path) == made.digest

    def _read(self) -> dict[str, Made]:
        found = read_left(self._path)
        records = self._records
        for name in records.names() if records else ():
            record = records.old(name) if records and self.is_gone(name) else None
            for path, digest in record.outputs.items() if record else ():
                found[path] = Made(name, digest)
        return found
