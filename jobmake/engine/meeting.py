"""Whether what one pattern names may meet what many others make: quickly, also for many.

Knows paths and folders, not the disk. A target with ten thousand inputs needs ten thousand
others: each question is answered by a look into a set, never by asking every pattern.
"""

from __future__ import annotations

from jobmake.tools.pathnames import parents, static_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.model.target import FilePattern


class Meeting:
    """What some targets make, by their folders."""

    def __init__(self, outputs: Iterable[FilePattern]) -> None:
        self._bases = {_base(one) for one in outputs}
        self._above = {folder for base in self._bases for folder in parents(base)}

    def meets(self, pattern: FilePattern) -> bool:
        """Say whether the pattern may name something that is among the outputs."""
        if not self._bases:
            return False
        base = _base(pattern)
        if not base:
            return True
        if base in self._bases or base in self._above:
            return True
        return any(folder in self._bases for folder in parents(base))


class Naming:
    """What some patterns name, to be asked by path."""

    def __init__(self, patterns: Iterable[FilePattern]) -> None:
        self._paths: set[str] = set()
        globs: dict[str, FilePattern] = {}
        for one in patterns:
            if one.kind == "glob":
                globs.setdefault(one.path, one)
            else:
                self._paths.add(one.path)
        self._globs = tuple(globs.values())

    def names(self, path: str) -> bool:
        """Say whether a path (a folder's with its slash) is, or lies in, what is named."""
        bare = path.rstrip("/")
        if bare in self._paths or any(one in self._paths for one in parents(bare)):
            return True
        return any(one.names(path) for one in self._globs)


def _base(pattern: FilePattern) -> str:
    return static_folder(pattern.path) if pattern.kind == "glob" else pattern.path
