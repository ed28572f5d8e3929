"""The journal: what started and finished since the lockfile was last written.

One line per fact, each with a checksum, only ever appended. Does not know what follows
from a fact.

Invariant: a line is there whole, or it is not there. What a kill cut off, or a bit
damaged, is passed over.
"""

from __future__ import annotations

import os

from xxhash import xxh3_64_hexdigest

from jobmake.model.fingerprint import Claim, Fingerprint, Record
from jobmake.tools.atomic import write_all, write_whole
from jobmake.tools.jsontext import encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Fact = dict[str, Any]

# a line: {"started": target, "run": id, "pid": builder, "at": seconds}, of a run with its
#          "fingerprint", of a restore with the "folders" that it writes into
#         {"failed": target, "why": text} · {"finished": target, "record": {...}}
#         {"ended": target}: of a service

_encode = encoder(compact=True)


def read_journal(path: str) -> list[Fact]:
    """Return the facts of all intact lines, in order."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return []
    return list(_facts(data)) if data else []


def _facts(data: bytes) -> Iterator[Fact]:
    import json

    for line in data.split(b"\n"):
        checksum, space, payload = line.partition(b" ")
        if not space or checksum.decode("ascii", "replace") != xxh3_64_hexdigest(payload):
            continue
        try:
            fact = json.loads(payload)
        except ValueError:
            continue
        if isinstance(fact, dict):
            yield fact


class JournalTail:
    """Reads the journal of another process as it grows; each line once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._inode, self._end = -1, 0
        self._last: dict[str, Fact] = {}

    def last(self, target: str) -> Fact | None:
        """Return the last fact of a target, None where the journal has none of it now."""
        try:
            with open(self._path, "rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._end:
                    self._inode, self._end = status.st_ino, 0  # it was written anew
                    self._last.clear()
                file.seek(self._end)
                data = file.read()
        except OSError:
            return None
        whole = data[: data.rfind(b"\n") + 1]  # the last line may be half there
        self._end += len(whole)
        for fact in _facts(whole):
            names = (fact.get(what) for what in ("started", "finished", "failed", "ended"))
            self._last[str(next((name for name in names if name is not None), None))] = fact
        return self._last.get(target)


def is_running(fact: Fact, builder: int) -> bool:
    """Say whether the last fact of a target is that this process has started a run of it."""
    return "started" in fact and "run" in fact and fact.get("pid") == builder


class Journal:
    """The journal of the one process that builds. Opened with the first fact."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    def append(self, fact: Fact) -> None:
        """Add one line. Raises OSError that names the journal."""
        try:
            self._append(_line(fact))
        except OSError as error:
            error.filename = self._path  # a full disk tells no name
            raise

    def _append(self, line: bytes) -> None:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            # a kill may have cut the last line: begin on a new one
            write_all(self._descriptor, b"\n" if os.fstat(self._descriptor).st_size else b"")
        write_all(self._descriptor, line)

    def replace(self, facts: Iterable[Fact]) -> None:
        """Put ``facts`` in place of all lines. Raises OSError."""
        self.close()
        data = b"".join(map(_line, facts))
        if data or (os.path.exists(self._path) and os.path.getsize(self._path)):
            write_whole(self._path, data, mode=0o600, follow=False)

    def close(self) -> None:
        """Close the file; the next fact opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def record_to_json(record: Record) -> Any:
    """Return a record as JSON holds it."""
    parts = [[kind, name, value] for (kind, name), value in record.fingerprint.parts.items()]
    return {
        "parts": parts,
        "digest": record.fingerprint.digest,
        "outputs": dict(record.outputs),
        "value": record.value,
        "files": dict(record.files),
        "accepted": [claim.by, claim.on, claim.reason] if (claim := record.accepted) else None,
    }


def record_from_json(data: Any) -> Record | None:
    """Return the record that JSON holds, or None if it is not one."""
    try:
        parts = [(kind, name, value) for kind, name, value in data["parts"]]
        fingerprint = Fingerprint.of(parts)
        outputs = {str(path): str(digest) for path, digest in data["outputs"].items()}
        files = {str(name): str(digest) for name, digest in data.get("files", {}).items()}
        value = data.get("value")
        accepted = data.get("accepted")
        claim = None if accepted is None else Claim(*map(str, accepted))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if fingerprint.digest != data.get("digest") or not isinstance(value, str | None):
        return None
    return Record(fingerprint, outputs, value, claim, files)


def _line(fact: Fact) -> bytes:
    payload = _encode(fact).encode()
    return xxh3_64_hexdigest(payload).encode() + b" " + payload + b"\n"
