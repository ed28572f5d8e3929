"""What was true when each target last succeeded: the lockfile, with the journal on top.

The only writer of the lockfile, and `record` the only way to put a record into it.

Forget before you destroy: `start` is journalled before a target's outputs are touched.
From then on its old record decides nothing (`get` gives none) but stays readable for
`why` (`old`), until `record` brings a new one. So a kill at any instant leaves "stale".
"""

from __future__ import annotations

import os
from collections.abc import Callable

from jobmake.memory import lockfile
from jobmake.memory.journal import (
    Journal,
    is_running,
    read_journal,
    record_from_json,
    record_to_json,
)
from jobmake.memory.left import Made, read_left, write_left
from jobmake.memory.locked import Locked
from jobmake.memory.searched import Searched
from jobmake.model.errors import StateError, state_error
from jobmake.tools.atomic import write_whole
from jobmake.tools.digest import digest_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.memory.journal import Fact
    from jobmake.model.fingerprint import Record

SAVE_EVERY = 10.0  # seconds between two writings of the lockfile during a build, at least
SAVE_SHARE = 20  # and this many times what the last writing took

INTERRUPTED = "did not finish"

Gone = Callable[[str], bool]  # says of a name whether the Jobfile has no such target any more


class Records:
    """The records of a project. Reading writes nothing; `start` begins the writing."""

    def __init__(
        self,
        lock_path: str,
        journal_path: str,
        agrees: Callable[[Record], bool],
        left_path: str | None = None,
        *,
        is_canonical: bool = False,
    ) -> None:
        """``is_canonical``: the lockfile is known to be in its canonical form, and sorted."""
        self._lock_path, self._left_path = lock_path, left_path
        self._journal_path = journal_path
        # what no record will name any more: path to the target that made it, and its digest
        self._orphans: dict[str, Made] = {}
        self._journal = Journal(journal_path)
        self._agrees = agrees
        self.damaged: str | None = None
        self.taken_over = False  # whether the lockfile changed during the build
        self._loaded = read_bytes(lock_path)
        self._records: Locked | Searched = (
            Searched(self._loaded)
            if is_canonical and self._loaded is not None
            else self._parsed(self._loaded)
        )
        # targets whose last run did not succeed, with what the reader is told
        self._unfinished: dict[str, Fact] = {}
        self._ours: set[str] = set()
        # what came with a lockfile that changed meanwhile: their targets may be of a Jobfile
        # that changed with it, so that ours knows nothing of them
        self._theirs: set[str] = set()
        facts = read_journal(journal_path)
        finished = [str(fact["finished"]) for fact in facts if "finished" in fact]
        locked = {name: one for name in finished if (one := self._records.get(name)) is not None}
        for fact in facts:
            self._replay(fact)
        self._prefer_what_agrees(locked)
        self._dirty = bool(self._ours)
        self._saved_at: float | None = None
        self._save_took = 0.0

    def get(self, name: str) -> Record | None:
        """Return the record that decides about a target, or None."""
        return None if name in self._unfinished else self._records.get(name)

    def holds(self, name: str) -> bool:
        """Say whether a target has a record, old or good; it is not decoded."""
        return name in self._records

    def __len__(self) -> int:
        return len(self._records)

    def old(self, name: str) -> Record | None:
        """Return the last record of a target, also where it decides nothing any more."""
        return self._records.get(name)

    def trouble(self, name: str) -> str | None:
        """Return how the last run of a target ended if it did not succeed."""
        fact = self._unfinished.get(name)
        return None if fact is None else str(fact.get("why", INTERRUPTED))

    def names(self) -> list[str]:
        """Return the targets that have a record, old or good."""
        return list(self._records)

    def unfinished(self) -> list[str]:
        """Return the targets whose last run did not succeed."""
        return list(self._unfinished)

    def running(self, builder: int) -> dict[str, str]:
        """Return the targets that run now, and the ids of their runs; ``builder`` is the process
        that builds now: what another had started was cut off."""
        facts = self._unfinished.items()
        return {name: str(one["run"]) for name, one in facts if is_running(one, builder)}

    def began(self, name: str) -> float | None:
        """Return when the run began that a target is in, in seconds since 1970."""
        at = self._unfinished.get(name, {}).get("at")
        return float(at) if isinstance(at, int | float) else None

    def failed_as(self, name: str) -> str | None:
        """Return the fingerprint of the last run of a target if it did not succeed."""
        fact = self._unfinished.get(name)
        return None if fact is None else fact.get("fingerprint")

    def start(self, name: str, run_id: str, at: float = 0.0, fingerprint: str = "") -> None:
        """Note that a run of a target begins; its record decides nothing from here on. ``at``
        (seconds since 1970) is for people, the digest ``fingerprint`` tells what of."""
        fact = {"started": name, "run": run_id, "pid": os.getpid(), "at": at}
        self._note({**fact, "fingerprint": fingerprint})

    def start_restoring(self, name: str, run_id: str, at: float, folders: Iterable[str]) -> None:
        """Note that outputs of a target are about to come back, by way of ``folders``; its record
        decides nothing from here on."""
        fact = {"started": name, "run": run_id, "pid": os.getpid(), "at": at}
        self._note({**fact, "folders": sorted(folders)})

    def half_restored(self) -> set[str]:
        """Return the folders in which something of a restore that was cut off may lie."""
        return {str(one) for fact in self._unfinished.values() for one in fact.get("folders", ())}

    def fail(self, name: str, why: str) -> None:
        """Note that the run of a target that was started failed."""
        self._note({"failed": name, "why": why, "fingerprint": self.failed_as(name)})

    def ended(self, name: str) -> None:
        """Note that the run of a target that leaves no record has ended as it should."""
        self._note({"ended": name})

    def drop(self, name: str) -> None:
        """Forget the record of a target that leaves none any more."""
        if name in self._records:
            self._forget(name)
            self._dirty = True

    def record(self, name: str, record: Record) -> None:
        """Note that a target succeeded, and how."""
        self._append({"finished": name, "record": record_to_json(record)})
        self._take(name, record)
        self._dirty = True

    def save_now_and_then(self, monotonic: Callable[[], float], gone: Gone | None) -> None:
        """Save if enough time has passed since the last time (``monotonic``: seconds)."""
        begin = monotonic()
        if self._saved_at is None:
            self._saved_at = begin
        wait = max(SAVE_EVERY, SAVE_SHARE * self._save_took)
        if self._dirty and begin - self._saved_at >= wait:
            self.save(gone)
            self._saved_at = monotonic()
            self._save_took = self._saved_at - begin

    def save(self, gone: Gone | None) -> bool:
        """Write the lockfile if it would change; say whether it did.

        Records of targets that are ``gone`` from the Jobfile are dropped; None: it is known that
        there are none. Raises StateError.
        """
        on_disk = read_bytes(self._lock_path)
        if on_disk != self._loaded:
            self._take_over(on_disk)
        if gone is not None:
            for name in [one for one in self._records if gone(one)]:
                if name not in self._theirs:
                    self._forget(name)
            for name in [one for one in self._unfinished if gone(one)]:
                del self._unfinished[name]
        data = on_disk
        if self._records.changed and (self._records or on_disk is not None):
            data = self._records.text()
        changed = data is not None and data != on_disk
        try:
            self._keep_orphans()
            if changed and data is not None:
                # nothing half-written ever lies among the project's files
                write_whole(self._lock_path, data, aside=os.path.dirname(self._journal_path))
                self._loaded = data
            self._records.changed = False
            self._journal.replace(self._unfinished.values())
        except OSError as error:
            raise state_error(error, "write") from None
        self._dirty = False
        return changed

    @property
    def is_canonical(self) -> bool:
        """Whether the lockfile on the disk is in its canonical form, and holds all records."""
        return self._loaded is not None and self.damaged is None and not self._records.changed

    def renew(self) -> None:
        """Have each record written anew: one that is not whole is dropped, whoever asks for it."""
        self._records.decode_all()

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()

    @property
    def lock_digest(self) -> str | None:
        """The digest of the lockfile as it was read or written last; None where there is none."""
        return None if self._loaded is None else digest_bytes(self._loaded)

    def on_disk(self) -> str:
        """Return a digest of what is on the disk now: it shows whether others wrote there."""
        texts = (read_bytes(path) for path in (self._lock_path, self._journal_path))
        return " ".join("-" if one is None else digest_bytes(one) for one in texts)

    def set_damaged_aside(self) -> str | None:
        """Move a lockfile that could not be read out of the way; return its new name."""
        if self.damaged is None:
            return None
        number = 1
        while os.path.lexists(f"{self._lock_path}.damaged-{number}"):
            number += 1
        aside = f"{self._lock_path}.damaged-{number}"
        try:
            os.rename(self._lock_path, aside)
        except OSError as error:
            raise state_error(error, "set aside the damaged lockfile") from None
        self._loaded = None
        return os.path.basename(aside)

    def _parsed(self, data: bytes | None) -> Locked:
        self.damaged = None
        if data is None:
            return Locked()
        as_it_stands = Locked.of_text(data)
        if as_it_stands is not None:
            return as_it_stands
        found = lockfile.read(data)
        self.damaged = found.damaged
        if not found.rivals:
            return Locked.of(found.records)
        theirs = {**found.records, **found.rivals}
        return Locked.of(lockfile.merged(found.records, theirs, self._agrees))

    def _take_over(self, on_disk: bytes | None) -> None:
        """The lockfile changed while we built (a checkout, a pull): keep what is there, and
        of ours only what we made ourselves."""
        self.taken_over = True
        theirs = self._parsed(on_disk)
        if self.damaged:
            raise StateError(
                f"the lockfile `{os.path.basename(self._lock_path)}` was changed during the build"
                f" and cannot be read now: {self.damaged}",
                "what was built is kept in the journal; mend or remove the lockfile, build again",
            )
        mine = {name: self._records[name] for name in self._ours if name in self._records}
        self._theirs.update(theirs)
        self._records = theirs
        self._records.update(mine)

    def _prefer_what_agrees(self, locked: dict[str, Record]) -> None:
        """Where the lockfile was checked out since the journal was written, and its record is
        the one that the disk agrees with, the journal's is of the past."""
        for name in [
            one for one in self._ours if locked.get(one, self._records[one]) != self._records[one]
        ]:
            if self._agrees(locked[name]) and not self._agrees(self._records[name]):
                self._records[name] = locked[name]

    def _forget(self, name: str) -> None:
        record = self._records.pop(name, None)
        if record is not None:
            self._orphan(name, record.outputs)

    def _orphan(self, name: str, outputs: Mapping[str, str]) -> None:
        self._orphans.update({path: Made(name, digest) for path, digest in outputs.items()})

    def _keep_orphans(self) -> None:
        """Note what is left on the disk by records that are no more. Raises OSError."""
        if not self._orphans or self._left_path is None:
            return
        root = os.path.dirname(self._lock_path)
        held = {path for one in self.names() if (old := self.old(one)) for path in old.outputs}
        new = {
            path: made
            for path, made in self._orphans.items()
            if path not in held and os.path.lexists(os.path.join(root, path.rstrip("/")))
        }
        self._orphans.clear()
        if new:
            known = read_left(self._left_path)
            write_left(
                self._left_path, {path: known[path] for path in known if path not in new} | new
            )

    def _note(self, fact: Fact) -> None:
        self._append(fact)
        self._replay(fact)

    def _append(self, fact: Fact) -> None:
        try:
            self._journal.append(fact)
        except OSError as error:
            raise state_error(error, "write") from None

    def _take(self, name: str, record: Record) -> None:
        """Let a record be the one that decides about a target."""
        old = self._records.get(name)
        if old is not None:
            now = record.outputs
            self._orphan(name, {path: old.outputs[path] for path in old.outputs if path not in now})
        self._records[name] = record
        self._ours.add(name)
        self._unfinished.pop(name, None)

    def _replay(self, fact: Fact) -> None:
        if "finished" in fact:
            record = record_from_json(fact.get("record"))
            if record is not None:
                self._take(str(fact["finished"]), record)
        elif "started" in fact:
            self._unfinished[str(fact["started"])] = fact
        elif "failed" in fact:
            self._unfinished[str(fact["failed"])] = fact
        elif "ended" in fact:
            self._unfinished.pop(str(fact["ended"]), None)


def read_bytes(path: str) -> bytes | None:
    """Return what is in a lockfile, or None where there is none. Raises StateError."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        error.filename = path  # a read that fails tells no name
        raise state_error(error, "read the lockfile") from None
