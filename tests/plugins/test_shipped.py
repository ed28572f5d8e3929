"""Every plugin that ships with jobmake can be named, and brings something."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

from tests.plugins.shipped import ROOT, Server, points

if TYPE_CHECKING:
    from tests.support import Space


def test_every_module_with_hooks_has_an_entry_point_of_its_name() -> None:
    folder = ROOT / "plugins" / "jobmake_plugins"
    modules = {one.stem for one in folder.glob("*.py") if "\ndef jobmake_" in one.read_text()}
    assert modules
    assert points() == {name: f"jobmake_plugins.{name}" for name in sorted(modules)}


def test_every_one_of_them_can_be_used_beside_the_others(shipped: Space) -> None:
    names = sorted(points())
    shipped.jobfile(f"[project]\nplugins = {json.dumps(names)}\n")

    told = json.loads(shipped.run("plugins", "--json").out)

    assert {one["name"] for one in told["plugins"]} >= set(names)


CHECKS = """
[project]
plugins = ["etag", "git", "row_version"]

[target.t]
run = "echo > {outputs}"
outputs = ["t.txt"]
check = [
    "content",
    { type = "etag", url = "URL/data" },
    { type = "git", path = "lib" },
    { type = "row_version", database = "a.db", query = "SELECT count(*) FROM t" },
]
"""


def test_checks_in_a_project_that_names_them(shipped: Space, server: Server) -> None:
    server.say("/data", ETag='"a"')
    shipped.jobfile(CHECKS.replace("URL", server.url))
    shipped.write("lib/a.c", "int a;\n")
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=b commit -q -m x"):
        subprocess.run(["git", "-C", str(shipped.path("lib")), *words.split()], check=True)
    with closing(sqlite3.connect(shipped.path("a.db"))) as database:
        database.execute("CREATE TABLE t (x)")

    assert shipped.build().built == ["t"]
    assert shipped.run("status").out == "up to date: 1 target\n"

    server.say("/data", ETag='"b"')
    shipped.write("lib/a.c", "int b;\n")
    said = shipped.run("why", "t").out
    assert said.startswith("t is stale:\n  check `etag` changed ")
    assert "\n  check `git.edits` is new: " in said
    assert shipped.build().built == ["t"]
