"""What the graph of a project is made of: Jobfiles, params files, globs, code that declares jobs.

Knows which files were read for it, and which its globs named. Does not know what follows from
a change.

Invariant: where in doubt a change concerns the graph.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from jobmake.model.target import FilePattern
from jobmake.tools.pathnames import parents, static_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.project.project import Project


class Definition:
    """What a project was read from. ``is_wrong``: it could not be read again, so that more may
    count than is known."""

    def __init__(self, project: Project) -> None:
        self._root, self._matched = project.layout.root, project.matched
        self._declaring = project.python.declared_by
        self._made_of = {*project.jobfile.made_of, *_plugin_files(project)}
        self.is_wrong = False

    def concerned(self, paths: frozenset[str]) -> set[str]:
        """Return the paths that are, or hold, what the graph was read from."""
        files = self._files
        found = {one for one in paths if one in files}
        folders = {above for path in files for above in parents(path)}
        found |= {one for one in paths if one in folders}
        listed = self._declaring.folders if self._declaring else set()
        if listed:
            found |= {one for one in paths if (posixpath.dirname(one) or ".") in listed}
        if self.is_wrong:
            found |= {one for one in paths if one.endswith((".py", ".toml", ".json", ".yaml"))}
        return found

    def names_others(self, paths: Iterable[str], is_own_work: Callable[[str], bool]) -> bool:
        """Say whether globs of the Jobfile may name other files now than when it was read."""
        return any(self._is_other(path) and not is_own_work(path) for path in paths)

    def patterns(self) -> Iterator[FilePattern]:
        """Yield what is looked at."""
        for path in self._files:
            yield FilePattern("", "file", path)
        for pattern, _ in self._matched.found.values():
            yield pattern
        if self.is_wrong:
            yield FilePattern("", "glob", "**")
        for folder in self._declaring.folders if self._declaring else ():
            yield FilePattern("", "glob", f"{folder}/*")

    @property
    def _files(self) -> set[str]:
        return {*self._made_of, *(self._declaring.files if self._declaring else ())}

    def _is_other(self, path: str) -> bool:
        full = os.path.join(self._root, path)
        is_file = os.path.isfile(full)
        is_plain = is_file or not os.path.lexists(full)
        for pattern, named in self._matched.found.values():
            if is_plain and not any(one.startswith(f"{path}/") for one in named):
                if (path in named) != (is_file and pattern.names(path)):
                    return True
            elif _meets(pattern, path) and self._matched.now(pattern) != named:
                return True
        return False


def _plugin_files(project: Project) -> Iterator[str]:
    plugins = project.registry.plugins
    if not plugins:
        return
    from jobmake.plugins.modules import files_read

    yield from files_read(project.layout.root)
    for one in plugins:
        if one.source.endswith(".py"):  # also where it could not be loaded
            yield one.source


def _meets(pattern: FilePattern, folder: str) -> bool:
    """Say whether a folder may hold, or lie in, what a pattern names."""
    base = static_folder(pattern.path) if pattern.kind == "glob" else pattern.path
    return base in ("", folder, *parents(folder)) or folder in parents(base)
