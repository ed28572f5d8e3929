"""Globs and folders on the disk.

Knows the rules of `pathnames` and how a folder is read. Links to folders are followed in
folders and not by `**`; a link that leads back into a folder above it is told as a link.

Invariant: results are sorted by their texts, whatever the disk's order or the locale.
"""

from __future__ import annotations

import os

from jobmake.tools.pathnames import has_magic, step_regex


def matches(root: str, pattern: str) -> list[str]:
    """Return the files (not folders) below ``root`` that the glob names, sorted.

    Raises OSError where a folder on the way cannot be read.
    """
    steps = pattern.split("/")
    found: set[str] = set()
    todo: list[tuple[str, int]] = [("", 0)]
    seen: set[tuple[str, int]] = set()  # `**` can lead to one place by several ways
    while todo:
        folder, number = todo.pop()
        if (folder, number) in seen:
            continue
        seen.add((folder, number))
        step = steps[number]
        last = number == len(steps) - 1
        if step == "**":
            _step_any_depth(root, folder, number, last, todo, found)
        elif has_magic(step):
            expression = step_regex(step)
            for entry in _entries(root, folder):
                if expression.fullmatch(entry.name):
                    _go_on(root, folder + entry.name, number, last, todo, found)
        elif os.path.lexists(os.path.join(root, folder + step)):
            _go_on(root, folder + step, number, last, todo, found)
    return sorted(found)


def walk(root: str, folder: str) -> list[tuple[str, str | None]]:
    """Return all that is in ``folder``, sorted: (path, link).

    An empty folder's path ends in ``/``. ``link`` is the text of a link that leads
    nowhere, or back into a folder above it; else None. Raises OSError.
    """
    found: list[tuple[str, str | None]] = []
    todo = [(folder, _identities(os.path.join(root, folder)))]
    while todo:
        path, above = todo.pop()
        entries = _entries(root, path + "/")
        if not entries and path != folder:
            found.append((path + "/", None))
        for entry in entries:
            member = f"{path}/{entry.name}"
            try:
                status = entry.stat()
                is_folder = entry.is_dir()
            except (FileNotFoundError, NotADirectoryError):
                if entry.is_symlink():
                    found.append((member, os.readlink(entry.path)))
                continue
            if not is_folder:
                found.append((member, None))
            elif (identity := (status.st_dev, status.st_ino)) in above:
                # no link itself if a link led to a folder above it
                found.append((member, os.readlink(entry.path) if entry.is_symlink() else "."))
            else:
                todo.append((member, (*above, identity)))
    return sorted(found)


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


def _step_any_depth(
    root: str,
    folder: str,
    number: int,
    last: bool,
    todo: list[tuple[str, int]],
    found: set[str],
) -> None:
    """Match `**`: no folder at all, or any that is not hidden."""
    if not last:
        todo.append((folder, number + 1))
    for entry in _entries(root, folder):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            todo.append((f"{folder}{entry.name}/", number))
        elif last and entry.is_file():
            found.add(folder + entry.name)


def _go_on(
    root: str, path: str, number: int, last: bool, todo: list[tuple[str, int]], found: set[str]
) -> None:
    full = os.path.join(root, path)
    if last:
        if os.path.isfile(full):
            found.add(path)
    elif os.path.isdir(full):
        todo.append((path + "/", number + 1))


def _entries(root: str, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(os.path.join(root, folder) or ".") as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
