"""What was found out about project code, kept between processes in `.jobmake/code`.

Knows how it is written, what of it is dropped, and which function of a file changed since
a part of a fingerprint was recorded. Does not know how code is read.

Invariant: only what carries the right checksum is decoded. A lost or damaged store costs
reading code again, never a wrong answer.
"""

from __future__ import annotations

import marshal
import sys
from typing import TYPE_CHECKING, NamedTuple

from xxhash import xxh3_128_digest

from jobmake.code.known import Known
from jobmake.tools.atomic import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.code.code import Reached

_FORMAT = 3  # raised when a summary or an answer comes to mean something else
_MAGIC = b"jobmake code %d marshal %d python %d.%d\n" % (
    _FORMAT,
    marshal.version,
    *sys.version_info[:2],
)
_PART = "part "
_IDLE = 100  # so many times the store is written without an entry being used before it goes
_LIMIT = 8 << 20  # bytes of entries that this process did not use


class Difference(NamedTuple):
    """What changed in a file: names of functions, classes, constants; sorted."""

    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


class CodeStore:
    """The store of one project. ``known`` is what `Code` asks and fills."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._round, self._last_used, entries = _read(path)
        self.known = Known(entries)

    def remember(self, reached: Reached) -> None:
        """Keep what the recorded parts of files were made of, for `difference`."""
        for path, named in reached.bindings.items():
            key = _PART + reached.parts[path]
            if self.known.get(key) is None:
                self.known.put(key, tuple(sorted(named.items())))

    def difference(self, recorded: str, now: Mapping[str, str]) -> Difference | None:
        """Say which names changed since a file's part was ``recorded``, None if unknown."""
        kept = self.known.get(_PART + recorded)
        if kept is None:
            return None
        before = dict(kept)
        return Difference(
            tuple(sorted(name for name in before if now.get(name, before[name]) != before[name])),
            tuple(sorted(now.keys() - before.keys())),
            tuple(sorted(before.keys() - now.keys())),
        )

    def save(self) -> bool:
        """Write the store if there is anything new. Say whether it was. Raises OSError."""
        known = self.known
        if not known.changed:
            return False
        self._round += 1
        self._last_used.update(dict.fromkeys(known.used, self._round))
        kept = {key: self._last_used[key] for key in self._worth_keeping()}
        body = marshal.dumps((self._round, kept, {key: known.entries[key] for key in kept}))
        data = _MAGIC + xxh3_128_digest(body) + body
        write_whole(self._path, data, durable=False, mode=0o600, follow=False)
        known.changed = False
        return True

    def _worth_keeping(self) -> list[str]:
        """Return the keys to keep: all that was used now, and of the others the latest."""
        entries, used = self.known.entries, self.known.used
        idle = sorted((key for key in entries if key not in used), key=self._age)
        kept = [key for key in entries if key in used]
        room = _LIMIT
        for key in idle:
            room -= len(entries[key])
            if room >= 0 and (key.startswith(_PART) or self._age(key) <= _IDLE):
                kept.append(key)
        return kept

    def _age(self, key: str) -> int:
        return self._round - self._last_used.get(key, 0)


def _read(path: str) -> tuple[int, dict[str, int], dict[str, bytes]]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return 0, {}, {}
    head = len(_MAGIC)
    body = data[head + 16 :]
    if data[:head] != _MAGIC or data[head : head + 16] != xxh3_128_digest(body):
        return 0, {}, {}
    try:
        written, last_used, entries = marshal.loads(body)
    except (ValueError, EOFError, TypeError):
        return 0, {}, {}
    return written, last_used, entries
