"""A check that has only `reasons` may know what no fingerprint holds: nothing is restored for its
targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.support import trusted

if TYPE_CHECKING:
    from tests.support import Space

PLUGIN = """
import os

from jobmake import Reason

class Newer:
    name = "newer"
    MORE
    def reasons(self, target, fingerprint, record, files):
        for output in files.outputs(target):
            if files.mtime_ns(output) < os.stat(os.path.join(files.root, "world.db")).st_mtime_ns:
                yield Reason("output", output, "is older than the database")

def jobmake_checks():
    return [Newer()]
"""
JOBFILE = """
[project]
plugins = ["plugins/newer.py"]

[target.rows]
run = "cat world.db > {outputs}"
outputs = ["rows.txt"]
check = ["content", "newer"]
"""


def begin(space: Space, more: str = "") -> None:
    """A project whose check looks at a file that is nobody's input, built once."""
    trusted(space)
    space.jobfile(JOBFILE)
    space.write("plugins/newer.py", PLUGIN.replace("MORE", more))
    space.write("world.db", "old")
    assert space.build().built == ["rows"]


def test_it_runs_and_is_up_to_date_then(space: Space) -> None:
    begin(space)
    space.write("world.db", "new")

    told = space.build()

    assert told.reason("rows") == "output `rows.txt` is older than the database"
    assert (told.built, space.read("rows.txt")) == (["rows"], "new")
    assert space.build().fresh == ["rows"]


def test_it_runs_also_where_its_check_cannot_say_that_it_is_stale(space: Space) -> None:
    """What is restored would be new to the check, with the old content."""
    begin(space)
    space.write("world.db", "new")
    space.path("rows.txt").unlink()

    assert "restore" not in space.run("build", "-n").out
    assert space.build().built == ["rows"]
    assert space.read("rows.txt") == "new"
    assert space.build().fresh == ["rows"]


@pytest.mark.parametrize(
    "method", ["def facts(self, target, files): return {}", "restorable = True"]
)
def test_one_whose_knowledge_counts_has_its_targets_restored(space: Space, method: str) -> None:
    begin(space, method)
    space.path("rows.txt").unlink()

    assert space.build().restored == ["rows"]
