"""The history of runs, in SQLite: when, how long, why, how it ended.

One writer, the holder of the project's lock; readers open it read-only and write nothing.
Does not decide anything: if it is lost, only the past is.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.model.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_VERSION = 1
_TABLE = """
create table if not exists runs (
    id integer primary key, jobfile text not null, target text not null, started real not null,
    seconds real, user real, system real, peak_memory integer,
    ended text, exit_code integer, signal integer,
    action text, command text, reasons text, log text
);
create index if not exists runs_of_target on runs (jobfile, target, id);
"""


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run as it is kept.

    ``jobfile`` is the Jobfile's name: others in the same folder have targets of their own.
    ``started`` is seconds since 1970; ``seconds``, ``user`` and ``system`` are durations;
    ``peak_memory`` is bytes; ``ended`` is built, failed, stopped or not recorded; ``action`` is the
    digest of what ran, ``command`` its text before values were put in, ``reasons`` a line
    each; ``log`` is a path relative to the root, None where the run wrote nothing.
    """

    id: int
    jobfile: str
    target: str
    started: float
    seconds: float
    user: float
    system: float
    peak_memory: int
    ended: str
    exit_code: int | None
    signal: int | None
    action: str
    command: str
    reasons: str
    log: str | None


# what SQLite says of the disk, not of the file: no leave, no place, nothing to read from
_TROUBLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}  # fmt: skip

_COLUMNS = ", ".join(PastRun.__slots__)


class History:
    """The writer's side. Runs are committed in batches; a kill loses the last few."""

    def __init__(self, path: str, runs_folder: str, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._committed_at = monotonic()
        self.set_aside: str | None = None
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _TROUBLE:
                raise StateError(f"cannot use `{path}`: {error}") from None
            # damaged: history is gone, and that is said
            self.set_aside = _move_aside(path)
            self._connection = _open(path)
        self._next_id = max(self._last_id(), _last_folder(runs_folder)) + 1

    def new_id(self) -> str:
        """Return an id that no run has had."""
        self._next_id += 1
        return str(self._next_id - 1)

    def add(self, run: PastRun) -> None:
        """Keep a run that has ended. Trouble with the disk costs history, never the build."""
        marks = ", ".join("?" * len(PastRun.__slots__))
        try:
            self._connection.execute(
                f"insert or replace into runs ({_COLUMNS}) values ({marks})",
                tuple(getattr(run, name) for name in PastRun.__slots__),
            )
            if self._monotonic() - self._committed_at > 0.5:
                self._connection.commit()
                self._committed_at = self._monotonic()
        except sqlite3.Error:
            pass

    def close(self) -> None:
        """Write what is left."""
        try:
            self._connection.commit()
        except sqlite3.Error:
            pass
        self._connection.close()

    def _last_id(self) -> int:
        row = self._connection.execute("select max(id) from runs").fetchone()
        return int(row[0] or 0)


@dataclass(frozen=True, slots=True)
class PastRuns:
    """The reader's side: the runs of one Jobfile's targets. Writes nothing.

    ``path`` is the history's file; where there is none, or it is damaged, there are no
    past runs.
    """

    path: str
    jobfile: str

    def last(self, target: str) -> PastRun | None:
        """Return the newest kept run of a target, or None."""
        found = self._read("target = ? order by id desc limit 1", target)
        return found[0] if found else None

    def command(self, target: str, action: str) -> str | None:
        """Return the command text of a target's newest run with that action's digest."""
        found = self._read("target = ? and action = ? order by id desc limit 1", target, action)
        return found[0].command if found else None

    def seconds(self, targets: Iterable[str]) -> dict[str, float]:
        """Return what each target's newest good run took; those never built are left out."""
        wanted = set(targets)
        newest = self._read(
            "id in (select max(id) from runs where ended = 'built' and jobfile = ?"
            " group by target)",
            self.jobfile,
        )
        return {run.target: run.seconds for run in newest if run.target in wanted}

    def newest(self, most: int) -> dict[str, list[PastRun]]:
        """Return of each target its newest runs, the newest first, at most so many."""
        found: dict[str, list[PastRun]] = {}
        which = (
            "id in (select id from (select id, row_number() over (partition by target"
            " order by id desc) as place from runs where jobfile = ?) where place <= ?)"
            " order by id desc"
        )
        for run in self._read(which, self.jobfile, most):
            found.setdefault(run.target, []).append(run)
        return found

    def _read(self, which: str, *values: str | int) -> list[PastRun]:
        if not os.path.exists(self.path):
            return []
        from urllib.parse import quote

        query = f"select {_COLUMNS} from runs where jobfile = ? and {which}"
        try:
            with closing(sqlite3.connect(f"file:{quote(self.path)}?mode=ro", uri=True)) as database:
                return [PastRun(*row) for row in database.execute(query, (self.jobfile, *values))]
        except sqlite3.Error:
            return []


def ended_runs(path: str) -> list[tuple[int, str, str]] | None:
    """Return id, Jobfile and target of every run that has ended, the newest first; None where
    there is no history that can be read."""
    from urllib.parse import quote

    query = "select id, jobfile, target from runs order by id desc"
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as database:
            return list(database.execute(query))
    except sqlite3.Error:
        return None


def _open(path: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=5)
    except sqlite3.OperationalError as error:
        raise StateError(f"cannot open `{path}`: {error}") from None
    try:
        version = connection.execute("pragma user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError("of another version")
        connection.execute("pragma synchronous = off")  # it can be lost; it must not cost time
        if version != _VERSION:
            connection.executescript(_TABLE)
            connection.execute(f"pragma user_version = {_VERSION}")
        connection.execute("select count(*) from runs where id < 0").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(path: str) -> str:
    number = 1
    while os.path.lexists(f"{path}.damaged-{number}"):
        number += 1
    os.rename(path, f"{path}.damaged-{number}")
    return f"{os.path.basename(path)}.damaged-{number}"


def _last_folder(runs_folder: str) -> int:
    """Runs whose row was lost with a kill still have their folders."""
    try:
        return max((int(name) for name in os.listdir(runs_folder) if name.isdigit()), default=0)
    except OSError:
        return 0
