"""What a reporter is made of: one value with all that it may want to know of its build.

    def make(reporting: Reporting) -> Reporter: ...

Knows how a report is written into a file. Does not know any event.
Invariant: a report that is written at the end has its old or its new content, never a part.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping

from jobmake.model.errors import UsageError
from jobmake.reporters.style import Style
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, TextIO


def _nowhere(_target: str) -> tuple[str, int] | None:
    return None


class Reporting(Value):
    """What a reporter is given when it is made.

    ``name`` is its own. ``root`` is the project's folder, which logs' paths in events are relative
    to. ``path`` is what stands behind the `=` of `NAME=PATH`, absolute; None where nothing does:
    then ``stream`` is where to write. ``settings`` is the plugin's table of the Jobfile.
    ``expected`` gives, when asked, the seconds that each target took in the past; ``place`` the
    file (relative to the root) and the line in which a target is declared. ``now`` gives the
    seconds since 1970, ``monotonic`` those for durations; ``began`` is the time by the latter at
    which jobmake began its work. ``folder`` is where the reporter may keep what it is to know in
    the next build: it is made by who writes there, and can be gone at any time.
    """

    name: str = ""
    root: str = "."
    path: str | None = None
    folder: str = ""
    style: Style = field(default_factory=Style)
    project: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    expected: Callable[[], Mapping[str, float]] = dict
    place: Callable[[str], tuple[str, int] | None] = _nowhere
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    began: float = field(default_factory=time.monotonic)

    def file(self) -> str:
        """Return the path of the report. Raises UsageError where none was given."""
        if self.path is None:
            raise UsageError(
                f"the report `{self.name}` needs a file", f"write it as `{self.name}=FILE`"
            )
        return self.path

    def no_file(self) -> None:
        """Raise UsageError where a path was given."""
        if self.path is not None:
            raise UsageError(
                f"the report `{self.name}` goes to no file", f"write it as `{self.name}`"
            )

    def given(self, settings: type) -> Any:
        """Return the plugin's table as a class declares it by its annotations. Raises
        UsageError."""
        from jobmake.jobfile.given import faults_of, given
        from jobmake.jobfile.plugged import as_toml

        table = as_toml(self.settings)
        for fault in faults_of(settings, table):
            raise UsageError(f"the plugin of the report `{self.name}` {fault.message}", fault.hint)
        return given(settings, table, None)[0]

    def write(self, data: str | bytes) -> None:
        """Write the whole report to its file; the folder is made. Raises OSError."""
        from jobmake.tools.atomic import write_whole

        path = self.file()
        whole = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
        if _is_file(path):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            write_whole(path, whole, durable=False)
        else:  # a pipe, or a device: nothing can be put in its stead
            with Piecemeal(path) as report:
                report.add(whole)


class Piecemeal:
    """A report that is written bit by bit: each is out when `add` returns."""

    def __init__(self, path: str) -> None:
        self.path = path
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        # what an earlier build wrote goes, but never what `/dev/stdout` may be
        how = os.O_TRUNC if _is_file(path) else os.O_APPEND
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, data: bytes) -> None:
        """Write what follows. Raises OSError that names the file."""
        from jobmake.tools.atomic import write_all

        try:
            write_all(self._file, data)
        except OSError as error:
            error.filename = self.path
            raise

    def close(self) -> None:
        """Write nothing more."""
        os.close(self._file)


def _is_file(path: str) -> bool:
    """Say whether a path is that of a file, or of nothing yet."""
    if path.startswith(("/dev/", "/proc/")):
        return False
    return os.path.isfile(path) or not os.path.exists(path)
