"""How modules of a project are imported into this process, for its plugins.

A file named as a plugin is loaded under a module name of its own, so that it takes the place of
nothing. Modules of the project that it imports are looked for behind all that is installed,
and only while a plugin is loaded; those of a package, by relative imports, at any time. All are
compiled from the bytes that are there now: Python's own cache is neither read nor written.

Knows modules and files. Does not know hooks.

Invariant: what is kept of a project's modules is of the bytes that its files have; else all of
them are loaded again.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import contextmanager
from hashlib import blake2b
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from typing import TYPE_CHECKING
from zlib import crc32

from jobmake.worker.importing import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType

_PREFIX = "jobmake_plugin_"  # of the names under which files are loaded

_read: dict[str, tuple[bytes, str]] = {}  # what was read of each file: digest; module


class _Loader(SourceFileLoader):
    """Loads a module from its bytes as they are, and notes them."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the module. Raises SyntaxError."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        _read[path] = blake2b(source).digest(), fullname
        code: CodeType = self.source_to_code(source, path)
        return code


class _Inside:
    """Finds modules below the packages that are the project's own."""

    def __init__(self, root: str | None = None) -> None:
        self._root = root

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, None where it is none of ours."""
        folders = [] if path is None else list(path)
        own = name.startswith(_PREFIX) or (
            self._root is not None and all(is_own(one, self._root) for one in folders)
        )
        return _found_in(folders, name) if own else None


class _Behind:
    """Finds modules in the project's folders that are nowhere else."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, None where it is none of ours."""
        return _found_in(self._folders, name) if path is None else None


_relative = _Inside()


@contextmanager
def project_behind(root: str, path: Sequence[str]) -> Iterator[None]:
    """Let modules be found in the project's folders, behind all that is installed."""
    if _relative not in sys.meta_path:
        sys.meta_path.insert(0, _relative)
    before = sys.path[:]
    here = [folder for folder in before if is_own(os.path.abspath(folder), root)]
    folders = [os.path.normpath(os.path.join(root, one)) for one in (*path, *here)]
    inside, behind = _Inside(root), _Behind(tuple(dict.fromkeys(folders)))
    sys.path[:] = [folder for folder in before if folder not in here]
    sys.meta_path.insert(0, inside)
    sys.meta_path.append(behind)
    try:
        yield
    finally:
        sys.meta_path.remove(inside)
        sys.meta_path.remove(behind)
        added = [folder for folder in sys.path if folder not in before]
        sys.path[:] = [*before, *added]


def load_file(path: str) -> ModuleType:
    """Load a file, or a package by its `__init__.py`, under a name of its own. Raises what it
    raises."""
    folder, base = os.path.split(path)
    is_package = base == "__init__.py"
    stem = os.path.basename(folder) if is_package else base.removesuffix(".py")
    plain = "".join(char if char.isalnum() else "_" for char in stem)
    name = f"{_PREFIX}{plain}_{crc32(os.fsencode(path)):08x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name,
        path,
        loader=_Loader(name, path),
        submodule_search_locations=[folder] if is_package else None,
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def classes_of(thing: object) -> Iterator[tuple[str, str]]:
    """Yield file and name of each class that an object is of; of one that a function makes, the
    function's."""
    for kind in type(thing).__mro__:
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if file is not None:
            yield os.path.abspath(file), kind.__qualname__.partition(".<locals>")[0]


def files_read(root: str) -> frozenset[str]:
    """Return the project's files that plugins were read from, relative to its folder."""
    begin = root + os.sep
    return frozenset(path[len(begin) :] for path in _read if path.startswith(begin))


def forget_changed(root: str) -> bool:
    """Forget the project's modules, if the file of one has changed; say whether it has."""
    own = [path for path in _read if path.startswith(root + os.sep)]
    if all(_digest(path) == _read[path][0] for path in own):
        return False
    for path in own:
        _forget(_read.pop(path)[1], path)
    return True


def forget_others(root: str) -> None:
    """Forget modules of other projects that were imported by their own names."""
    for path, (_, name) in _read.items():
        if not (path.startswith(root + os.sep) or name.startswith(_PREFIX)):
            _forget(name, path)


def _forget(name: str, path: str) -> None:
    if getattr(sys.modules.get(name), "__file__", None) == path:
        del sys.modules[name]


def _digest(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return blake2b(file.read()).digest()
    except OSError:
        return None


def _found_in(folders: Sequence[str], name: str) -> ModuleSpec | None:
    for folder in folders:
        finder = FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Loader, [".py"]))
        spec = finder.find_spec(name)
        if spec is not None:
            return spec
    return None
