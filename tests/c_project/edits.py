"""Edits of the C project, as values: each function gives one that changes a project when called.

Edits of the list of files change `build.ninja` with them, which lists its files by name; the
Jobfile finds them by its globs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from tests.c_project.project import Project, list_files

BUILD_FILES = ["Jobfile.toml", "build.ninja", "Makefile"]

Edit = Callable[[Project], None]


def nothing(project: Project) -> None:
    """Leave all as it is."""


def edits(*several: Edit) -> Edit:
    """One edit after the other, with no build between them."""

    def edit(project: Project) -> None:
        for one in several:
            one(project)

    return edit


def replace(name: str, old: str, new: str) -> Edit:
    return lambda project: project.replace(name, old, new)


def append(name: str, text: str) -> Edit:
    return lambda project: project.write(name, project.read(name) + text) and None


def prepend(name: str, text: str) -> Edit:
    return lambda project: project.write(name, text + project.read(name)) and None


def write(name: str, text: str) -> Edit:
    """Write a file. A new `.c` is listed in `build.ninja`."""

    def edit(project: Project) -> None:
        is_new = not project.exists(name)
        project.write(name, text)
        if text.startswith("#!"):
            mode(name, 0o755)(project)
        if is_new:
            list_files(project)

    return edit


def remove(name: str) -> Edit:
    def edit(project: Project) -> None:
        path = project.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        list_files(project)

    return edit


def rename(old: str, new: str) -> Edit:
    def edit(project: Project) -> None:
        project.path(old).rename(project.path(new))
        list_files(project)

    return edit


def touch(*patterns: str) -> Edit:
    """Give files a new time, and leave their content."""

    def edit(project: Project) -> None:
        for pattern in patterns:
            for path in project.root.glob(pattern):
                os.utime(path)

    return edit


def write_as_old(name: str, old: str, new: str) -> Edit:
    """Change a file and give it a time of long ago, as unpacking an archive does."""

    def edit(project: Project) -> None:
        project.replace(name, old, new)
        os.utime(project.path(name), (10**9, 10**9))

    return edit


def mode(name: str, bits: int) -> Edit:
    return lambda project: project.path(name).chmod(bits)


def include_name(old: str, new: str) -> Edit:
    """Write another name in every `#include` of a header."""

    def edit(project: Project) -> None:
        for path in project.root.glob("*/*.[ch]"):
            text = path.read_text()
            if f'#include "{old}"' in text:
                path.write_text(text.replace(f'#include "{old}"', f'#include "{new}"'))

    return edit


def in_build_files(old: str, new: str) -> Edit:
    """Replace a text in the Jobfile, in `build.ninja` and in the Makefile, where it is there."""

    def edit(project: Project) -> None:
        for name in BUILD_FILES:
            for spelled_old, spelled_new in ((old, new), (as_items(old), as_items(new))):
                if spelled_old in project.read(name):
                    project.replace(name, spelled_old, spelled_new)

    return edit


def as_items(flags: str) -> str:
    """Flags as the Jobfile has them: a list of texts."""
    return ", ".join(f'"{flag}"' for flag in flags.split())


def spoil(name: str) -> Edit:
    """Add a few bytes to a file that is no text."""
    return lambda project: project.write(name, project.path(name).read_bytes() + b"spoilt") and None


def in_outputs(change: Callable[[str], Edit]) -> Edit:
    """Do the same to what both tools made."""
    return edits(change("build/jobmake/"), change("build/ninja/"))
