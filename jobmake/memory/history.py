"""The history of runs, in SQLite: when, how long, why, how it ended, and how to run it again.

One writer, the holder of the project's lock; who reads it is `pastruns`.
Does not decide anything: if it is lost, only the past is.

Invariant: a history of an older jobmake is carried on in place, row by row kept; one of a
newer jobmake is not touched.
"""

from __future__ import annotations

import os
from operator import attrgetter

from jobmake.model.errors import StateError
from jobmake.tools.githead import commit_of
from jobmake.tools.value import Value, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
else:
    import _sqlite3 as sqlite3  # the same, without `datetime` and how its values are kept

VERSION = 3
MOST_RUNS, MOST_OF_TARGET = 50_000, 200  # what is kept; the oldest go
WRITE_EVERY = 0.2  # seconds between two writings of the runs that have ended
PRUNE_EVERY = 86_400.0  # seconds between two looks for what is too old

# what version 1 had, and what each later one added
_FIRST = """
    id integer primary key, jobfile text not null, target text not null, started real not null,
    seconds real, user real, system real, peak_memory integer,
    ended text, exit_code integer, signal integer,
    action text, command text, reasons text, log text
"""
_ADDED_BY_2 = {
    "attempt": "integer", "fingerprint": "text", "line": "text", "params": "text",
    "inputs": "text", "outputs": "text", "host": "text", "git": "text", "value": "text",
    "error": "text",
}  # fmt: skip
_ADDED_BY_3 = {"files": "text", "result": "text"}
_ADDED = {**_ADDED_BY_2, **_ADDED_BY_3}
# it holds all that is asked about many targets at once, so that no row has to be looked up
_INDEX = (
    "create index if not exists runs_by_target on runs"
    " (jobfile, target, id, ended, seconds, user, system, started)"
)


