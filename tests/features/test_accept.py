"""`jobmake accept`: somebody's word in place of a run. It is told wherever the target is, it
stands in the lockfile, and it lapses with the next edit that counts."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import Space

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_cache")

JOBFILE = """
[params]
rate = 1
[target.clean]
run = "cat {inputs} > {outputs}; echo clean >> ran"
inputs = ["raw.txt"]
outputs = ["clean.out"]
[target.train]
run = "cat {inputs} > {outputs}; echo {params.rate} >> {outputs}; echo train >> ran"
inputs = ["@clean"]
outputs = ["train.out"]
[target.count]
run = "wc -l < {inputs} > {outputs}"
inputs = ["@train"]
outputs = ["count.out"]
[target.all]
needs = ["count"]
"""
WHY = ("--reason", "only a comment")


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.write("raw.txt", "raw\n")
    space.build()
    return space


def edit(space: Space) -> None:
    """Edit the command of `train` in a way that means nothing."""
    space.replace("Jobfile.toml", "echo {params.rate}", "echo  {params.rate}")


ADA = {"LOGNAME": "ada", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
SAID = r"accepted by ada on \d{4}-\d\d-\d\d: only a comment"


def test_what_is_accepted_is_not_run(built: Space) -> None:
    edit(built)
    assert built.run("status").out.startswith("stale train: command changed\n")
    ran = built.read("ran")

    assert built.run("accept", "train", *WHY).out == "accepted train\n"

    assert built.build().fresh == ["clean", "train", "count"]
    assert built.read("ran") == ran


def test_who_when_and_why_are_told(built: Space) -> None:
    edit(built)
    built.run("accept", "train", *WHY, env=ADA)

    assert re.fullmatch(rf"train is up to date\n  {SAID}\n", built.run("why", "train").out)
    assert re.search(rf"^up to date train: {SAID}$", built.run("status", "-v").out, re.MULTILINE)
    lines = built.read("Jobfile.lock").splitlines()
    at = lines.index("[target.train]")
    assert lines[at + 2] == 'accepted-by = "ada"'
    assert re.fullmatch(r'accepted-on = "\d{4}-\d\d-\d\d"', lines[at + 3])
    assert lines[at + 4] == 'accepted-reason = "only a comment"'
    assert built.run("lock", "--check").code == 0


def test_git_knows_the_name(built: Space) -> None:
    subprocess.run(["git", "init", "--quiet", "."], cwd=built.root, check=True)
    subprocess.run(["git", "config", "user.name", "Ada L."], cwd=built.root, check=True)
    edit(built)

    told = json.loads(built.run("accept", "--json", "train", "count", *WHY).out)

    today = told.pop("on")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", today)
    assert told == {"version": 1, "by": "Ada L.", "reason": "only a comment",
                    "accepted": ["train"], "up_to_date": ["count"]}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("Jobfile.toml", "rate = 1", "rate = 2", "param `rate` changed 1 -> 2"),
        ("train.out", "raw", "better", "output `train.out` was edited"),
        ("Jobfile.toml", "echo  {", "echo {", "command changed"),  # also back to what was run
    ],
)
def test_it_lapses_with_the_next_edit(
    built: Space, file: str, old: str, new: str, reason: str
) -> None:
    edit(built)
    built.run("accept", "train", *WHY, env=ADA)
    built.replace(file, old, new)

    told = built.run("why", "train").out
    assert re.search(rf"^  its old record was {SAID}$", told, re.MULTILINE)
    assert built.build("train").reason("train") == reason

    assert "accepted" not in built.read("Jobfile.lock")
    assert re.fullmatch(
        r"train is up to date since .* by run \d+, .*\n", built.run("why", "train").out
    )


def test_an_output_edited_by_hand_can_be_accepted_and_is_what_users_get(built: Space) -> None:
    built.write("train.out", "mended\nby\nhand\n")

    built.run("accept", "train", *WHY)

    result = built.build()
    assert (result.built, result.fresh) == (["count"], ["clean", "train"])
    assert built.read("count.out").strip() == "3"


def test_outputs_made_without_jobmake_can_be_accepted(space: Space) -> None:
    space.jobfile(JOBFILE)
    for name in ("raw.txt", "clean.out", "train.out", "count.out"):
        space.write(name, "1\n")

    result = space.run("accept", "clean", "train", "count", *WHY)

    assert result.out == "accepted clean\naccepted train\naccepted count\n"
    assert space.build().built == []
    assert not space.exists("ran")


def test_a_claim_has_the_result_that_the_run_had(built: Space) -> None:
    edit(built)
    built.run("accept", "train", *WHY)
    built.replace("Jobfile.toml", 'wc -l < {inputs} > {outputs}"\ninputs = ["@train"]',
                  'echo 1 > {outputs}"\nneeds = ["train"]')  # fmt: skip
    built.build()
    built.replace("Jobfile.toml", "echo  {", "echo {")

    result = built.build()

    assert (result.built, result.fresh) == (["train"], ["clean", "count"])


def test_all_instances_or_one_can_be_accepted(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\nmatrix = { n = [1, 2, 3] }\n')

    assert space.run("accept", "a[n=2]", *WHY).out == "accepted a[n=2]\n"
    assert space.run("accept", "a", *WHY).out == (
        "accepted a[n=1]\naccepted a[n=3]\nup to date already: a[n=2]\n"
    )


# -- what cannot be accepted ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        ("raw.txt", ["train"],
         "`train` cannot be accepted: `clean`, which it needs, is stale\n"
         "hint: build `clean`, or accept it too\n"),
        ("raw.txt", ["count"],
         "`count` cannot be accepted: `clean`, which it needs, is stale\n"
         "hint: build `clean`, or accept it too\n"),
        ("raw.txt", ["all"],
         "`all` is a group, which makes nothing\nhint: accept the targets it gathers\n"),
        ("-clean.out", ["clean"],
         "`clean` cannot be accepted: its output `clean.out` is missing\n"
         "hint: `jobmake build clean` makes it\n"),
        ("-raw.txt", ["clean"], "`raw.txt` is missing\n"),
    ],
)  # fmt: skip
def test_what_does_not_stand_is_refused_and_nothing_is_recorded(
    built: Space, change: str, words: list[str], told: str
) -> None:
    if change.startswith("-"):
        built.path(change[1:]).unlink()
    else:
        built.write(change, "edited\n")
    before = built.read("Jobfile.lock")

    assert built.run("accept", *words, *WHY, code=1).err == f"error: {told}"
    assert built.read("Jobfile.lock") == before
    assert built.run("status", "--check", code=1).code == 1


def test_nothing_is_recorded_if_one_of_several_cannot_be(built: Space) -> None:
    edit(built)
    built.path("count.out").unlink()
    before = built.read("Jobfile.lock")

    assert "`count.out` is missing" in built.run("accept", "train", "count", *WHY, code=1).err
    assert built.read("Jobfile.lock") == before
    assert built.build().built == ["train", "count"]


def test_a_target_that_would_run_all_the_same_is_refused(space: Space) -> None:
    space.jobfile('[target.now]\nalways = true\nrun = "true"\n')

    result = space.run("accept", "now", *WHY, code=1)

    assert result.err == "error: `now` cannot be accepted: it always runs all the same\n"


def test_what_only_comes_first_may_be_stale(built: Space) -> None:
    built.jobfile('[target.first]\nrun = "true"\n[target.second]\nrun = "true"\nafter = ["first"]')
    assert built.run("accept", "second", *WHY).out == "accepted second\n"
    assert built.build().built == ["first"]


@pytest.mark.parametrize("words", [["train"], ["train", "--reason", " "], ["--reason", "x"]])
def test_a_target_and_a_reason_must_be_given(built: Space, words: list[str]) -> None:
    assert built.run("accept", *words, code=2).err.startswith("error: the ")


def test_a_failed_target_can_be_accepted_once_its_outputs_are_there(built: Space) -> None:
    built.replace("Jobfile.toml", "echo train >> ran", "false")
    built.build("train", code=1)
    built.write("train.out", "by hand\n")

    built.run("accept", "train", *WHY)

    assert built.build("train").fresh == ["clean", "train"]


def test_a_reason_of_any_kind_is_one_line(built: Space) -> None:
    edit(built)
    built.run("accept", "train", "--reason", 'two\nlines, "quotes" and \x1b[31mred', env=ADA)

    assert "on " in built.run("why", "train").out
    assert "\x1b" not in built.run("why", "train").out
    assert 'accepted-reason = "two lines, \\"quotes\\" and \\u001b[31mred"' in built.read(
        "Jobfile.lock"
    )
    assert built.build().fresh == ["clean", "train", "count"]


# -- temp outputs, and files that a run names ------------------------------------------


def test_a_temp_output_that_is_gone_is_as_its_record_says(space: Space) -> None:
    space.jobfile(
        JOBFILE.replace(
            'outputs = ["clean.out"]', 'outputs = [{ path = "clean.out", temp = true }]'
        )
    )
    space.write("raw.txt", "raw\n")
    space.build()
    assert not space.exists("clean.out")
    space.write("raw.txt", "raw \n")

    space.run("accept", "clean", *WHY)

    assert space.build().built == []
    assert not space.exists("clean.out")
    space.write("raw.txt", "other\n")
    assert space.build().built == ["clean", "train", "count"]


def test_a_temp_output_that_never_was_cannot_be_accepted(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"\noutputs = [{ path = "a", temp = true }]\n')

    assert "its output `a` is missing" in space.run("accept", "a", *WHY, code=1).err


def named(space: Space, *files: str) -> None:
    space.jobfile(
        '[target.a]\nrun = "cp in {outputs}; echo {outputs}: '
        + " ".join(files)
        + ' > a.d"\ninputs = ["in"]\noutputs = ["a"]\ndepfile = "a.d"\n'
    )
    space.write("in", "1")


def test_the_files_that_a_run_named_still_count(space: Space, tmp_path: Path) -> None:
    outside = tmp_path / "outside.h"
    outside.write_text("1")
    named(space, "inside.h", str(outside))
    space.write("inside.h", "1")
    space.build()
    for edit in (lambda: space.write("inside.h", "2"), lambda: outside.write_text("2")):
        edit()
        assert "stale" in space.run("why", "a").out
        space.run("accept", "a", *WHY)
        assert space.build().built == []

    outside.write_text("3")
    assert space.build().reason("a") == f"file `{outside}` changed"
    space.write("in", "2")
    space.run("accept", "a", *WHY)
    space.write("inside.h", "3")
    assert space.build().reason("a") == "file `inside.h` changed"


def test_what_never_said_its_files_cannot_be_accepted(space: Space) -> None:
    named(space, "in")
    space.write("a", "1")

    assert (
        "error: `a` cannot be accepted: only a run says which files its depfile names\n"
        in space.run("accept", "a", *WHY, code=1).err
    )
