"""`type = "sql"`: a query, whose rows become a Parquet or CSV file.

    q.sql ──▶ its parameters bound ──▶ DuckDB or SQLite ──▶ build/rows.parquet

Knows queries and what an engine says of them. What becomes of the rows is known in `sqlrows`.

Invariants: a database is only read, and only what was in its file when the run began; no value
becomes a part of a query's text; nothing is fetched from anywhere.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from jobmake import Fault, PythonType, TargetError
from jobmake_plugins.sqlrows import SUFFIXES, Rows, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake import ThisRun

INSTALL = '`pip install "jobmake[sql]"` brings it'
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
_BESIDE = {"duckdb": (".wal",), "sqlite": ("-wal", "-journal")}


class Sql(PythonType):
    """A query."""

    name = "sql"
    reads = ("query", "database")

    @dataclass(frozen=True)
    class With:
        query: Path | None = None
        text: str = ""
        engine: Literal["duckdb", "sqlite"] = "duckdb"
        database: Path | None = None
        parameters: dict[str, Any] = field(default_factory=dict)

    def check(self, given: With, keys: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with settings, beyond types."""
        if (given.query is None) == (given.text == ""):
            there = ("with", "text") if given.text else ("with",)
            yield Fault(there, "has to name one: `query`, a file, or `text`, the query itself")
        if str(given.database) == ":memory:":
            hint = "leave `database` out: then there are no tables but those the query makes"
            yield Fault(("with", "database"), "is no file", hint)
        for name in given.parameters:
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                hint = "the query calls it `$NAME`"
                yield Fault(("with", "parameters", name), "is no name in SQL", hint, True)
        outputs = keys.get("outputs")
        first = outputs[0] if isinstance(outputs, list) and outputs else None
        if isinstance(first, str) and not first.endswith((*SUFFIXES, "}")):  # seen in the run
            yield Fault(("outputs", 0), "has to end in `.parquet` or `.csv`")

    def run(self, given: With, run: ThisRun) -> None:
        """Run the query, and write its rows."""
        if run.output.suffix not in SUFFIXES:
            raise TargetError(f"`{run.output}` has to end in `.parquet` or `.csv`")
        if given.database is not None:
            _refuse_unfinished(given.database, given.engine)
        if given.query is None:
            query = Query("`with.text`", given.text)
        else:
            query = Query(str(given.query), given.query.read_text(encoding="utf-8-sig"))
        engine = _duckdb if given.engine == "duckdb" else _sqlite
        write(run.output, engine(query, given, run))


def jobmake_job_types() -> list[Sql]:
    """Give the job type."""
    return [Sql()]


@dataclass(frozen=True, slots=True)
class Query:
    """The text of a query, and where it stands."""

    place: str
    text: str

    def error(self, message: str, at: int = 0) -> TargetError:
        """Return an error of the statement that begins ``at`` a letter."""
        begin = at + len(self.text[at:]) - len(self.text[at:].lstrip())
        line = 1 + self.text.count("\n", 0, begin)
        if found := _LINE.search(message):  # counts in the statement, from its first letter
            line = self.text.count("\n", 0, at) + int(found[1])
        where = self.place if self.place.startswith("`") else f"{self.place}:{line}"
        print(message.strip())
        told = message.strip().partition("\n")[0]
        return TargetError(f"{where}: {told}")


def _refuse_unfinished(database: Path, engine: str) -> None:
    """Refuse a database of which a part lies beside it. Raises TargetError."""
    for suffix in _BESIDE[engine]:
        beside = f"{database}{suffix}"
        try:
            is_empty = os.stat(beside).st_size == 0
        except OSError:
            continue
        if not is_empty:
            raise TargetError(
                f"`{beside}` holds changes that are not in `{database}` yet",
                "let the program that writes to it end, or checkpoint the database",
            )


# -- DuckDB ---------------------------------------------------------------------------------


def _duckdb(query: Query, given: Sql.With, run: ThisRun) -> Rows:
    try:
        import duckdb
    except ImportError:
        raise TargetError("the package `duckdb` is not installed", INSTALL) from None
    connection = _connected(duckdb, given, run)
    try:
        statements = connection.extract_statements(query.text)
    except duckdb.Error as error:
        raise query.error(str(error)) from None
    _refuse_unused(given, {name for one in statements for name in one.named_parameters})
    at, begin, found = 0, 0, None
    for statement in statements:
        named = {k: v for k, v in given.parameters.items() if k in statement.named_parameters}
        begin, at = at, at + len(statement.query)
        try:
            # by itself, so that an error counts lines from its beginning
            [alone] = connection.extract_statements(statement.query)
            found = connection.sql(alone, params=named) if named else connection.sql(alone)
        except duckdb.Error as error:
            raise query.error(_located(connection, statement, named, error), begin) from None
    if found is None:
        raise query.error("its last statement gives no rows", begin)
    return _batches(found, query, begin)


