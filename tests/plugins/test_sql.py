"""`type = "sql"`: the rows of a query, of SQLite or DuckDB, as Parquet or CSV."""

from __future__ import annotations

import sqlite3
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.support import fault

if TYPE_CHECKING:
    from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

HEAD = '[project]\nplugins = ["sql"]\n[params]\nleast = 2\n'
QUERY = """\
-- a view; it is gone afterwards
CREATE TEMP VIEW heavy AS SELECT * FROM birds WHERE mass > 1;

SELECT id, name, mass, count(*) OVER () AS n, CAST(NULL AS TEXT) AS note
FROM heavy WHERE id >= $least ORDER BY id DESC
"""
SQLITE = (
    HEAD
    + """
[target.birds]
type = "sql"
outputs = ["build/birds.{matrix.format}"]
matrix = { format = ["csv", "parquet"] }

[target.birds.with]
query = "birds.sql"
engine = "sqlite"
database = "birds.db"
parameters = { least = "{params.least}" }
"""
)
DUCKDB = (
    HEAD
    + """
[target.birds]
type = "sql"
inputs = { birds = "birds.csv" }
outputs = ["build/birds.{matrix.format}"]
matrix = { format = ["csv", "parquet"] }

[target.birds.with]
query = "birds.sql"
parameters = { table = "{inputs.birds}", least = "{params.least}" }
"""
)


def database(space: Space, *rows: tuple[Any, ...]) -> None:
    """Make a database of SQLite, or add to it."""
    connection = sqlite3.connect(space.path("birds.db"))
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS birds (id INTEGER, name TEXT, mass REAL)")
        connection.executemany("INSERT INTO birds VALUES (?, ?, ?)", rows)
    connection.close()


def parquet(space: Space, name: str = "build/birds.parquet") -> tuple[dict[str, str], list[Any]]:
    """The types and the rows of a Parquet file."""
    table: Any = import_module("pyarrow.parquet").read_table(space.path(name))
    return {field.name: str(field.type) for field in table.schema}, table.to_pylist()


def fails(space: Space, text: str, *, engine: str = "duckdb", more: str = "") -> str:
    """What is said of a query that fails."""
    space.write("wrong.sql", text)
    space.jobfile(
        f'{HEAD}[target.x]\ntype = "sql"\noutputs = ["x.csv"]\n[target.x.with]\n'
        f'query = "wrong.sql"\nengine = "{engine}"\n{more}\n'
    )
    return fault(space.build(code=1)).removeprefix("target `x` failed: ")


def test_sqlite(space: Space) -> None:
    space.write("birds.sql", QUERY)
    database(space, (1, "wren", 9), (2, 'a "tit"', 11.1), (3, "emu, old", 3e4), (4, None, 2))
    space.jobfile(SQLITE)

    space.build()

    assert space.read("build/birds.csv") == (
        'id,name,mass,n,note\n4,,2.0,3,\n3,"emu, old",30000.0,3,\n2,"a ""tit""",11.1,3,\n'
    )
    types, rows = parquet(space)
    assert types == {
        "id": "int64", "name": "string", "mass": "double", "n": "int64", "note": "string",
    }  # fmt: skip
    assert rows[0] == {"id": 4, "name": None, "mass": 2.0, "n": 3, "note": None}
    assert space.build().built == []
    assert not space.exists("birds.db-wal")

    before = space.tree()
    space.build("-B")
    assert space.tree() == before  # the same rows, the same bytes

    database(space, (5, "owl", 300))
    assert space.build("birds[format=csv]").reason("birds[format=csv]") == (
        "source `birds.db` changed"
    )
    result = space.build("-D", "least=9")
    assert result.reason("birds[format=parquet]").startswith("param `least` changed 2 -> 9")
    assert space.read("build/birds.csv") == "id,name,mass,n,note\n"
    empty = parquet(space)
    assert empty[1] == []
    assert {name: empty[0][name] for name in types if name != "n"} == {
        name: types[name] for name in types if name != "n"
    }


def test_duckdb(space: Space) -> None:
    space.write("birds.csv", "id,name,mass,seen\n1,wren,9,\n2,tit,11.1,2026-11-21\n3,emu,3e4,\n")
    space.write(
        "birds.sql",
        "CREATE TEMP TABLE birds AS SELECT * FROM read_csv($table);\n"
        "SELECT *, [id, 7] AS list, mass > 100 AS big, TIMESTAMP '2026-11-21 10:00' AS time,\n"
        "  TIMESTAMPTZ '2026-11-21 10:00+02' AS zoned\n"
        "FROM birds WHERE id >= $least ORDER BY id",
    )
    space.jobfile(DUCKDB)

    space.build(env={"TZ": "Asia/Tokyo"})

    assert space.read("build/birds.csv").splitlines() == [
        "id,name,mass,seen,list,big,time,zoned",
        '2,tit,11.1,2026-11-21,"[2, 7]",false,2026-11-21 10:00:00,2026-11-21 08:00:00+00:00',
        '3,emu,30000.0,,"[3, 7]",true,2026-11-21 10:00:00,2026-11-21 08:00:00+00:00',
    ]
    types, rows = parquet(space)
    assert types["seen"] == "date32[day]"
    assert types["zoned"] == "timestamp[us, tz=UTC]"
    assert [one["name"] for one in rows] == ["tit", "emu"]
    before = space.tree()
    space.build("-B")
    assert space.tree() == before

    space.build("-D", "least=9")

    assert parquet(space) == (types, [])


