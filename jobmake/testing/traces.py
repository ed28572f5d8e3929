"""A project's outputs and a trace of them, as a build would make them.

Knows files and digests. Does not know any cache.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from jobmake.memory.files import Files
from jobmake.memory.resultfiles import result_parts
from jobmake.memory.stamps import Clock
from jobmake.model.cached import Trace
from jobmake.tools.digest import digest_bytes

KEY = "xxh3:" + "1" * 32


def digest(root: Path, path: str) -> str:
    """Return the digest of a file or folder, as a record holds it."""
    files = Files(str(root), {}, Clock(None, time.monotonic))
    found = files.digest(path.rstrip("/"))
    assert found is not None, path
    return found


def trace_of(root: Path, *paths: str, **more: object) -> Trace:
    """Return the trace of a run that made these outputs, as they are now."""
    outputs = {path: digest(root, path) for path in paths}
    return Trace(outputs, target="made", run_id="1", seconds=1.5, **more)  # type: ignore[arg-type]


def result_of(
    root: Path, value: bytes | None = None, files: dict[str, bytes] | None = None, **more: object
) -> Trace:
    """Return the trace of a run that has a value and own files, and these in their place."""
    own = {name: digest_bytes(data) for name, data in (files or {}).items()}
    trace = Trace(
        {}, value=None if value is None else digest_bytes(value), files=own, target="made",
        run_id="1", seconds=1.5, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    for name, path, _ in result_parts(trace):
        write(root / path, (files or {})[name] if name else value or b"")
    return trace


def write(path: Path, data: bytes | str, *, executable: bool = False) -> Path:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    path.chmod(0o755 if executable else 0o644)
    return path


def listing(folder: Path) -> dict[str, object]:
    """Return all that is in a folder: links by their texts, files by content and executable bit."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = "-> " + os.readlink(path)
        elif path.is_dir():
            found[name] = "folder"
        else:
            found[name] = (path.read_bytes(), os.access(path, os.X_OK))
    return found


def tick(folder: Path) -> None:
    """Let the file system's clock move on: it counts in steps of some milliseconds."""
    path = folder / ".tick"
    path.write_bytes(b"")
    begin = path.stat().st_mtime_ns
    while path.stat().st_mtime_ns == begin:
        path.write_bytes(b"")