def _located(connection: Any, statement: Any, named: Mapping[str, Any], error: Exception) -> str:
    """Return what is wrong with a statement; who runs it in this way is told in which line."""
    import duckdb

    if isinstance(error, duckdb.ProgrammingError):
        try:
            connection.execute(connection.extract_statements(statement.query)[0], named)
        except duckdb.Error as told:
            return str(told)
    return str(error)


def _batches(relation: Any, query: Query, begin: int) -> Rows:
    """Return the rows of a query, which runs meanwhile. Raises TargetError."""
    duckdb, pyarrow = import_module("duckdb"), import_module("pyarrow")

    def each() -> Iterator[Any]:
        try:
            yield from batches
        except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
            raise query.error(str(error), begin) from None

    reader = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    try:
        batches = reader(100_000)
    except duckdb.Error as error:
        raise query.error(str(error), begin) from None
    return Rows(tuple(batches.schema.names), each(), batches.schema)


def _connected(duckdb: Any, given: Sql.With, run: ThisRun) -> Any:
    """Return a connection. With one thread, which is what a run gets that asks for no more, the
    order of rows and of sums is the same each time."""
    options = {
        "threads": run.cpus,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": os.path.join(run.env.get("TMPDIR", run.folder), "duckdb"),
    }
    name = ":memory:" if given.database is None else str(given.database)
    try:
        connection = duckdb.connect(name, read_only=given.database is not None, config=options)
    except duckdb.Error as error:
        hint = 'for one of SQLite write `engine = "sqlite"`' if _is_sqlite(name) else None
        fact = str(error).partition("\n")[0]
        raise TargetError(f"`{name}` cannot be opened by DuckDB: {fact}", hint) from None
    try:
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error:
        pass  # a build of it without time zones
    return connection


def _is_sqlite(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False


# -- SQLite ---------------------------------------------------------------------------------


def _sqlite(query: Query, given: Sql.With, run: ThisRun) -> Rows:
    name = ":memory:"
    if given.database is not None:
        # as it lies there: no lock, and nothing beside it is looked at
        name = f"file:{quote(os.path.abspath(given.database))}?mode=ro&immutable=1"
    connection = sqlite3.connect(name, uri=True, isolation_level=None)
    parameters = {name: _bound(value) for name, value in given.parameters.items()}
    used: set[str] = set()
    cursor, last = connection.cursor(), ""
    for at, statement in _statements(query.text):
        named = {k: v for k, v in parameters.items() if re.search(rf"[$:@]{k}\b", statement)}
        used |= named.keys()
        types = _declared_types(connection, statement, named)
        try:
            cursor.execute(statement, named)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise query.error(_told(error, given), at) from None
        last = statement
    _refuse_unused(given, used)
    if not last or cursor.description is None:
        raise query.error("its last statement gives no rows")
    names = tuple(column[0] for column in cursor.description)
    try:
        return Rows(names, cursor.fetchall(), types=types)
    except sqlite3.Error as error:
        raise query.error(_told(error, given)) from None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with the place where it begins."""
    begin = 0
    for found in re.finditer(";|$", text):
        if found.end() == begin:
            continue
        piece = text[begin : found.end()]
        if found.end() == len(text) or sqlite3.complete_statement(piece):
            if re.sub(r"--[^\n]*|/\*.*?\*/|[\s;]", "", piece, flags=re.DOTALL):
                yield begin, piece
            begin = found.end()


def _declared_types(
    connection: sqlite3.Connection, statement: str, named: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return what SQLite knows of the columns of a query before it has rows: "INT", "REAL",
    "TEXT", "NUM", or nothing."""
    inner = statement.strip().rstrip(";")
    table = "temp.jobmake_columns"
    try:
        connection.execute(
            f"CREATE TEMP TABLE jobmake_columns AS SELECT * FROM ({inner}\n) LIMIT 0", named
        )
        found = connection.execute("PRAGMA temp.table_info(jobmake_columns)").fetchall()
        connection.execute(f"DROP TABLE {table}")
    except sqlite3.Error:
        return ()  # no query, or a wrong one: that is told when it runs
    return tuple(str(column[2]) for column in found)


def _bound(value: Any) -> Any:
    """Return a value as SQLite can have it. Raises TargetError."""
    if isinstance(value, (list, dict)):
        raise TargetError("SQLite takes no list and no table as a parameter")
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _told(error: Exception, given: Sql.With) -> str:
    text = str(error)
    if "not a database" in text and given.engine == "sqlite":
        return f"`{given.database}` is no database of SQLite"
    return text


def _refuse_unused(given: Sql.With, used: set[str]) -> None:
    for name in given.parameters:
        if name not in used:
            raise TargetError(
                f"the query has no `${name}`", f"take `{name}` out of `with.parameters`"
            )
