"""The own files of a run, by their names: what a run that goes on and one of the past have in
common for those who read.

Knows names and folders. Does not know where runs are kept.

Invariant: a name leads to a file of the run, never out of its folder.
"""

from __future__ import annotations

import builtins
import fnmatch
import json
import os
import posixpath
from typing import IO, Any

from jobmake.python.params import MISSING
from jobmake.values.codec import read_value

FILES = "files"  # the folder of own files, in a run's folder and in that of its result
VALUE = "value"  # the file of the value, beside it
SAVED = "result"  # the name of a file that is saved without one


class OwnFiles:
    """Reads own files. Subclasses say where they are."""

    def _folder(self) -> str:
        """Return the absolute path of the folder of own files."""
        raise NotImplementedError

    def filename(self, name: str) -> str:
        """Return the absolute path of an own file."""
        return os.path.join(self._folder(), *inside(name).split("/"))

    def files(self, pattern: str = "*") -> set[str]:
        """Return the names of the own files that there are, those that match."""
        return {one for one in self._names() if fnmatch.fnmatchcase(one, pattern)}

    def json_load(self, name: str = "result.json", default: Any = MISSING) -> Any:
        """Return what a JSON file holds. With ``default=`` that, where there is none."""
        if default is not MISSING and name not in self._names():
            return default
        with open_to_read(self.filename(name), "r") as file:
            return json.load(file)

    def _saved(self, name: str) -> Any:
        return read_value(self.filename(name), pickled=True)

    def _names(self) -> set[str]:
        top = self._folder()
        if not os.path.isdir(top):
            return set()
        return {
            posixpath.relpath(os.path.join(folder, one), top)
            for folder, _, names in os.walk(top)
            for one in names
        }


def open_to_read(path: str, mode: str, **how: Any) -> IO[Any]:
    """Open a file; text is UTF-8 where nothing else is said."""
    if "b" not in mode:
        how.setdefault("encoding", "utf-8")
    return builtins.open(path, mode, **how)


def inside(name: str) -> str:
    """Return the name of an own file. Raises ValueError for one that leads out."""
    plain = posixpath.normpath(str(name))
    if plain.startswith(("/", "../")) or plain in ("..", "."):
        raise ValueError(
            f"`{name}` is no file of the run: names are relative and lead nowhere else"
        )
    return plain
