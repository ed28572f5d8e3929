"""`check` on the command line: what is told of targets that are judged by other rules."""

from __future__ import annotations

import json
import os

import pytest

from tests.support import Space

JOBFILE = """
[target.made]
run = "cat {inputs} > {outputs}"
inputs = ["in.txt"]
outputs = ["made.txt"]
check = "timestamps"

[target.used]
run = "cat {inputs} > {outputs}"
inputs = ["@made"]
outputs = ["used.txt"]
"""


@pytest.fixture
def there(space: Space) -> Space:
    """An output that no run made, newer than its input."""
    space.jobfile(JOBFILE)
    space.write("in.txt", "one\n")
    space.write("made.txt", "two\n")
    os.utime(space.path("in.txt"), ns=(1, 1))
    return space


def test_what_is_up_to_date_without_a_record_is_told_as_it_is(there: Space) -> None:
    assert there.build().built == ["used"]
    assert there.read("used.txt") == "two\n"

    assert there.run("status").out == "up to date: 2 targets\n"
    assert there.run("why", "made").out == (
        "made is up to date: nothing is recorded of it, and its checks look at what"
        " is on the disk\n"
    )
    shown = there.run("show", "made").out
    assert "  outputs   made.txt  is there, not recorded\n" in shown
    assert "  checks    exists\n            timestamps\n" in shown
    assert there.run("lock", "--check").out == "Jobfile.lock is as it should be\n"
    assert "[target.made]" not in there.read("Jobfile.lock")
    assert there.build().fresh == ["made", "used"]


def test_its_reasons_are_told_everywhere(there: Space) -> None:
    there.build()
    there.path("in.txt").touch()
    said = "output `made.txt` is older than input `in.txt`"

    assert f"would run made: {said}" in there.run("build", "-n").out
    assert f"made is stale:\n  {said}\n" in there.run("why", "made").out
    [target] = json.loads(there.run("why", "--json", "made").out)["targets"]
    assert [one["text"] for one in target["reasons"]] == [said]
    result = there.build()
    assert result.reason("made") == said
    assert result.reason("used") == "input `made.txt` changed"


def test_what_if_a_file_were_written(there: Space) -> None:
    there.build()

    told = there.run("what-if", "file=in.txt").out

    assert "made: output `made.txt` is older than input `in.txt`" in told


def test_what_is_older_cannot_be_accepted(there: Space) -> None:
    there.path("in.txt").touch()
    os.utime(there.path("made.txt"), ns=(1, 1))

    result = there.run("accept", "made", "--reason", "it is right", code=1)

    assert "`made` cannot be accepted: output `made.txt` is older than input `in.txt`" in result.err


def test_a_switch_to_content_builds_what_was_never_recorded_and_nothing_else(there: Space) -> None:
    there.build()
    there.replace("Jobfile.toml", 'check = "timestamps"\n', "")

    result = there.build()

    assert result.reason("made") == "it was never built"
    assert there.build().fresh == ["made", "used"]
    there.replace("Jobfile.toml", 'made.txt"]\n', 'made.txt"]\ncheck = "timestamps"\n')
    assert there.build().fresh == ["made", "used"], "a record is there, and the times are right"


def test_a_profile_sets_the_check_of_all(there: Space) -> None:
    text = there.read("Jobfile.toml").replace('check = "timestamps"\n', "")
    there.jobfile('[profile.quick.project]\ncheck = "timestamps"\n' + text)
    there.write("used.txt", "two\n")

    assert there.build("--profile", "quick").fresh == ["made", "used"]
    assert there.build().built == ["made", "used"]


@pytest.mark.parametrize("said", ['check = "exists"', "check = ['exists', 'timestamps']"])
def test_a_job_that_says_itself_is_not_asked_where_another_check_is_named(
    space: Space, said: str
) -> None:
    space.write(
        "jobs.py",
        "from jobmake import Job\n\n\nclass Never(Job):\n    name = 'never'\n\n    def run(self):\n"
        "        return 1\n\n    def is_up_to_date(self):\n        return False\n",
    )
    space.jobfile('[target.never]\npython = "jobs:Never"\noutputs = []\n')
    space.build()
    assert space.build().built == ["never"]

    space.jobfile(f'[target.never]\npython = "jobs:Never"\noutputs = []\n{said}\n')

    assert space.build().built == (["never"] if "timestamps" in said else [])


def test_a_group_has_no_check(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "true"\n[target.all]\nneeds = ["t"]\ncheck = "exists"\n')

    result = space.build(code=2)

    assert "error: `check` has no run to hold for of target `all`" in result.err
