"""Targets that grow old, outputs that stay, failures that are allowed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

OLD = """
[target.fetch]
run = "echo run >> runs; echo x > {outputs}"
outputs = ["x.txt"]
max_age = "7d"
"""


def make_older(space: Space, seconds: float) -> None:
    with closing(sqlite3.connect(space.path(".jobmake/runs.db"))) as database:
        database.execute("update runs set started = started - ?", (seconds,))
        database.commit()


def test_a_target_is_up_to_date_until_it_is_too_old(space: Space) -> None:
    space.jobfile(OLD)
    space.build()
    assert space.build().built == []

    make_older(space, 8 * 86_400)
    result = space.build()

    assert result.built == ["fetch"]
    assert result.reason("fetch") == "it was run 192 h 00 m ago, and may be 168 h 00 m old"
    assert space.build().built == []


def test_one_that_is_too_old_is_run_and_not_restored(space: Space) -> None:
    space.jobfile(OLD)
    space.build()
    make_older(space, 8 * 86_400)
    space.path("x.txt").unlink()

    space.build()

    assert space.read("runs") == "run\nrun\n"


def test_where_no_run_tells_its_age_it_is_stale(space: Space) -> None:
    space.jobfile(OLD)
    space.build()
    space.path(".jobmake/runs.db").unlink()

    assert space.build().reason("fetch") == "it has no run here that tells its age"


def test_a_max_age_of_nothing_makes_it_run_each_time(space: Space) -> None:
    space.jobfile(OLD.replace("7d", "0s"))

    assert [space.build().built for _ in range(3)] == [["fetch"]] * 3


KEPT = """
[target.count]
run = "echo {params.word} >> {outputs.kept}; cp {outputs.kept} {outputs.copy}"
outputs = { kept = { path = "kept.txt", keep = true }, copy = "copy.txt" }
[params]
word = "a"
"""


def test_an_output_that_is_kept_is_there_when_the_next_run_begins(space: Space) -> None:
    space.jobfile(KEPT)
    space.build()

    space.build("-D", "word=b")

    assert space.read("kept.txt") == space.read("copy.txt") == "a\nb\n"


def test_it_stays_when_a_run_fails(space: Space) -> None:
    space.jobfile(KEPT)
    space.build()
    space.replace("Jobfile.toml", "cp {", "false; cp {")

    space.build("-D", "word=b", code=1)

    assert space.read("kept.txt") == "a\nb\n"
    assert not space.exists("copy.txt")
    space.replace("Jobfile.toml", "false; cp {", "cp {")
    assert space.build("-D", "word=c").built == ["count"]


ALLOWED = """
[target.flaky]
run = "echo half > {outputs}; test -e mended"
outputs = ["flaky.txt"]
allow_failure = true

[target.rests_on_its_result]
run = "echo ran > {outputs}"
needs = ["flaky"]
outputs = ["result.txt"]

[target.comes_after]
run = "true"
after = ["flaky"]

[target.reads_its_output]
run = "cat {inputs}"
inputs = ["@flaky"]

[target.further]
run = "true"
needs = ["reads_its_output"]
"""


def test_a_failure_that_is_allowed_fails_nothing_but_who_names_its_outputs(space: Space) -> None:
    space.jobfile(ALLOWED)

    result = space.build(code=1)

    assert result.failed == ["flaky"]
    assert "note: this one may fail\n" in result.err
    assert sorted(result.built) == ["comes_after", "rests_on_its_result"]
    assert result.blocked == ["reads_its_output", "further"]
    assert result.last_line == "failed as allowed 1, blocked 2, built 2"


def test_the_build_is_good_if_nobody_names_them(space: Space) -> None:
    space.jobfile(ALLOWED)

    result = space.build("rests_on_its_result", "comes_after")

    assert result.last_line == "failed as allowed 1, built 2"
    assert not space.exists("flaky.txt")


def test_it_is_tried_again_in_the_next_build(space: Space) -> None:
    space.jobfile(ALLOWED)
    space.build("rests_on_its_result")
    assert "flaky" not in space.read("Jobfile.lock").replace("results]\nflaky", "")

    again = space.build("rests_on_its_result")
    assert again.failed == ["flaky"]
    assert again.fresh == ["rests_on_its_result"]

    space.write("mended", "")
    mended = space.build("rests_on_its_result")
    assert mended.built == ["flaky", "rests_on_its_result"]
    assert "result of `flaky` changed" in mended.reason("rests_on_its_result")


@pytest.mark.parametrize("how", ["-k", "-x"])
def test_it_stops_no_build(space: Space, how: str) -> None:
    space.jobfile(ALLOWED)

    assert space.build(how, "rests_on_its_result", "comes_after").failed == ["flaky"]


CAPTURED = """
[target.version]
run = "cat version.txt | cut -d. -f1"
inputs = ["version.txt"]
capture = "stdout"
[target.user]
run = "echo ran"
needs = ["version"]
"""


def test_who_needs_a_captured_value_rests_while_it_is_the_same(space: Space) -> None:
    space.write("version.txt", "3.1\n")
    space.jobfile(CAPTURED)
    assert space.build().built == ["version", "user"]

    space.write("version.txt", "3.2\n")
    result = space.build()
    assert (result.built, result.fresh) == (["version"], ["user"])

    space.write("version.txt", "4.0\n")
    assert space.build().built == ["version", "user"]


def test_a_captured_value_comes_back_from_the_cache(space: Space) -> None:
    space.write("version.txt", "3.1\n")
    space.jobfile(CAPTURED)
    space.build()
    space.write("version.txt", "4.0\n")
    space.build()
    space.write("version.txt", "3.1\n")

    result = space.build()

    assert result.restored == ["version"]
    assert result.built == ["user"]
    assert space.run("show", "version", "--value").out == "3\n"
