"""Files outside the project that runs have named in their depfiles: the system's headers.

They are of this machine, so they stay here and do not go into the lockfile. Does not know
what follows from a change.

Invariant: what is kept for a target belongs to one record of it, told by the record's seal; of
another record nothing is known.
"""

from __future__ import annotations

import marshal

from xxhash import xxh3_128_digest

from jobmake.tools.atomic import write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.memory.files import Files
    from jobmake.model.fingerprint import Record

_MAGIC = b"jobmake outside 1 marshal %d\n" % marshal.version


class Outside:
    """By target: the seal of its record, and path and digest of each file. Read when first
    asked, written by `save` if something changed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._entries: dict[str, tuple[str, dict[str, str]]] | None = None
        self._now: dict[str, str | None] = {}
        self._changed = False

    def get(self, name: str, seal: str) -> Mapping[str, str]:
        """Return path and digest of the files that belong to a record."""
        kept, files = self._read().get(name, ("", {}))
        return files if kept == seal else {}

    def put(self, name: str, record: Record, files: Mapping[str, str]) -> None:
        """Keep the files of a new record."""
        entries = self._read()
        if files or name in entries:
            entries[name] = record.seal, dict(files)
            self._changed = True

    def digest(self, path: str, files: Files) -> str | None:
        """Return what a file's digest is now; each is looked at once, however many read it."""
        if path not in self._now:
            self._now[path] = files.digest(path)
        return self._now[path]

    def look_again(self) -> None:
        """Look at every file once more when it is asked for."""
        self._now.clear()

    def of(self, name: str) -> Iterable[str]:
        """Return the paths that are known of a target."""
        return self._read().get(name, ("", {}))[1]

    def save(self, is_gone: Callable[[str], bool]) -> None:
        """Write what changed, without the targets that are gone. Raises OSError."""
        if self._changed and self._entries is not None:
            entries = {name: one for name, one in self._entries.items() if not is_gone(name)}
            body = marshal.dumps(entries)
            data = _MAGIC + xxh3_128_digest(body) + body
            write_whole(self._path, data, durable=False, mode=0o600, follow=False)
            self._changed = False

    def _read(self) -> dict[str, tuple[str, dict[str, str]]]:
        if self._entries is None:
            self._entries = _entries(self._path)
        return self._entries


def _entries(path: str) -> dict[str, tuple[str, dict[str, str]]]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return {}
    head = len(_MAGIC)
    body = data[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != xxh3_128_digest(body):
        return {}
    try:
        entries = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return {}
    return entries if isinstance(entries, dict) else {}
