"""The check `row_version`, on real SQLite databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from jobmake_plugins.row_version import RowVersion

from tests.plugins.shipped import Checked

if TYPE_CHECKING:
    from tests.support import Space

ASKED = 'database = "shop.db", query = "SELECT version FROM prices WHERE id = 7"'


def write(space: Space, *statements: str) -> None:
    with closing(sqlite3.connect(space.path("shop.db"))) as database:
        for one in statements:
            database.execute(one)
        database.commit()


@pytest.fixture
def shop(space: Space) -> Checked:
    """A project with a database of two prices, whose target asks for the version of one."""
    write(
        space,
        "CREATE TABLE prices (id INTEGER, version, price REAL)",
        "INSERT INTO prices VALUES (7, 1, 2.5), (8, 1, 3.5)",
    )
    return Checked(space, RowVersion(), ASKED)


def test_another_version_of_the_row_makes_stale(shop: Checked) -> None:
    shop.build()
    write(shop.space, "UPDATE prices SET version = 2 WHERE id = 8", "CREATE TABLE other (x)")
    assert not shop.is_stale

    write(shop.space, "UPDATE prices SET version = 2 WHERE id = 7")

    assert shop.reason() == 'check `row_version` changed "1" -> "2"'
    assert not shop.is_stale


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1.0", '"1.0"'),
        ("'1'", r'"\"1\""'),
        ("NULL", '"null"'),
        ("x'00ff'", r'"{\"blob\": \"00ff\"}"'),
        ("CAST(x'ff' AS TEXT)", r'"\"\\udcff\""'),
    ],
)
def test_values_of_every_type_differ(shop: Checked, value: str, told: str) -> None:
    shop.build()

    write(shop.space, f"UPDATE prices SET version = {value} WHERE id = 7")

    assert shop.reason() == f'check `row_version` changed "1" -> {told}'
    assert not shop.is_stale


def test_a_query_may_find_several_rows_or_none(shop: Checked) -> None:
    shop.space.replace("Jobfile.toml", "version FROM prices WHERE id = 7", "id, price FROM prices")
    shop.build()
    assert 'row_version = "[[7, 2.5], [8, 3.5]]"\n' in shop.space.read("Jobfile.lock")

    write(shop.space, "DELETE FROM prices")
    assert shop.reason().endswith('-> "[]"')
    write(shop.space, *(f"INSERT INTO prices VALUES ({n}, 1, 0.5)" for n in range(99)))
    assert '-> "sha256 ' in shop.reason()


def test_parameters(shop: Checked) -> None:
    named = ASKED.replace("id = 7", "id = :id") + ', parameters = { id = "{params.id}" }'
    shop.ask(named, "[params]", "id = 7")
    shop.build()
    write(shop.space, "UPDATE prices SET version = 5 WHERE id = 7")
    assert shop.is_stale

    shop.ask(named, "[params]", "id = 8")
    assert "param `id` changed 7 -> 8" in shop.build().reasons["t"]


def test_another_question_is_another_fact(shop: Checked) -> None:
    shop.build()

    shop.space.replace("Jobfile.toml", "id = 7", "id = 8")

    assert shop.reason().startswith("check `row_version.query` changed")


def test_it_reads_while_another_writes(shop: Checked) -> None:
    write(shop.space, "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(shop.space.path("shop.db"))) as writer:
        writer.execute("UPDATE prices SET version = 9")
        assert shop.is_stale
        assert not shop.is_stale
        writer.commit()
        assert shop.reason() == 'check `row_version` changed "1" -> "9"'


def test_it_waits_for_one_that_locks_it_but_not_for_ever(shop: Checked) -> None:
    shop.space.replace("Jobfile.toml", 'id = 7"', 'id = 7", timeout = 0.1')
    with closing(sqlite3.connect(shop.space.path("shop.db"), isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")

        assert shop.trouble() == (
            "`shop.db`: database is locked",
            "it was, for 0.1 s; `timeout` is how long to wait",
        )
    assert shop.is_stale


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("shop.db", "shap.db", "the database `shap.db` does not exist"),
        ("prices", "prizes", "`shop.db`: no such table: prizes"),
        ("version", "verse", "`shop.db`: no such column: verse"),
        ("SELECT", "SELEKT", '`shop.db`: near "SELEKT": syntax error'),
        ("shop.db", "Jobfile.toml", "`Jobfile.toml`: file is not a database"),
        (
            "SELECT version FROM prices WHERE",
            "UPDATE prices SET version = 3 WHERE",
            "`shop.db`: attempt to write a readonly database",
        ),
        (
            "SELECT version FROM prices WHERE id = 7",
            "",
            "the check `row_version` asks `shop.db` for no rows",
        ),
    ],
)
def test_what_cannot_be_told(shop: Checked, old: str, new: str, said: str) -> None:
    shop.ask(ASKED.replace(old, new))

    assert shop.trouble()[0] == said


def test_a_parameter_is_a_text_or_a_number(shop: Checked) -> None:
    shop.ask(ASKED + ", parameters = { id = [7] }")

    message, _, line = shop.problem()

    assert message.startswith("check `row_version` has a wrong `parameters.id`: it must be ")
    assert line == 4
