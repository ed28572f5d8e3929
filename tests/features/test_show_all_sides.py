"""What `show` tells of a target besides its files: claims, tags, demands, handling, the cache, its
value; and values wherever they are still to be had."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.support import DEADLINE, Space

JOBFILE = """
[pools]
licence = 3
[target.t]
run = "cat in; cp in {outputs}"
inputs = ["in"]
outputs = ["build/t"]
capture = "stdout"
tags = ["slow", "nightly"]
pool = "licence"
resources = { cpu = 1, memory = "1 MiB" }
priority = 3
timeout = "2h"
retries = 2
retry_delay = "10s"
ok_codes = [0, 2]
max_age = "7d"
allow_failure = true
"""
VALUE = b"caf\xc3\xa9 \xff\x00\r\nno end"


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.write("in", VALUE)
    space.build()
    return space


def value(space: Space, word: str = "t") -> bytes:
    process = space.start("show", "--value", word)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, err
    return out


def test_what_it_takes_up_and_what_becomes_of_it(built: Space) -> None:
    text = built.run("show", "t").out

    for line in (
        "  tags      slow, nightly",
        "  takes up  pool licence, cpu 1, memory 1.0 MiB, priority 3",
        "  handling  ended after 2 h 00 m; 2 retries, the first after 10.0 s; may fail;"
        " exit codes of success: 0, 2; stale after 168 h 00 m",
        "  cache     has its outputs",
    ):
        assert line + "\n" in text
    assert "  value     caf" in text
    assert "  claim" not in text


def test_the_same_as_json(built: Space) -> None:
    [one] = json.loads(built.run("show", "t", "--json").out)["targets"]

    assert one["tags"] == ["slow", "nightly"]
    assert (one["pools"], one["resources"]) == (["licence"], {"cpu": 1, "memory": 2**20})
    assert (one["priority"], one["timeout"], one["retries"], one["max_age"]) == (
        3, 7200, 2, 7 * 86_400,
    )  # fmt: skip
    assert (one["ok_codes"], one["allow_failure"], one["cached"]) == ([0, 2], True, True)
    assert one["claim"] is None


def test_a_claim_is_told(built: Space) -> None:
    built.write("in", "other")
    built.run("accept", "t", "--reason", "only a comment", env={"USER": "ann"})

    assert ": only a comment\n" in built.run("show", "t").out
    [one] = json.loads(built.run("show", "t", "--json").out)["targets"]
    assert one["claim"]["reason"] == "only a comment"


def test_what_is_not_in_the_cache_is_told(built: Space) -> None:
    shutil.rmtree(built.path(".jobmake/cache"))
    assert "  cache     has them not\n" in built.run("show", "t").out

    built.write("Jobfile.toml", "[cache]\nenabled = false\n" + built.read("Jobfile.toml"))
    assert "  cache " not in built.run("show", "t").out


def test_a_value_that_was_restored_is_there(built: Space) -> None:
    built.write("in", "other")
    built.build()
    built.write("in", VALUE)
    assert built.build().restored == ["t"]

    assert value(built) == VALUE
    assert value(built, "#3") == VALUE
    assert value(built, "#2") == b"other"


def test_a_value_whose_run_is_gone_is_among_the_results_or_in_the_cache(built: Space) -> None:
    shutil.rmtree(built.path(".jobmake/runs"))
    assert value(built) == VALUE
    shutil.rmtree(built.path(".jobmake/results"))
    assert value(built) == VALUE
    assert value(built, "#1") == VALUE

    for name in ("runs.db", "runs.db-wal", "runs.db-shm"):
        built.path(f".jobmake/{name}").unlink(missing_ok=True)
    assert value(built) == VALUE  # the record still says which

    shutil.rmtree(built.path(".jobmake/cache"))
    assert "no value of `t` is known here" in built.run("show", "--value", "t", code=2).err


def test_no_older_value_stands_for_the_last(built: Space) -> None:
    built.write("in", "other")
    built.build()
    shutil.rmtree(os.path.realpath(built.path(".jobmake/runs/2/result")))
    shutil.rmtree(built.path(".jobmake/cache"))

    assert "no value of `t` is known here" in built.run("show", "--value", "t", code=2).err
