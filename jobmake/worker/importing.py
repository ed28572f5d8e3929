"""How project code is imported by a worker.

The project's folders stand behind the standard library in `sys.path`, and before what is
installed: as for a script, but that no file of the project takes the place of Python's own. A
module is compiled from the bytes that are there now: Python's own cache tells two
versions apart by the second and the size, which an edit may leave as they were. Compiled code
is kept by content, in `.jobmake/pycache`.

Knows modules and files. Does not know jobs.
"""

from __future__ import annotations

import importlib
import importlib.util
import marshal
import os
import sys
import zlib
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from typing import TYPE_CHECKING, Any

from jobmake.tools.digest import PREFIX, digest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType

_MODE = 0o600


class _Entered:
    """The project whose folders were put into `sys.path`: its root and these."""

    project: tuple[str, ...] = ()


class NoSuchObjectError(Exception):
    """A module has no such name: ``names`` are those that it has."""

    def __init__(self, module: str, name: str, names: list[str]) -> None:
        super().__init__(f"`{module}` has no `{name}`")
        self.name, self.names = name, names


class ProjectLoader(SourceFileLoader):
    """Loads a module of the project from its bytes as they are. ``kept`` is where compiled
    code is kept."""

    kept = ""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the module. Raises SyntaxError."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        return self._kept(source, path) or self._compiled(source, path)

    def _compiled(self, source: bytes, path: str) -> CodeType:
        code: CodeType = self.source_to_code(source, path)
        data = marshal.dumps(code)
        name = self._name(source, path)
        own = f"{name}.{os.getpid()}"
        try:
            os.makedirs(self.kept, 0o700, exist_ok=True)
            with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
                file.write(zlib.crc32(data).to_bytes(4, "little") + data)
            os.replace(own, name)
        except OSError:
            pass  # it is compiled again next time
        return code

    def _kept(self, source: bytes, path: str) -> CodeType | None:
        try:
            with open(self._name(source, path), "rb") as file:
                found = file.read()
        except OSError:
            return None
        if zlib.crc32(found[4:]).to_bytes(4, "little") != found[:4]:
            return None
        code: CodeType = marshal.loads(found[4:])
        return code

    def _name(self, source: bytes, path: str) -> str:
        about = f"{sys.implementation.cache_tag}\0{sys.flags.optimize}\0{path}\0".encode()
        return os.path.join(self.kept, digest_bytes(about + source).removeprefix(PREFIX))


def enter_project(root: str, path: Sequence[str]) -> None:
    """Let modules be found in the project's folders ``path`` (relative to ``root``).

    A process is in one project. A warm worker has entered it before the fork.
    """
    if (root, *path) == _Entered.project:
        return
    _Entered.project = (root, *path)
    ProjectLoader.kept = os.path.join(root, ".jobmake", "pycache")
    inside = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES), (ProjectLoader, [".py"])
    )

    def hook(folder: str) -> Any:
        if is_own(folder, root):
            return inside(folder)
        raise ImportError

    sys.path_hooks.insert(0, hook)
    folders = [os.path.normpath(os.path.join(root, one)) for one in path]
    at = _behind_the_library()
    sys.path[at:at] = [folder for folder in folders if folder not in sys.path]
    # all other folders stay listed: a warm worker did it, and theirs would take longer than ours
    for folder in tuple(sys.path_importer_cache):
        if is_own(folder, root):
            del sys.path_importer_cache[folder]


def _behind_the_library() -> int:
    """Return the place in `sys.path` behind the standard library's folders."""
    library = os.path.dirname(os.path.abspath(os.__file__))
    own = {library, os.path.join(library, "lib-dynload")}
    places = [at + 1 for at, folder in enumerate(sys.path) if folder in own]
    return max(places, default=len(sys.path))


def is_own(folder: str, root: str) -> bool:
    """Say whether a folder is the project's own: not one of packages that are installed in it."""
    if folder != root and not folder.startswith(root + os.sep):
        return False
    return not {"site-packages", "dist-packages"} & set(folder[len(root) :].split(os.sep))


def find(spec: str, root: str) -> Any:
    """Return what a spec names: `package.module:Name`, `file.py:Name`.

    Raises NoSuchObjectError, and whatever importing the module raises.
    """
    name, _, inner = spec.partition(":")
    module = load(name, root)
    found: Any = module
    for one in inner.split("."):
        if not hasattr(found, one):
            raise NoSuchObjectError(name, one, sorted(vars(found)))
        found = getattr(found, one)
    return found


def load(name: str, root: str) -> ModuleType:
    """Import a module, by its name or, where that is no name, from its file."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    known = name[:-3].replace("/", ".").replace("-", "_").lstrip(".")
    if known in sys.modules:
        return sys.modules[known]
    path = os.path.join(root, name)
    spec = importlib.util.spec_from_file_location(known, path, loader=ProjectLoader(known, path))
    if spec is None or spec.loader is None:
        raise ImportError(f"`{name}` is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[known]
        raise
    return module


def quietly(function: Callable[[], Any]) -> Any:
    """Call a function with standard output led to standard error."""
    before, sys.stdout = sys.stdout, sys.stderr
    try:
        return function()
    finally:
        sys.stdout = before
