"""The run that goes on, as the job in it sees it: what it reads, and what it may write.

Own files lie in the folder `files` of the run; when the run has ended well, they are kept with
its value. Knows that folder. Does not know what becomes of it.

Invariant: a file has its name only when it is whole.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any

from jobmake.python.ownfiles import FILES, SAVED, OwnFiles, open_to_read
from jobmake.python.params import MISSING
from jobmake.python.paths import Paths
from jobmake.values.codec import write_value

if TYPE_CHECKING:
    from collections.abc import Iterator

_current: ContextVar[RunningRun | None] = ContextVar("jobmake_run", default=None)
TEMPORARY = ".partial"  # what a file is called before it is whole
_EVERY = 0.1  # seconds between two notes of progress


def current() -> RunningRun:
    """Return the run that goes on in this process. Raises RuntimeError where there is none."""
    run = _current.get()
    if run is None:
        raise RuntimeError("no run goes on here")
    return run


class Entered:
    """Be in a run."""

    def __init__(self, run: RunningRun) -> None:
        self._run = run

    def __enter__(self) -> None:
        self._token = _current.set(self._run)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


class RunningRun(OwnFiles):
    """The run that goes on. It is read like one of the past (`Run`), and it may write.

    ``method`` is its target's name, ``number`` counts runs, ``path`` is its folder, ``workdir``
    the name of the project's; ``inputs``, ``sources`` and ``outputs`` are its target's files, as
    paths from the working directory of the run; ``seed`` is a number that follows from the
    fingerprint, so that it is the same when the same is done again; ``cpus`` is how many
    processors were granted.
    ``input_directory`` is where data comes from that is imported: the project's folder, if the
    Jobfile does not name another.
    """

    def __init__(self, method: str, path: str, *, root: str, pickled: bool = False) -> None:
        self.method, self.path = method, path
        self.number = int(name) if (name := os.path.basename(path)).isdigit() else 0
        self.input_directory, self.workdir = root, os.path.basename(root)
        self.params: dict[str, Any] = {}
        self.cpus, self.seed = 1, 0
        self.inputs = self.sources = self.outputs = Paths([])
        self._pickled = pickled
        self._registered: set[str] | None = None  # None: all that are there at the end
        self._temporary: set[str] = set()
        self._doing: list[str] = []
        self._told = 0.0

    # -- files ---------------------------------------------------------------------------

    def input_filename(self, name: str) -> str:
        """Return the path of a file of the input directory."""
        return os.path.join(self.input_directory, name)

    @contextmanager
    def open(
        self, name: str, mode: str = "r", *, temp: bool = False, **how: Any
    ) -> Iterator[IO[Any]]:
        """Open an own file. One that is written has its name when it is closed, and is gone if
        an exception comes through. ``temp``: it is removed when the run ends."""
        path = self.filename(name)
        if "b" not in mode:
            how.setdefault("encoding", "utf-8")
        if not set(mode) & set("wxa+"):
            with open_to_read(path, mode, **how) as file:
                yield file
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = path + TEMPORARY
        try:
            with open(partial, mode, **how) as file:
                yield file
            os.replace(partial, path)
        finally:
            if os.path.exists(partial):
                os.unlink(partial)
        self._note(name, temp)

    def save(self, value: Any, name: str = SAVED, *, temp: bool = False) -> str:
        """Keep a value as an own file; return its name. Raises NotKept."""
        path = self.filename(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_value(path, value, pickled=self._pickled)
        self._note(name, temp)
        return name

    def load(self, name: str = SAVED, default: Any = MISSING) -> Any:
        """Return a value that was saved. With ``default=`` that, where it was not."""
        if default is not MISSING and not os.path.exists(self.filename(name)):
            return default
        return self._saved(name)

    def json_save(self, value: Any, name: str = "result.json", *, temp: bool = False) -> str:
        """Keep a value as JSON, its keys sorted; return the file's name."""
        with self.open(name, "w", temp=temp) as file:
            json.dump(value, file, sort_keys=True, indent=2)
            file.write("\n")
        return name

    def register_file(self, name: str) -> str:
        """Say that a file in the run's folder of files is one to keep; the others are not, from
        then on. Returns its name."""
        if not os.path.isfile(self.filename(name)):
            raise FileNotFoundError(f"the run has no file `{name}`")
        self._note(name, False)
        return name

    def register_files(self, pattern: str = "*") -> set[str]:
        """Say so of all files that match."""
        found = self.files(pattern)
        for name in found:
            self._note(name, False)
        return found

    def close(self) -> None:
        """Remove what is not to be kept."""
        there = self._names()
        kept = there if self._registered is None else self._registered
        for name in there:
            if name not in kept or name in self._temporary or name.endswith(TEMPORARY):
                os.unlink(self.filename(name))

    # -- progress ------------------------------------------------------------------------

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Progress]:
        """Say what goes on; `step()` of what this gives counts. Shown while the run goes on,
        and in the end of its log if it fails meanwhile."""
        item = Progress(self, what, total)
        self._doing.append(item.text)
        self._tell()
        try:
            yield item
        except BaseException:
            if not getattr(self, "_has_told", False):
                self._has_told = True
                print(f"while: {' > '.join(self._doing)}", flush=True)
            raise
        finally:
            self._doing.pop()
            self._tell()

    def _tell(self, text: str | None = None) -> None:
        if text is not None:
            self._doing[-1] = text
            if time.monotonic() - self._told < _EVERY:
                return
        self._told = time.monotonic()
        with open(os.path.join(self.path, "progress"), "w", encoding="utf-8") as file:
            file.write(" > ".join(self._doing))

    def _note(self, name: str, temp: bool) -> None:
        if temp:
            self._temporary.add(name)
        elif self._registered is None:
            self._registered = {name}
        else:
            self._registered.add(name)

    def _folder(self) -> str:
        return os.path.join(self.path, FILES)


class Progress:
    """One thing that goes on: ``done`` of ``total`` steps."""

    def __init__(self, run: RunningRun, what: str, total: int | None) -> None:
        self._run, self.what, self.total, self.done = run, what, total, 0

    @property
    def text(self) -> str:
        """It as a person reads it."""
        if not self.done and self.total is None:
            return self.what
        return f"{self.what} {self.done}" + (f"/{self.total}" if self.total else "")

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        self.done += count
        self._run._tell(self.text)
