"""The checks that ship with jobmake keep to the contract."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

from jobmake_plugins.git import Git
from jobmake_plugins.row_version import RowVersion

from jobmake.checks.always import Always
from jobmake.checks.content import Content
from jobmake.checks.max_age import MaxAge
from jobmake.checks.timestamps import Timestamps
from jobmake.testing import CheckContract

if TYPE_CHECKING:
    from jobmake.testing import Workspace

# ruff: noqa: RUF012


class TestContent(CheckContract):
    wrong = {"more": True}

    def make(self) -> Content:
        return Content()

    def change(self, space: Workspace) -> None:
        space.write("in.txt", "two\n")


class TestTimestamps(CheckContract):
    wrong = {"more": True}
    needs_record = False

    def make(self) -> Timestamps:
        return Timestamps()

    def change(self, space: Workspace) -> None:
        out = space.path("out.txt").stat().st_mtime_ns
        while space.write("in.txt", "two\n").stat().st_mtime_ns <= out:
            pass


class TestAlways(CheckContract):
    wrong = {"more": True}
    always_stale = True

    def make(self) -> Always:
        return Always()

    def change(self, space: Workspace) -> None:
        """It is stale as it is."""


class TestMaxAge(CheckContract):
    wrong = {"more": True}
    keys = {"max_age": "1h"}

    def make(self) -> MaxAge:
        return MaxAge()

    def change(self, space: Workspace) -> None:
        for path in space.path(".jobmake").glob("runs.db*"):  # now nothing tells its age
            path.unlink()


class TestGit(CheckContract):
    settings = {"path": "lib"}
    changed = {"path": "lib/a.c", "of": "commit"}
    wrong = {"path": 3}

    def make(self) -> Git:
        return Git()

    def prepare(self, space: Workspace) -> None:
        space.write("lib/a.c", "int a;\n")
        for words in ("init -q", "add -A", "-c user.name=a -c user.email=b commit -q -m x"):
            subprocess.run(["git", "-C", str(space.path("lib")), *words.split()], check=True)

    def change(self, space: Workspace) -> None:
        space.write("lib/a.c", "int b;\n")


class TestRowVersion(CheckContract):
    settings = {"database": "a.db", "query": "SELECT count(*) FROM t"}
    changed = {"database": "b.db", "query": "SELECT 0"}
    wrong = {"database": 3, "query": "SELECT 1"}

    def make(self) -> RowVersion:
        return RowVersion()

    def prepare(self, space: Workspace) -> None:
        for name in ("a.db", "b.db"):
            with closing(sqlite3.connect(space.path(name))) as database:
                database.execute("CREATE TABLE t (x)")

    def change(self, space: Workspace) -> None:
        with closing(sqlite3.connect(space.path("a.db"))) as database, database:
            database.execute("INSERT INTO t VALUES (1)")
