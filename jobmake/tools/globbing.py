"""Globs and folders on the disk.

Knows the rules of `pathnames` and how a folder is read. Links to folders are followed in
folders and not by `**`; a link that leads back into a folder above it is told as a link.

Invariant: results are sorted by their texts, whatever the disk's order or the locale.
"""

from __future__ import annotations

import os
import stat

from jobmake.tools.pathnames import has_magic, step_regex

FILE, FOLDER, OTHER = "file", "folder", "other"


class Eye:
    """Looks at names and kinds of things below ``root``, as a glob needs them."""

    def __init__(self, root: str) -> None:
        self.root = root

    def kind(self, path: str) -> str:
        """Say what there is at a path, behind links: `FILE`, `FOLDER`, `OTHER`, or ``""``."""
        try:
            mode = os.stat(os.path.join(self.root, path)).st_mode
        except (OSError, ValueError):
            return ""
        return FILE if stat.S_ISREG(mode) else FOLDER if stat.S_ISDIR(mode) else OTHER

    def link(self, path: str) -> str:
        """Return what a link says. Raises OSError."""
        return os.readlink(os.path.join(self.root, path))

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what is in a folder; nothing where there is none. Raises OSError."""
        try:
            with os.scandir(os.path.join(self.root, folder) or ".") as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def kind_of(self, entry: os.DirEntry[str], path: str) -> str:
        """Say what an entry is, behind a link."""
        if entry.is_file(follow_symlinks=False):
            return FILE
        return FOLDER if entry.is_dir(follow_symlinks=False) else self.kind(path)


def matches(root: str, pattern: str, eye: Eye | None = None) -> list[str]:
    """Return the files (not folders) below ``root`` that the glob names, sorted.

    Raises OSError where a folder on the way cannot be read.
    """
    return _Matching(eye or Eye(root), pattern.split("/")).all()


class _Matching:
    """One search. ``todo``: a folder, and the number of the step that is taken in it."""

    def __init__(self, eye: Eye, steps: list[str]) -> None:
        self.eye, self.steps = eye, steps
        self.found: set[str] = set()
        self.todo: list[tuple[str, int]] = [("", 0)]

    def all(self) -> list[str]:
        seen: set[tuple[str, int]] = set()  # `**` can lead to one place by several ways
        while self.todo:
            folder, number = self.todo.pop()
            if (folder, number) in seen:
                continue
            seen.add((folder, number))
            step = self.steps[number]
            if step == "**":
                self._any_depth(folder, number)
            elif has_magic(step):
                expression = step_regex(step)
                for entry in self.eye.entries(folder):
                    if expression.fullmatch(entry.name):
                        path = folder + entry.name
                        self._go_on(path, self.eye.kind_of(entry, path), number)
            else:
                self._go_on(folder + step, self.eye.kind(folder + step), number)
        return sorted(self.found)

    def _any_depth(self, folder: str, number: int) -> None:
        """Match `**`: no folder at all, or any that is not hidden."""
        last = number == len(self.steps) - 1
        if not last:
            self.todo.append((folder, number + 1))
        for entry in self.eye.entries(folder):
            if entry.name.startswith("."):
                continue
            path = folder + entry.name
            if entry.is_dir(follow_symlinks=False):
                self.todo.append((f"{path}/", number))
            elif last and self.eye.kind_of(entry, path) == FILE:
                self.found.add(path)

    def _go_on(self, path: str, kind: str, number: int) -> None:
        if number == len(self.steps) - 1:
            if kind == FILE:
                self.found.add(path)
        elif kind == FOLDER:
            self.todo.append((path + "/", number + 1))


def walk(root: str, folder: str, eye: Eye | None = None) -> list[tuple[str, str | None]]:
    """Return all that is in ``folder``, sorted: (path, link).

    An empty folder's path ends in ``/``. ``link`` is the text of a link that leads
    nowhere, or back into a folder above it; else None. Raises OSError.
    """
    eye = eye or Eye(root)
    found: list[tuple[str, str | None]] = []
    todo = [(folder, _identities(os.path.join(root, folder)))]
    while todo:
        path, above = todo.pop()
        entries = eye.entries(path + "/")
        if not entries and path != folder:
            found.append((path + "/", None))
        for entry in entries:
            member = f"{path}/{entry.name}"
            kind = eye.kind_of(entry, member)
            if kind != FOLDER:
                dangles = not kind and entry.is_symlink()
                if dangles:
                    _refuse_circle(entry)
                if kind or dangles:  # else it went
                    found.append((member, eye.link(member) if dangles else None))
                continue
            try:
                status = entry.stat()
            except (FileNotFoundError, NotADirectoryError):
                continue
            if (identity := (status.st_dev, status.st_ino)) in above:
                # no link itself if a link led to a folder above it
                found.append((member, eye.link(member) if entry.is_symlink() else "."))
            else:
                todo.append((member, (*above, identity)))
    return sorted(found)


def _refuse_circle(entry: os.DirEntry[str]) -> None:
    """Raise OSError for a link that cannot be followed, where it does not just lead nowhere."""
    try:
        entry.stat()
    except (FileNotFoundError, NotADirectoryError):
        return


def _identities(folder: str) -> tuple[tuple[int, int], ...]:
    """Return device and inode of a folder and of all above it. Raises OSError."""
    path = os.path.realpath(folder)
    found = []
    while True:
        status = os.stat(path)
        found.append((status.st_dev, status.st_ino))
        if path == os.path.dirname(path):
            return tuple(found)
        path = os.path.dirname(path)
