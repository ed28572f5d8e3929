"""Where a module's code is: Python's rules of import, for a project.

Knows the order in which folders and names of files are tried, packages, and relative
imports. Does not know what is in the files.

Invariant: every path whose appearance would change an answer is among those tried.
"""

from __future__ import annotations

import sys
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

from jobmake.code.sources import FILE, FOLDER
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobmake.code.scopes import Import
    from jobmake.code.sources import Sources

MAIN = "__main__"
_PACKAGES = tuple(f"/__init__{suffix}" for suffix in (*EXTENSION_SUFFIXES, ".py"))
_MODULES = (*EXTENSION_SUFFIXES, ".py")


class Module(Value):
    """One module of the project. A folder without `__init__.py` has no path."""

    name: str
    path: str = ""
    folders: tuple[str, ...] = ()  # where its submodules are looked for
    package: str = ""  # from which its relative imports start

    @property
    def compiled(self) -> bool:
        """Say whether this is an extension, which cannot be read."""
        return bool(self.path) and not self.path.endswith(".py")


class Finder:
    """Finds modules. ``first``: folders that come even before the standard library."""

    def __init__(self, sources: Sources, search: Sequence[str], first: Sequence[str] = ()) -> None:
        self._sources, self._first = sources, tuple(first)
        self._search = (*self._first, *(folder for folder in search if folder not in first))
        self._found: dict[str, Module | None] = {}
        self._by_path: dict[str, Module] = {}
        self._tried: dict[str, list[str]] = {}  # by module

    @property
    def search(self) -> tuple[str, ...]:
        """Return the folders of the project in which modules are looked for."""
        return self._search

    def find(self, name: str) -> Module | None:
        """Return the project's module of a dotted name, None where it has none."""
        if name in self._found:
            return self._found[name]
        above, _, last = name.rpartition(".")
        if not last:
            return None
        if above:
            package = self.find(above)
            folders = package.folders if package is not None else ()
        else:
            folders = self._folders_for(last)
        found = self._in(folders, name, last) if folders else None
        self._found[name] = found
        return found

    def tried(self, name: str) -> Iterator[str]:
        """Yield the absent paths that were tried for a module, and for its packages."""
        while name:
            yield from self._tried.get(name, ())
            name = name.rpartition(".")[0]

    def by_path(self, path: str) -> Module:
        """Return the module of a file, by the name that it has below a folder of the search."""
        for folder in sorted(self._search, key=len, reverse=True):
            inside = path if folder == "." else path.removeprefix(folder + "/")
            if folder != "." and inside == path:
                continue
            parts = inside.removesuffix(".py").removesuffix("/__init__").split("/")
            if all(part.isidentifier() for part in parts):
                found = self.find(".".join(parts))
                if found is not None and found.path == path:
                    return found
        return self._nameless(path)

    def main(self, path: str, package: str = "") -> Module:
        """Return the module of a file that is run as a script."""
        return Module(MAIN, path, (), package)

    def absolute(self, module: Module, what: Import) -> str | None:
        """Return the dotted name that an import statement in ``module`` starts from."""
        if not what.level:
            return what.module
        parts = module.package.split(".") if module.package else []
        if what.level > len(parts):
            return None
        base = parts[: len(parts) - what.level + 1]
        return ".".join((*base, what.module)) if what.module else ".".join(base)

    def _nameless(self, path: str) -> Module:
        """Return the module of a file that no import leads to; a package has its submodules."""
        folder, _, base = path.rpartition("/")
        name = f"file:{path}".replace(".", "_")  # no dot: it is in no package
        inner = (folder,) if folder and base == "__init__.py" else ()
        found = Module(name, path, inner, name if inner else "")
        if inner:
            self._found[name] = found
        return found

    def _folders_for(self, top: str) -> tuple[str, ...]:
        if top in sys.builtin_module_names:
            return ()
        return self._first if top in sys.stdlib_module_names else self._search

    def _in(self, folders: Sequence[str], name: str, last: str) -> Module | None:
        above = name.rpartition(".")[0]
        tried = self._tried[name] = []
        spread: list[str] = []
        for folder in folders:
            place = last if folder == "." else f"{folder}/{last}"
            is_folder = self._sources.kind(place) == FOLDER
            for ending in _PACKAGES if is_folder else ():
                if self._sources.kind(place + ending) == FILE:
                    return Module(name, place + ending, (place,), name)
                tried.append(place + ending)
            if not is_folder:
                tried.append(place)
            for ending in _MODULES:
                if self._sources.kind(place + ending) == FILE:
                    return Module(name, place + ending, (), above)
                tried.append(place + ending)
            if is_folder:
                spread.append(place)
        return Module(name, "", tuple(spread), name) if spread else None
