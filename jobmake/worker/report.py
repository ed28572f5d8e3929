"""How a run in a worker tells what went wrong: a traceback without our own frames for the log,
and a note for the engine.

Knows exceptions. Does not know jobs.
"""

from __future__ import annotations

import json
import linecache
import os
import sys
import traceback
from itertools import pairwise
from typing import TYPE_CHECKING

from jobmake.model.run import PROBLEM, RETURNED
from jobmake.tools.atomic import write_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Refused(Exception):
    """A run that cannot end well, for a reason that needs no traceback."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def tell(error: BaseException, folder: str | None, root: str) -> None:
    """Write the traceback to standard error, and the note into the folder of the run, if any."""
    strip(error)
    traceback.print_exception(error)
    sys.stderr.flush()
    if folder is not None:
        note(folder, *said(error, root))


def note(folder: str, message: str, hint: str | None = None) -> None:
    """Leave a note of why a run fails."""
    with open(os.path.join(folder, PROBLEM), "w", encoding="utf-8", errors="replace") as file:
        json.dump({"message": message, "hint": hint}, file)


def leave_returned(folder: str, parts: Iterable[bytes | memoryview] = ()) -> None:
    """Leave the mark of a job that returned; it holds the file of its value, if there is one."""
    write_parts(os.path.join(folder, RETURNED), parts, durable=False, follow=False)


def is_code(end: SystemExit) -> bool:
    """Say whether an exit code tells all of a call of `sys.exit`: not so 0, or a text."""
    return isinstance(end.code, int) and end.code != 0


def noted(folder: str) -> tuple[str, str | None] | None:
    """Return message and hint of a note, None where there is none."""
    try:
        with open(os.path.join(folder, PROBLEM), encoding="utf-8") as file:
            told = json.load(file)
            return told["message"], told["hint"]
    except (OSError, ValueError, KeyError):
        return None


def said(error: BaseException, root: str) -> tuple[str, str | None]:
    """Return what an exception says, with its place in the project, and a hint of ours."""
    text = traceback.format_exception_only(error)[-1].strip()
    place = where(error, root)
    if isinstance(error, SystemExit) and not error.code:
        text = "SystemExit"
    message = f"raised `{text}`" + (f" at {place[0]}:{place[1]}" if place else "")
    hint = "a job ends by returning" if isinstance(error, SystemExit) else None
    return message, getattr(error, "jobmake_hint", hint)


def where(error: BaseException, root: str) -> tuple[str, int] | None:
    """Return the innermost place in the project's own files that an exception came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return _shown(error.filename, root), error.lineno or 0
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if _is_in(name, root):
            found = _shown(name, root), line
    return found


def strip(error: BaseException) -> None:
    """Take our own frames, and those of the import machinery, out of what is shown of an
    exception and of those behind it."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_ours(one.__traceback__)
        todo += [one.__cause__, one.__context__]
        todo += getattr(one, "exceptions", ())


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not (name.startswith((OURS, "<frozen importlib", "<frozen runpy"))):
            kept.append(trace)
        trace = trace.tb_next
    for one, following in pairwise(kept):
        one.tb_next = following
    if kept:
        kept[-1].tb_next = None
    linecache.checkcache()
    return kept[0] if kept else None


def _is_in(name: str, root: str) -> bool:
    return name.startswith(root + os.sep) and os.sep + "site-packages" + os.sep not in name


def _shown(name: str, root: str) -> str:
    return name[len(root) + 1 :] if name.startswith(root + os.sep) else name
