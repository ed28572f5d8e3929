"""A Jobfile in the making, and what could not be carried over into it.

Knows the parts of a Jobfile and where the imported file lies. Knows no other tool.

Invariant: nothing is dropped without a Note.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import Any

from jobmake.model.bindings import ROOTS
from jobmake.model.errors import JobfileError, Problem
from jobmake.tools.pathnames import escape_magic, has_magic, is_outside, normal
from jobmake.tools.template import literal
from jobmake.tools.value import Mutable, Value, field


class Note(Value):
    """One thing that was not carried over as it was: where, what, and what was done."""

    file: str
    line: int
    text: str
    done: str


class Source(Value):
    """The imported file: ``name`` as the person wrote it, absolute ``folder`` and ``root``.

    ``root`` is the folder of the Jobfile to be written; commands run in ``folder``.
    """

    name: str
    path: str
    root: str

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path)

    @property
    def cwd(self) -> str:
        """The imported file's folder, as seen from the Jobfile's."""
        return os.path.relpath(self.folder, self.root)

    def rebased(self, path: str, within: str = "") -> str:
        """Return a path of the imported file (of ``within`` in its folder) as the Jobfile's."""
        whole = posixpath.join(self.folder, within, path)
        inside = normal(posixpath.relpath(whole, self.root))
        # what lies elsewhere on the machine is named as it was
        if posixpath.isabs(path) and is_outside(inside):
            return normal(path)
        return inside

    def local(self, path: str) -> str:
        """Return one of the Jobfile's paths as the imported file would name it."""
        return path if posixpath.isabs(path) else posixpath.relpath(path, self.cwd)

    def where(self, path: str) -> str:
        """Return the absolute path of one of the Jobfile's paths."""
        return os.path.join(self.root, path)

    def wrong(
        self, message: str, line: int | None = None, text: str | None = None, hint: str = ""
    ) -> JobfileError:
        """Return the error for an imported file that makes no sense."""
        source = text.rstrip("\r\n") if text is not None else None
        width = max(1, len(source or ""))
        return JobfileError((Problem(message, hint or None, self.name, line, source, width=width),))

    def read(self) -> str:
        """Return the file's text. Raises JobfileError where it is none."""
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise self.wrong(f"it cannot be read: {error.strerror}") from None
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise self.wrong("it is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
        if "\0" in text:
            raise self.wrong("it holds a NUL character", text.count("\n", 0, text.index("\0")) + 1)
        return text


class Draft(Mutable):
    """A Jobfile in the making: its tables, comments above targets, and the notes."""

    source: Source
    project: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def note(self, line: int, text: str, done: str, file: str = "") -> None:
        """Say what became of a line; saying it twice says it once."""
        one = Note(file or self.source.name, line, " ".join(text.split()), done)
        if one not in self.notes:
            self.notes.append(one)

    def free_name(self, wanted: str) -> str:
        """Return a target's name near ``wanted`` that is not taken."""
        name = base = target_name(wanted)
        number = 2
        while name in self.targets:
            name = f"{base}-{number}"
            number += 1
        return name

    def add(self, name: str, keys: dict[str, Any]) -> None:
        """Add a target; keys without a value are left out."""
        self.targets[name] = {
            key: value for key, value in keys.items() if value not in ([], {}, "")
        }


def target_name(text: str) -> str:
    """Return ``text`` as the name of a target can be."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-") or "target"


def path_text(path: str, folder: bool = False) -> str:
    """Return a path so that a Jobfile takes it for this one file, or folder."""
    text = literal(escape_magic(path) if has_magic(path) else path, ROOTS)
    if text.startswith("@"):
        text = "./" + text
    return text + "/" if folder else text
