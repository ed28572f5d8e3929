"""Runs that fail are tried again; runs that take too long are ended, with all they started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import marked_processes

if TYPE_CHECKING:
    from tests.support import Space

SECOND_TIME = """
[target.flaky]
run = '''
echo half >> {outputs}
echo attempt $JOBMAKE_ATTEMPT
test $JOBMAKE_ATTEMPT -ge 2
'''
outputs = ["out.txt"]
retries = 2
"""


def test_a_run_that_fails_is_tried_again(space: Space) -> None:
    space.jobfile(SECOND_TIME)

    result = space.build()

    assert result.built == ["flaky"]
    assert "note: `flaky` failed (exit code 1): tried again at once\n" in result.err
    assert result.out == "attempt 1\nattempt 2\n"
    assert result.last_line == "built 1"


def test_what_a_failed_try_made_is_out_of_the_way_of_the_next(space: Space) -> None:
    space.jobfile(SECOND_TIME)

    space.build()

    assert space.read("out.txt") == "half\n"  # appended to once
    assert space.read(".jobmake/runs/1/outputs/out.txt") == "half\n"


def test_it_fails_when_all_tries_are_used_up(space: Space) -> None:
    space.jobfile('[target.never]\nrun = "exit 3"\nretries = 2\n')

    result = space.build(code=1)

    assert result.failed == ["never"]
    assert result.err.count("running never") == 3
    assert result.err.count("tried again") == 2


def test_each_delay_is_twice_the_one_before(space: Space) -> None:
    space.jobfile('[target.never]\nrun = "exit 3"\nretries = 3\nretry_delay = "10ms"\n')

    result = space.build(code=1)

    told = [line.rpartition(" in ")[2] for line in result.err.splitlines() if "tried" in line]
    assert told == ["10 ms", "20 ms", "40 ms"]


def test_others_run_while_one_waits_to_be_tried_again(space: Space) -> None:
    space.jobfile(
        """
        [target.flaky]
        run = "test -e other.txt"
        retries = 1
        retry_delay = "1h"

        [target.other]
        run = "touch {outputs}"
        outputs = ["other.txt"]
        priority = -1
        """
    )
    process = space.start("build", "-j1")
    assert process.stderr is not None

    seen = b""
    while b"built other" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line

    assert b"`flaky` failed (exit code 1): tried again in 1 h 00 m" in seen
    process.terminate()
    process.communicate(timeout=60)


@pytest.mark.case("B15")
def test_a_run_that_takes_too_long_is_ended(space: Space) -> None:
    space.jobfile('[target.slow]\nrun = "echo begun; sleep 1000"\ntimeout = "200ms"\n')

    result = space.build(code=1)

    assert "error: target `slow` failed: took longer than 200 ms\n" in result.err
    assert "    begun\n" in result.err


@pytest.mark.case("B15")
def test_nothing_that_it_started_is_left(space: Space) -> None:
    marker = f"MARKED_BY={space.root}"
    space.write(
        "stubborn.sh",
        """
        trap '' TERM
        setsid sh -c 'trap "" TERM; sleep 1000' &
        sleep 1000 &
        while :; do sleep 1000; done
        """,
    )
    space.jobfile(
        f"""
        [target.slow]
        run = "sh stubborn.sh"
        env = {{ MARKED_BY = "{space.root}" }}
        timeout = "300ms"
        """
    )

    result = space.build(code=1)

    assert "took longer than 300 ms" in result.err
    assert not marked_processes(marker)


def test_a_run_that_took_too_long_can_be_tried_again(space: Space) -> None:
    space.jobfile(
        """
        [target.slow]
        run = "test $JOBMAKE_ATTEMPT = 2 || sleep 1000"
        timeout = "500ms"
        retries = 1
        """
    )

    assert space.build().built == ["slow"]


def test_the_history_tells_that_it_took_too_long(space: Space) -> None:
    import sqlite3
    from contextlib import closing

    space.jobfile('[target.slow]\nrun = "sleep 1000"\ntimeout = "100ms"\n')
    space.build(code=1)

    with closing(sqlite3.connect(Path(space.root, ".jobmake/runs.db"))) as database:
        assert database.execute("select ended from runs").fetchall() == [("timed out",)]
