"""The traces of a cache: for each action key a file, with a line for each run that was kept.

Knows how a trace is written. Does not know what a key is made of.

Invariants: lines are only appended, or the file is replaced whole; a line counts only if
its checksum is right and it names the key. Of two builds that write at once one may lose a
line: that is a run that is not remembered, never a wrong one.
"""

from __future__ import annotations

import os

from xxhash import xxh3_64_hexdigest

from jobmake.caches.objects import taken
from jobmake.model.cached import Trace
from jobmake.tools.atomic import write_all
from jobmake.tools.digest import PREFIX, digest_bytes
from jobmake.tools.jsontext import dumps, encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jobmake.caches.objects import Objects

MOST = 16  # traces of one key
_encode = encoder(compact=True, sort=True)
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class Traces:
    """The traces below ``folder``."""

    def __init__(self, folder: str, objects: Objects) -> None:
        self.folder, self._objects = folder, objects

    def find(self, key: str) -> list[Trace]:
        """Return the intact traces of a key, the newest first."""
        found: list[Trace] = []
        seen = set()
        for line in reversed(self._lines(key)):
            data = _checked(line, key)
            same = data and dumps([data.get(one) for one in ("out", "files", "value", "own")])
            if data is None or same in seen:
                continue
            seen.add(same)
            trace = self._trace(data, key)
            if trace is not None:
                found.append(trace)
            if len(found) == MOST:
                break
        return found

    def add(self, key: str, trace: Trace) -> int:
        """Keep a trace; return how many bytes it took. Raises OSError."""
        line = _encoded(key, trace)
        path = self._path(key)
        try:
            descriptor = os.open(path, _APPEND, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            descriptor = os.open(path, _APPEND, 0o600)
        try:
            # a kill may have cut the last line: begin on a new one
            write_all(descriptor, b"\n" + line + b"\n")
            size = os.lseek(descriptor, 0, os.SEEK_CUR)  # it was appended to
        finally:
            os.close(descriptor)
        if size > 2 * MOST * len(line) + 4096:
            self._shorten(key)
        return taken(size) - taken(size - len(line) - 2)

    def refresh(self, key: str) -> None:
        """Mark the traces of a key as just used."""
        self._objects.refresh(self._path(key))

    def _path(self, key: str) -> str:
        name = digest_bytes(os.fsencode(key)).removeprefix(PREFIX)
        return f"{self.folder}/{name[0]}/{name}"

    def _lines(self, key: str) -> list[bytes]:
        try:
            with open(self._path(key), "rb") as file:
                return [line for line in file.read().split(b"\n") if line]
        except OSError:
            return []

    def _shorten(self, key: str) -> None:
        newest: dict[bytes, None] = {}
        for line in reversed(self._lines(key)):
            if _checked(line, key) is not None:
                newest[line] = None
            if len(newest) == MOST:
                break
        descriptor, temporary = self._objects.new_file(0o600)
        try:
            write_all(descriptor, b"".join(line + b"\n" for line in reversed(newest)))
        finally:
            os.close(descriptor)
        self._objects.move_in(temporary, self._path(key))

    def _trace(self, data: dict[str, Any], key: str) -> Trace | None:
        try:
            value = data["value"]
            return Trace(
                outputs=_texts(data["out"]),
                discovered=_texts(data["files"]),
                value=None if value is None else str(value),
                files=_texts(data.get("own", {})),
                target=str(data["target"]),
                run_id=str(data["run"]),
                seconds=float(data["seconds"]),
                links=_texts(data["links"]),
                key=key,
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _encoded(key: str, trace: Trace) -> bytes:
    data = {
        "key": key,
        "out": dict(trace.outputs),
        "files": dict(trace.discovered),
        "value": trace.value,
        "own": dict(trace.files),
        "target": trace.target,
        "run": trace.run_id,
        "seconds": trace.seconds,
        "links": dict(trace.links),
    }
    payload = _encode(data).encode()
    return xxh3_64_hexdigest(payload).encode() + b" " + payload


def _checked(line: bytes, key: str) -> dict[str, Any] | None:
    checksum, _, payload = line.partition(b" ")
    if checksum != xxh3_64_hexdigest(payload).encode():
        return None
    import json

    try:
        data = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and data.get("key") == key else None


def _texts(data: dict[str, str]) -> dict[str, str]:
    return {str(name): str(text) for name, text in data.items()}
