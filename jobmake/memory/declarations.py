"""What Python jobs declared the last time, so that a build with nothing to do imports nothing.

Each is kept with a digest of all files that it was read from. Does not know how that comes
about.

Invariant: what is given back was declared by files of that digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from jobmake.tools.atomic import write_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_MAGIC = "jobmake declarations 1"


class Declarations:
    """By name (a job's spec, a file of jobs): a digest, and data as JSON has it. Read when first
    asked, written by `save` if something changed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._entries: dict[str, tuple[str, Any]] | None = None
        self._changed = False

    def get(self, name: str, digest: str) -> Any:
        """Return what was declared by files of a digest, None where that is not known."""
        kept = self._read().get(name)
        return kept[1] if kept is not None and kept[0] == digest else None

    def last(self, name: str) -> Any:
        """Return what was declared last, None where nothing ever was."""
        kept = self._read().get(name)
        return None if kept is None else kept[1]

    def put(self, name: str, digest: str, data: Any) -> None:
        """Keep what was declared."""
        self._read()[name] = digest, data
        self._changed = True

    def save(self, wanted: Collection[str]) -> None:
        """Write what changed, and only what is ``wanted``. Raises OSError."""
        if not self._changed:
            return
        body = json.dumps({name: one for name, one in self._read().items() if name in wanted})
        text = f"{_MAGIC} {xxh3_128_hexdigest(body.encode())}\n{body}"
        write_whole(self._path, text.encode(), durable=False, follow=False)
        self._changed = False

    def _read(self) -> dict[str, tuple[str, Any]]:
        if self._entries is None:
            self._entries = dict(_read(self._path))
        return self._entries


def _read(path: str) -> Mapping[str, tuple[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            head, _, body = file.read().partition("\n")
        if head != f"{_MAGIC} {xxh3_128_hexdigest(body.encode())}":
            return {}
        found: dict[str, list[Any]] = json.loads(body)
        return {name: (digest, data) for name, (digest, data) in found.items()}
    except (OSError, ValueError):
        return {}