def test_a_database_of_duckdb_is_read_only_and_text_may_stand_in_the_jobfile(
    space: Space,
) -> None:
    connection = import_module("duckdb").connect(str(space.path("birds.duckdb")))
    connection.execute("CREATE TABLE birds AS SELECT range AS id FROM range(3)")
    connection.close()
    space.jobfile(
        HEAD
        + """
[target.x]
type = "sql"
outputs = ["x.csv"]
[target.x.with]
text = "SELECT sum(id) AS sum FROM birds"
database = "birds.duckdb"
"""
    )

    space.build()

    assert space.read("x.csv") == "sum\n3\n"
    space.replace("Jobfile.toml", "SELECT sum", "DELETE FROM birds; SELECT sum")
    assert "attached in read-only mode" in space.build(code=1).err


ERRORS = {
    "place": (
        "SELECT 1 AS a;\n\nSELECT a,\n  nope\nFROM range(3) t(a)",
        'place.sql:4: Binder Error: Referenced column "nope" not found in FROM clause!',
    ),
    "syntax": ("SELECT 1;\nSELEC 2", 'syntax.sql:2: Parser Error: syntax error at or near "SELEC"'),
    "run": ("SELECT error('no')", "run.sql:1: Invalid Input Error: no"),
    "table-sqlite": (
        "SELECT 1;\n\nSELECT ';' FROM b -- and ;\n",
        "table-sqlite.sql:3: no such table: b",
    ),
    "rows-sqlite": (
        "CREATE TEMP TABLE a (b INT)",
        "rows-sqlite.sql:1: its last statement gives no rows",
    ),
    "twice": ("SELECT 1 AS a, 2 AS a", "two columns are called `a`"),
    "unused-with": ("SELECT 1 AS a", "the query has no `$b`"),
}


def test_an_error_of_a_query_is_told_with_its_line(space: Space) -> None:
    text = HEAD
    for name, (query, _) in ERRORS.items():
        space.write(f"{name}.sql", query)
        engine = "sqlite" if "sqlite" in name else "duckdb"
        text += f'[target.{name}]\ntype = "sql"\noutputs = ["{name}.csv"]\n[target.{name}.with]\n'
        text += f'query = "{name}.sql"\nengine = "{engine}"\n'
        text += "parameters = { b = 1 }\n" if name == "unused-with" else ""
    space.jobfile(text)

    err = space.build("-k", code=1).err

    for name, (_, message) in ERRORS.items():
        assert f"error: target `{name}` failed: {message}\n" in err


def test_a_database_that_is_not_whole_is_refused(space: Space) -> None:
    """What lies in a log beside it does not count, so it must not be read, or left out, unseen."""
    connection = sqlite3.connect(space.path("birds.db"))
    connection.execute("PRAGMA journal_mode = WAL")
    with connection:
        connection.execute("CREATE TABLE birds (id INTEGER)")

    said = fails(space, "SELECT * FROM birds", engine="sqlite", more='database = "birds.db"')
    assert said == "`birds.db-wal` holds changes that are not in `birds.db` yet"
    connection.close()
    space.build()
    assert space.read("x.csv") == "id\n"

    said = fails(space, "SELECT * FROM birds", more='database = "birds.db"')
    assert said.startswith("`birds.db` cannot be opened by DuckDB: ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "`with` has to name one: `query`, a file, or `text`, the query itself"),
        ('text = "SELECT 1"\ndatabase = ":memory:"', "`with.database` is no file"),
        ('text = "SELECT 1"\nparameters = { a-b = 1 }', "`with.parameters.a-b` is no name in SQL"),
        (
            'text = "SELECT 1"\nengine = "oracle"',
            '`with.engine` must be one of "duckdb", "sqlite", not "oracle"',
        ),
        (
            'text = "SELECT 1"\n[target.y]\ntype = "sql"\nwith.text = "x"\noutputs = ["x.txt"]',
            "`outputs[0]` has to end in `.parquet` or `.csv`",
        ),
    ],
)
def test_what_is_wrong_is_told_before_anything_runs(
    space: Space, settings: str, message: str
) -> None:
    space.jobfile(
        f'{HEAD}[target.x]\ntype = "sql"\noutputs = ["x.csv"]\n[target.x.with]\n{settings}\n'
    )

    assert fault(space.build(code=2)) == message
