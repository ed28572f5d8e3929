"""What counts where it cannot be told what does.

Knows which files a computed import can mean. Does not know how code is followed.

Invariant: what is widened is said in a note, with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.errors import CodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobmake.code.finder import Module
    from jobmake.code.lookup import Names
    from jobmake.code.sources import Sources


class Wide:
    """Reaches files on suspicion. ``reach`` takes a module of which all counts."""

    def __init__(self, names: Names, sources: Sources, reach: Callable[[Module], None]) -> None:
        self._names, self._sources, self._reach = names, sources, reach
        self.files: set[str] = set()  # that count as they are
        self.folders: set[str] = set()
        self.notes: set[str] = set()

    def widen(self, module: Module, place: str) -> None:
        """Reach all files that a computed import can mean."""
        folder = self._folder_of(module)
        shown = "the project" if folder == "." else f"`{folder}`"
        self.notes.add(f"{place}: imports what cannot be told, so all files of {shown} count")
        files, folders = self._sources.python_files(folder)
        self.folders.update(folders)
        for path in files:
            self._reach_file(path, place)

    def _folder_of(self, module: Module) -> str:
        """Return the folder of a module's outermost package, else that in which it was found."""
        top = self._names.find(module.name.partition(".")[0])
        if top is not None and top.path and top.folders:
            return top.folders[0]
        search = sorted(self._names.finder.search, key=len, reverse=True)
        inside = (each for each in search if module.path.startswith(each + "/"))
        return next(inside, ".")

    def _reach_file(self, path: str, place: str) -> None:
        module = self._names.finder.by_path(path)
        try:
            self._names.summary(module)
        except CodeError as error:
            self.files.add(path)
            self.notes.add(f"{place}: {error.message}, so any change of that file counts")
            return
        self._reach(module)

    def submodules(self, package: Module) -> Iterator[Module]:
        """Yield the modules directly in a package; one that cannot be read counts as it is."""
        for folder in package.folders:
            self.folders.add(folder)
            for name in self._sources.names(folder):
                child = self._names.find(f"{package.name}.{name.partition('.')[0]}")
                if child is None or not child.path:
                    continue
                try:
                    self._names.summary(child)
                except CodeError:
                    self.files.add(child.path)
                else:
                    yield child

    def search_for(self, top: str) -> None:
        """Reach all files that a package of this name can be, wherever they are."""
        files, folders = self._sources.python_files(".")
        self.folders.update(folders)
        for path in files:
            inside = f"/{path}"
            if inside.endswith(f"/{top}.py") or f"/{top}/" in inside:
                self._reach_file(path, path)
                self.notes.add(f"{path}: may be the `{top}` that a changed `sys.path` leads to")
