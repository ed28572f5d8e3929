"""What was found out about code and is worth keeping: plain data by plain keys.

Knows which entries were used and whether anything is new. Does not know what they mean,
or how they are stored.

Invariant: an entry is decoded only when it is asked for.
"""

from __future__ import annotations

import marshal
from typing import Any


class Known:
    """A store of plain data, each entry as bytes until it is asked for."""

    def __init__(self, entries: dict[str, bytes] | None = None) -> None:
        self.entries = {} if entries is None else entries
        self.used: set[str] = set()
        self.changed = False
        self._decoded: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """Return what was put under ``key``, None where there is nothing."""
        data = self.entries.get(key)
        if data is None:
            return None
        self.used.add(key)
        if key not in self._decoded:
            self._decoded[key] = marshal.loads(data)
        return self._decoded[key]

    def put(self, key: str, value: Any) -> None:
        """Keep plain data: tuples, texts, numbers."""
        data = marshal.dumps(value)
        self._decoded[key] = value
        self.used.add(key)
        if self.entries.get(key) != data:
            self.entries[key] = data
            self.changed = True