class PastRun(Value):
    """One run as it is kept.

    ``jobfile`` is the Jobfile's name: others in the same folder have targets of their own.
    ``started`` is seconds since 1970; ``seconds``, ``user`` and ``system`` are durations;
    ``peak_memory`` is bytes; ``ended`` is built, failed, timed out, stopped, not recorded, or
    restored where nothing ran (running where it goes on: that is told, not kept); ``action``
    is the digest of what ran, ``command`` its text
    before values were put in, ``reasons`` a line each; ``log`` is a path relative to the
    root, None where the run wrote nothing.

    Kept since version 2: ``fingerprint`` and ``value`` (digests); ``line``, to paste into a
    shell; ``params``, ``inputs`` and ``outputs``, JSON of names and values, of paths, and of
    paths and digests; ``git``, the commit; ``error``, what a failed run was told to be.
    Since version 3: ``files``, JSON of own files' names and digests; ``result``, the name by
    which value and own files are kept.
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
    attempt: int | None = None
    fingerprint: str | None = None
    line: str | None = None
    params: str | None = None
    inputs: str | None = None
    outputs: str | None = None
    host: str | None = None
    git: str | None = None
    value: str | None = None
    error: str | None = None
    files: str | None = None
    result: str | None = None


COLUMNS = fields(PastRun)
_VALUES = attrgetter(*COLUMNS)
_INSERT = (
    f"insert or replace into runs ({', '.join(COLUMNS)}) values ({', '.join('?' * len(COLUMNS))})"
)
COLUMNS_OF = {
    1: tuple(name for name in COLUMNS if name not in _ADDED),
    2: tuple(name for name in COLUMNS if name not in _ADDED_BY_3),
}

# what SQLite says of the disk, not of the file: no leave, no place, nothing to read from
_TROUBLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY}  # fmt: skip


class _NewerError(Exception):
    """It was written by a newer jobmake, whose tables we do not know."""


class History:
    """The writer's side. Runs are committed in batches; a kill loses the last few.

    ``notice`` says what is wrong with the history that was found, None where nothing is.
    ``host`` and ``git`` are this machine's name and the project's commit, as they are now.
    """

    def __init__(self, path: str, runs_folder: str, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._committed_at = monotonic()
        self._rows: list[tuple[object, ...]] = []  # that are not written yet
        self._newest = 0.0  # when the last run that was added began
        self.notice: str | None = None
        self.host, self.git = os.uname().nodename, commit_of(os.path.dirname(path))
        last = 0
        try:
            self._connection = _open(path)
            last = self._last_id()
        except _NewerError:
            # ids go on from its runs' folders; nothing of what is added now is kept
            self._connection = _open(":memory:")
            self.notice = (
                f"the history `.jobmake/{os.path.basename(path)}` is of a newer jobmake: it is left"
                " as it is, and the runs of this build are not kept in it"
            )
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _TROUBLE:
                raise StateError(f"cannot use `{path}`: {error}") from None
            self.notice = (
                "the history of runs was damaged: it begins anew, the old one is"
                f" `.jobmake/{_move_aside(path)}`"
            )
            self._connection = _open(path)
            last = self._last_id()
        self._next_id = max(last, _last_folder(runs_folder)) + 1

    def new_id(self) -> str:
        """Return an id that no run has had."""
        self._next_id += 1
        return str(self._next_id - 1)

    def add(self, run: PastRun) -> None:
        """Keep a run that has ended. Trouble with the disk costs history, never the build."""
        self._newest = max(self._newest, run.started)
        self._rows.append(_VALUES(run))
        now = self._monotonic()
        if now - self._committed_at > WRITE_EVERY:
            self._committed_at = now
            self._write()

    def close(self) -> None:
        """Write what is left, and once a day drop what is too old."""
        self._write()
        try:
            if self._newest:
                self._prune_now_and_then()
            self._connection.commit()
        except sqlite3.Error:
            pass
        self._connection.close()

    def _write(self) -> None:
        """Write what was added, in one transaction. Trouble costs these rows."""
        rows, self._rows = self._rows, []
        try:
            try:
                self._connection.executemany(_INSERT, rows)
            except UnicodeEncodeError:  # those before it are put in once more, in their own place
                self._connection.executemany(_INSERT, [tuple(map(_storable, row)) for row in rows])
            self._connection.commit()
        except sqlite3.Error:
            pass

    def _prune_now_and_then(self) -> None:
        execute = self._connection.execute
        row = execute("select value from notes where name = 'pruned'").fetchone()
        if row is not None and 0 <= self._newest - float(row[0]) < PRUNE_EVERY:
            return
        execute(
            "delete from runs where id <="
            f" (select id from runs order by id desc limit 1 offset {MOST_RUNS})"
        )
        execute(
            "delete from runs where id in (select id from (select id, row_number() over"
            " (partition by jobfile, target order by id desc) as number from runs)"
            f" where number > {MOST_OF_TARGET})"
        )
        execute("insert or replace into notes values ('pruned', ?)", (self._newest,))

    def _last_id(self) -> int:
        row = self._connection.execute("select max(id) from runs").fetchone()
        return int(row[0] or 0)


def _open(path: str) -> sqlite3.Connection:
    if os.path.islink(path):
        raise sqlite3.DatabaseError("it is a link")  # SQLite would write where it leads
    try:
        connection = sqlite3.connect(path, timeout=5)
    except sqlite3.OperationalError as error:
        raise StateError(f"cannot open `{path}`: {error}") from None
    try:
        version = connection.execute("pragma user_version").fetchone()[0]
        if version > VERSION:
            raise _NewerError
        connection.execute("pragma synchronous = off")  # it can be lost; it must not cost time
        if version != VERSION:
            _bring_up_to_date(connection)
        connection.execute("select git, result from runs where id < 0").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Make the tables, or add to those of an older jobmake what they have not: all or nothing."""
    connection.execute("begin immediate")
    connection.execute(f"create table if not exists runs ({_FIRST})")
    there = {row[1] for row in connection.execute("pragma table_info(runs)")}
    for name, kind in _ADDED.items():
        if name not in there:
            connection.execute(f"alter table runs add column {name} {kind}")
    connection.execute("drop index if exists runs_of_target")
    connection.execute(_INDEX)
    connection.execute("create table if not exists notes (name text primary key, value)")
    connection.execute(f"pragma user_version = {VERSION}")
    connection.commit()


def _storable(value: object) -> object:
    """What is no UTF-8 (a file's name, a variable) is told as well as it can be."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return value


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
