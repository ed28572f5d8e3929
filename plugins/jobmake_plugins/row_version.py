"""The check `row_version`: stale when what a query finds in an SQLite database changed.

    check = ["content", { type = "row_version", database = "shop.db",
                          query = "SELECT version FROM prices WHERE id = 7" }]

Knows SQLite. Does not know what the rows mean.

Invariant: the database is opened to read only, and a query that would write is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jobmake import FactCheck, TargetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake import FileView, Target

_LONGEST = 200  # characters of a fact as it is; of a longer one the digest


class RowVersion(FactCheck):
    """The rows that a query finds."""

    name = "row_version"
    uncounted = ("query", "parameters", "timeout")  # of the question a fact tells

    class With:
        database: str
        query: str
        parameters: dict[str, str | int | float | bool] = {}  # noqa: RUF012 - a default
        timeout: float = 5.0

    def facts(self, target: Target, files: FileView) -> Mapping[str, str]:
        """Return the rows; and what was asked, since another question is another fact."""
        given = self.given(target)
        path = os.path.join(files.root, given.database)
        if not os.path.isfile(path):
            raise TargetError(f"the database `{given.database}` does not exist")
        try:
            rows = _rows(path, given)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise TargetError(f"`{given.database}`: {error}", _hint(error, given)) from None
        asked = given.query
        if given.parameters:
            asked += " " + json.dumps(given.parameters, sort_keys=True)
        return {"": _short(_told(rows)), "query": _short(asked)}


def _rows(path: str, given: RowVersion.With) -> list[tuple[Any, ...]]:
    where = f"file:{quote(path)}?mode=ro"
    with closing(sqlite3.connect(where, uri=True, timeout=given.timeout)) as database:
        database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        database.execute("PRAGMA query_only = ON")
        found = database.execute(given.query, given.parameters)
        if found.description is None:
            raise TargetError(
                f"the check `row_version` asks `{given.database}` for no rows",
                "`query` is a SELECT",
            )
        return found.fetchall()


def _told(rows: list[tuple[Any, ...]]) -> str:
    """Return rows as JSON, the only value of the only row without brackets."""
    plain = [[_plain(value) for value in row] for row in rows]
    only = len(plain) == 1 and len(plain[0]) == 1
    return json.dumps(plain[0][0] if only else plain)


def _plain(value: Any) -> Any:
    return {"blob": value.hex()} if isinstance(value, bytes) else value


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def _hint(error: Exception, given: RowVersion.With) -> str | None:
    said = str(error)
    if "locked" in said:
        return f"it was, for {given.timeout:g} s; `timeout` is how long to wait"
    if "readonly" in said:
        return "`query` is a SELECT: a check only reads"
    return None


def jobmake_checks() -> list[RowVersion]:
    """Bring the check."""
    return [RowVersion()]
