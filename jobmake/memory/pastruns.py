"""The history's readers: which runs there were, and how long they took.

Knows the questions that are asked of the past. Opens the file read-only and writes nothing;
a history of an older jobmake is read as it is.

Invariant: trouble with the history costs answers, never an exception.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from jobmake.memory.history import COLUMNS, COLUMNS_OF, VERSION, PastRun
from jobmake.model.estimate import Usual
from jobmake.tools.jsontext import dumps
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from typing import Any
else:
    import _sqlite3 as sqlite3  # the same, without `datetime` and how its values are kept

LAST = 5  # runs from which is told how long the next one takes
_NO_OTHER: Mapping[int, str] = {}
_FEW = 500  # targets that are looked up one by one


class PastRuns(Value):
    """The runs of one Jobfile's targets, or with None of those of all in its folder.

    ``path`` is the history's file; where there is none, or it is damaged or of a newer
    jobmake, there are no past runs.
    """

    path: str
    jobfile: str | None

    def last(self, target: str) -> PastRun | None:
        """Return the newest kept run of a target, or None."""
        found = self.runs([target], limit=1)
        return found[0] if found else None

    def run(self, run_id: int) -> PastRun | None:
        """Return one run by its id, or None."""
        found = self._runs("id = ?", [run_id])
        return found[0] if found else None

    def runs(
        self,
        targets: Iterable[str] | None = None,
        *,
        limit: int = -1,
        since: float | None = None,
        failed: bool = False,
        good: bool = False,
    ) -> list[PastRun]:
        """Return runs, the newest first: at most ``limit``, of these targets, begun at or after
        ``since`` (seconds since 1970), only those that did not, or only those that did, end
        well."""
        values: list[Any] = []
        which = ["1"]
        if targets is not None:
            which.append("target in (select value from json_each(?))")
            values.append(dumps(list(targets)))
        if since is not None:
            which.append("started >= ?")
            values.append(since)
        if failed:
            which.append("ended in ('failed', 'timed out')")
        if good:
            which.append("ended in ('built', 'restored')")
        return self._runs(f"{' and '.join(which)} order by id desc limit ?", [*values, limit])

    def of_record(self, target: str, fingerprint: str) -> PastRun | None:
        """Return the newest run, or restoring, from which a target's record may be."""
        good = "ended in ('built', 'restored')"
        found = self._runs(
            f"target = ? and fingerprint = ? and {good} order by id desc limit 1",
            [target, fingerprint],
        )
        return found[0] if found else None

    def of_old_record(self, target: str) -> PastRun | None:
        """Return the newest good run, where none has a fingerprint: all are of version 1."""
        found = self.runs([target], limit=1, good=True)
        return found[0] if found and found[0].fingerprint is None else None

    def makers(self, digest: str) -> list[PastRun]:
        """Return the runs that made bytes of this digest, as an output, a value or an own file:
        those that ran before those that were restored, the newest first."""
        quoted = f'"{digest}'  # as it stands in JSON, also that of an executable
        rest = "and ended in ('built', 'restored') order by ended = 'restored', id desc"
        values = [digest, f"{digest}+x", quoted]
        found = self._runs(
            f"(value in (?, ?) or instr(outputs, ?) or instr(files, ?)) {rest}", [*values, quoted]
        )
        # one of before there were own files is asked for no more than it has
        return found or self._runs(f"(value in (?, ?) or instr(outputs, ?)) {rest}", values)

    def writers(self, path: str) -> list[PastRun]:
        """Return the runs that made an output at a path of the project, or a folder that it is
        in: those that ran before those that were restored, the newest first."""
        from jobmake.tools.pathnames import parents

        places = [path, *(f"{one}/" for one in (path, *parents(path)))]
        return self._runs(
            "ended in ('built', 'restored') and exists (select 1 from json_each(outputs)"
            " where json_each.key in (select value from json_each(?)))"
            " order by ended = 'restored', id desc",
            [dumps(places)],
        )

    def command(self, target: str, action: str) -> str | None:
        """Return the command text of a target's newest run with that action's digest."""
        which = "target = ? and action = ? order by id desc limit 1"
        found = self._runs(which, [target, action])
        return found[0].command if found else None

    def last_built(self, targets: Iterable[str]) -> dict[str, tuple[int, float, float]]:
        """Return id, start and duration of each target's newest good run; those never run here
        are left out."""
        columns = "target, id, started, seconds"
        found = self._good_runs(columns, list(targets), 1)
        return {name: (run_id, started, took) for name, run_id, started, took in found}

    def usual(self, targets: Iterable[str]) -> dict[str, Usual]:
        """Return what each target's runs take: the median of its last good ones."""
        columns = "target, seconds, user + system"
        found = self._good_runs(columns, list(targets), LAST)
        return {
            name: Usual(_median([row[1] for row in rows]), _median([row[2] for row in rows]))
            for name, group in groupby(found, key=itemgetter(0))
            for rows in [list(group)]
        }

    def seconds(self, targets: Iterable[str]) -> dict[str, float]:
        """Return how long each target's runs take by the clock; see `usual`."""
        return {name: one.wall for name, one in self.usual(targets).items()}

    def newest(self, most: int) -> dict[str, list[PastRun]]:
        """Return of each target its newest runs, the newest first, at most so many."""
        which = (
            "id in (select id from (select id, row_number() over (partition by target"
            " order by id desc) as place from runs where jobfile = ?) where place <= ?)"
            " order by id desc"
        )
        found: dict[str, list[PastRun]] = {}
        for run in self._runs(which, [self.jobfile, most]):
            found.setdefault(run.target, []).append(run)
        return found

    def _good_runs(self, columns: str, targets: list[str], most: int) -> list[Any]:
        """Return columns of each target's last good runs, those of a target together."""
        good = "jobfile = ? and ended = 'built'"
        if len(targets) <= _FEW:
            query = f"select {columns} from runs where {good} and target = ? order by id desc"
            return self._query(f"{query} limit {most}", [(self.jobfile, one) for one in targets])
        query = f"select {columns} from runs where {good} order by target, id desc"
        wanted = set(targets)
        found = []
        previous, taken = "", 0
        for row in self._query(query, [(self.jobfile,)]):
            if row[0] != previous:
                previous, taken = row[0], 0
            taken += 1
            if taken <= most and previous in wanted:
                found.append(row)
        return found

    def _runs(self, which: str, values: list[Any]) -> list[PastRun]:
        columns = ", ".join(COLUMNS)
        own = "jobfile = ?" if self.jobfile is not None else "? is null"
        query = f"select {columns} from runs where {own} and {which}"
        old = {
            version: query.replace(columns, ", ".join(names), 1)
            for version, names in COLUMNS_OF.items()
        }
        found = self._query(query, [(self.jobfile, *values)], old)
        return [PastRun(*row) for row in found]

    def _query(
        self,
        query: str,
        values: list[tuple[Any, ...]],
        old: Mapping[int, str] = _NO_OTHER,
    ) -> list[Any]:
        """Ask once for each of ``values``; ``old`` has what is asked of older versions."""
        if not os.path.exists(self.path):
            return []
        try:
            with closing(_reading(self.path)) as database:
                version = database.execute("pragma user_version").fetchone()[0]
                if version > VERSION:
                    return []
                asked = old.get(version, query)
                return [row for one in values for row in database.execute(asked, one)]
        except sqlite3.Error:
            return []


