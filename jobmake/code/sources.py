"""The files of a project, as they are now.

Knows the project's folder; each path is looked at once, so one `Sources` sees one state.
Does not know Python.

Invariant: nothing is written, and nothing outside the project is read.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from jobmake.tools.digest import digest_bytes, digest_texts

if TYPE_CHECKING:
    from collections.abc import Callable

FILE, FOLDER = "file", "folder"
_NO_CODE = frozenset({"__pycache__", "node_modules"})


class Sources:
    """Reads a project's files, by paths relative to its root."""

    def __init__(self, root: str, read: Callable[[str], bytes | None] | None = None) -> None:
        self._root = root.rstrip("/") + "/"
        self._read = read or self._from_disk
        self._kinds: dict[str, str] = {}
        self._contents: dict[str, tuple[bytes, str] | None] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def kind(self, path: str) -> str:
        """Say whether a path is a file or a folder; empty where there is neither."""
        known = self._kinds.get(path)
        if known is None:
            known = self._kinds[path] = self._stat(path)
        return known

    def content(self, path: str) -> tuple[bytes, str] | None:
        """Return a file's bytes and their digest, None where there is no such file."""
        if path not in self._contents:
            data = self._read(path)
            self._contents[path] = None if data is None else (data, digest_bytes(data))
        return self._contents[path]

    def digest(self, path: str) -> str:
        """Return the digest of a file's bytes; empty where there is no such file."""
        content = self.content(path)
        return content[1] if content is not None else ""

    def names(self, folder: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; none where there is no such folder."""
        if folder not in self._names:
            try:
                self._names[folder] = tuple(sorted(os.listdir(self._root + folder)))
            except OSError:
                self._names[folder] = ()
        return self._names[folder]

    def names_digest(self, folder: str) -> str:
        """Return a digest of the names in a folder."""
        return digest_texts(self.names(folder))

    def python_files(self, folder: str) -> tuple[list[str], list[str]]:
        """Return all Python files below a folder, and the folders that were looked through."""
        files: list[str] = []
        folders: list[str] = []
        todo = [folder]
        while todo:
            here = todo.pop()
            names = self.names(here)
            if "pyvenv.cfg" in names:
                continue  # an environment, not the project's own code
            folders.append(here)
            for name in names:
                path = name if here == "." else f"{here}/{name}"
                if name.endswith(".py") and self.kind(path) == FILE:
                    files.append(path)
                elif self._may_hold_code(name) and self._is_own_folder(path):
                    todo.append(path)
        return sorted(files), sorted(folders)

    def relative(self, path: str) -> str | None:
        """Return the path of something in the project relative to its root, else None."""
        real = os.path.realpath(path)
        root = os.path.realpath(self._root)
        if real == root:
            return "."
        return real.removeprefix(root + "/") if real.startswith(root + "/") else None

    def _may_hold_code(self, name: str) -> bool:
        return not name.startswith(".") and name not in _NO_CODE

    def _is_own_folder(self, path: str) -> bool:
        return self.kind(path) == FOLDER and not os.path.islink(self._root + path)

    def _stat(self, path: str) -> str:
        try:
            mode = os.stat(self._root + path).st_mode
        except (OSError, ValueError):
            return ""
        return FOLDER if stat.S_ISDIR(mode) else FILE if stat.S_ISREG(mode) else ""

    def _from_disk(self, path: str) -> bytes | None:
        try:
            with open(self._root + path, "rb") as file:
                return file.read()
        except OSError:
            return None