def _reading(path: str) -> sqlite3.Connection:
    """Return a connection that can only read. Raises sqlite3.Error."""
    for char in "%?#":
        path = path.replace(char, f"%{ord(char):02x}")
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _median(values: list[float]) -> float:
    # by hand: `statistics` takes longer to load than all else here
    values.sort()
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def ended_runs(path: str) -> list[tuple[int, str, str]] | None:
    """Return id, Jobfile and target of every run that has ended, the newest first; None where
    there is no history that can be read."""
    query = "select id, jobfile, target from runs order by id desc"
    try:
        with closing(_reading(path)) as database:
            return list(database.execute(query))
    except sqlite3.Error:
        return None


def results_of(path: str, most: int) -> tuple[set[str], set[str]] | None:
    """Return the Jobfiles whose runs are known, and the results of the newest runs of each
    target, at most so many; None where there is no history of ours that can be read."""
    query = (
        "select distinct jobfile, result from (select jobfile, result, row_number() over"
        " (partition by jobfile, target order by id desc) as place from runs) where place <= ?"
    )
    try:
        with closing(_reading(path)) as database:
            rows = database.execute(query, [most]).fetchall()
    except sqlite3.Error:
        return None
    return ({row[0] for row in rows}, {row[1] for row in rows if row[1]}) if rows else None


def decoded(text: str | None) -> Mapping[str, Any] | list[Any] | None:
    """Return what a column of JSON holds; None where it holds nothing that can be read."""
    import json

    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None
