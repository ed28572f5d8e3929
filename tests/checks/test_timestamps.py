"""The rule of make: `check = "timestamps"`, alone and beside `content`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jobmake.model.decision import Fresh, Stale, Undecided
from jobmake.model.errors import JobfileError
from tests.caches.rig import tick
from tests.checks.rig import build, opened, outlook

if TYPE_CHECKING:
    from tests.support import Space

COPY = """
[target.copy]
run = "cat in.txt > {outputs}"
inputs = ["in.txt", "more/"]
outputs = ["out.txt"]
check = "timestamps"
"""
SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND  # a moment of the past


def stamp(space: Space, name: str, after: int = 0) -> None:
    """Give a file or folder the time NOW, or so many nanoseconds after it."""
    os.utime(space.path(name), ns=(NOW + after, NOW + after))


def reasons(space: Space, name: str) -> list[str]:
    """Why a target is stale; nothing where it is up to date."""
    match outlook(opened(space), name).forecast:
        case Stale(found):
            return [str(one) for one in found]
        case Fresh():
            return []
        case other:
            raise AssertionError(other)


@pytest.fixture
def made(space: Space) -> Space:
    """Inputs and an output that nobody built, all of the same moment."""
    space.jobfile(COPY)
    for name in ("in.txt", "more/a/b.txt", "out.txt"):
        space.write(name, "x")
    for name in ("in.txt", "more/a/b.txt", "more/a", "more", "out.txt"):
        stamp(space, name)
    return space


def test_what_was_never_recorded_can_be_up_to_date(made: Space) -> None:
    told = build(opened(made))

    assert told.fresh == ["copy"]
    assert not made.exists("Jobfile.lock"), "nothing is recorded that no run made"


def test_a_nanosecond_makes_older_and_equal_times_do_not(made: Space) -> None:
    assert reasons(made, "copy") == []
    stamp(made, "in.txt", 1)
    assert reasons(made, "copy") == ["output `out.txt` is older than input `in.txt`"]


@pytest.mark.parametrize("name", ["more/a/b.txt", "more/a", "more"])
def test_a_folder_is_as_new_as_what_is_in_it_and_its_entries(made: Space, name: str) -> None:
    stamp(made, name, 1)

    assert reasons(made, "copy") == ["output `out.txt` is older than input `more/`"]


def test_a_missing_output_is_a_reason(made: Space) -> None:
    made.path("out.txt").unlink()

    assert reasons(made, "copy") == ["output `out.txt` is missing"]


@pytest.mark.parametrize("check", ["timestamps", "exists"])
def test_a_folder_in_place_of_an_output_is_a_reason(made: Space, check: str) -> None:
    made.replace("Jobfile.toml", '"timestamps"', f'"{check}"')
    made.path("out.txt").unlink()
    made.write("out.txt/x", "")
    assert reasons(made, "copy") == ["output `out.txt` is missing"]
    assert made.run("build").built == ["copy"]
    assert made.path("out.txt").is_file()


def test_neither_content_nor_command_counts(made: Space) -> None:
    made.write("in.txt", "another text")
    stamp(made, "in.txt")
    made.replace("Jobfile.toml", "cat in.txt", "sort in.txt")

    assert reasons(made, "copy") == []


def test_no_file_is_read_to_judge_it(made: Space) -> None:
    build(opened(made))

    assert not made.exists(".jobmake/index"), "no digest was taken of any file"


def test_it_runs_once_and_then_is_up_to_date(made: Space) -> None:
    made.path("in.txt").touch()

    assert build(opened(made)).ran == ["copy"]
    assert build(opened(made)).fresh == ["copy"]
    assert 'in.txt" = "xxh3:' in made.read("Jobfile.lock"), "a run is recorded as ever"


@pytest.mark.parametrize("check", ['"timestamps"', '["content", "timestamps"]'])
@pytest.mark.parametrize(
    ("run", "keep"),
    [
        ("cp -p in.txt {outputs}", "false"),  # the output is as old as one of two inputs
        ("true", "true"),  # the output was there, and nothing is to change in it
        ("ln -s in.txt {outputs}", "false"),
        ("cat {inputs} > {outputs}; touch -d @99 {outputs}", "false"),
    ],
)
def test_a_run_that_leaves_old_outputs_does_not_run_for_ever(
    space: Space, check: str, run: str, keep: str
) -> None:
    space.jobfile(f"""
[target.t]
run = "{run}"
inputs = ["in.txt", "new.txt"]
outputs = ["out.txt"]
keep = {keep}
check = {check}
""")
    for name in ("in.txt", "out.txt"):
        space.write(name, "x")
        stamp(space, name)
    space.write("new.txt", "y")

    assert build(opened(space)).ran == ["t"]
    assert build(opened(space)).fresh == ["t"]
    assert space.path("in.txt").stat().st_mtime_ns == NOW, "an input is never touched"


def test_an_input_of_the_future_does_not_make_it_run_for_ever(made: Space) -> None:
    os.utime(made.path("in.txt"), ns=(2**62, 2**62))

    assert build(opened(made)).ran == ["copy"]
    assert build(opened(made)).fresh == ["copy"]


FUTURE = 2**62


def dated(space: Space, name: str) -> None:
    """Give a file a time that is still to come."""
    os.utime(space.path(name), ns=(FUTURE, FUTURE))


def test_what_is_dated_in_the_future_counts_by_its_content(made: Space) -> None:
    dated(made, "in.txt")
    assert reasons(made, "copy") == ["input `in.txt` is dated in the future"]
    build(opened(made))
    assert reasons(made, "copy") == []

    made.write("in.txt", "edited")
    dated(made, "in.txt")

    assert reasons(made, "copy") == ["input `in.txt` changed"]


def test_an_edit_after_a_time_in_the_future_is_seen(made: Space) -> None:
    dated(made, "in.txt")
    build(opened(made))

    made.write("in.txt", "edited")

    assert reasons(made, "copy") == ["output `out.txt` is older than input `in.txt`"]


def test_an_output_of_the_future_is_stale_and_then_of_now(made: Space) -> None:
    dated(made, "out.txt")
    assert reasons(made, "copy") == ["output `out.txt` is dated in the future"]

    made.replace("Jobfile.toml", "{outputs}", "{outputs}; touch -d @9000000000 {outputs}")

    assert build(opened(made)).ran == ["copy"]
    assert build(opened(made)).fresh == ["copy"]


def test_a_time_in_the_future_is_told(made: Space) -> None:
    dated(made, "in.txt")
    said = "`in.txt` is dated in the future: it counts by its content"
    assert said in made.run("build").err


TWO = """
[params]
n = 1

[target.a]
run = "cat {inputs} > {outputs}; echo {params.n} >> {outputs}"
inputs = ["in.txt"]
outputs = ["a.txt"]
check = "timestamps"

[target.b]
run = "cat {NEEDED} > {outputs}"
HOW
outputs = ["b.txt"]
check = "timestamps"
"""


@pytest.mark.parametrize("maker", ["cat {inputs} >", "cp -p {inputs}"])
@pytest.mark.parametrize(
    ("needed", "how"), [("inputs", 'inputs = ["a.txt"]'), ("sources", 'sources = ["a.txt"]')]
)
def test_what_follows_from_a_time_in_the_future_is_built_anew(
    space: Space, needed: str, how: str, maker: str
) -> None:
    jobfile = TWO.replace("NEEDED", needed).replace("HOW", how).replace("cat {inputs} >", maker)
    space.jobfile(
        jobfile.replace("echo {params.n} >> {outputs}", "true") if "-p" in maker else jobfile
    )
    space.write("in.txt", "x")
    dated(space, "in.txt")
    assert build(opened(space)).ran == ["a", "b"]
    assert build(opened(space)).fresh == ["a", "b"]

    space.path("a.txt").unlink()
    if "-p" in maker:
        space.write("in.txt", "y")
        dated(space, "in.txt")
    else:
        space.replace("Jobfile.toml", "n = 1", "n = 3")

    assert build(opened(space)).ran == ["a", "b"]
    assert space.read("b.txt") == space.read("a.txt")
    assert build(opened(space)).fresh == ["a", "b"]


def test_what_the_cache_restores_is_new(made: Space) -> None:
    made.path("in.txt").touch()
    build(opened(made, cache=True))
    made.path("in.txt").touch()

    assert build(opened(made, cache=True)).restored == ["copy"]
    assert build(opened(made, cache=True)).fresh == ["copy"]

    made.path("out.txt").unlink()
    assert build(opened(made, cache=True)).restored == ["copy"]
    assert build(opened(made, cache=True)).fresh == ["copy"]


def test_after_a_failed_run_it_is_stale_whatever_the_times_say(made: Space) -> None:
    made.path("in.txt").touch()
    made.replace("Jobfile.toml", "cat in.txt > {outputs}", "touch {outputs}; false")
    build(opened(made))
    made.write("out.txt", "by hand")

    assert reasons(made, "copy") == ["it has no result: its last run failed: exit code 1"]


def test_without_outputs_it_is_always_stale(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "true"\ncheck = "timestamps"\n')

    for _ in range(2):
        told = build(opened(space))
        assert told.ran == ["t"]
    assert told.reasons["t"] == ["it has no outputs, so no time tells its age"]


def test_what_gives_a_value_must_have_run_once(made: Space) -> None:
    made.write("Jobfile.toml", made.read("Jobfile.toml") + 'capture = "stdout"\n')

    assert build(opened(made)).reasons["copy"] == ["it was never built"]
    assert build(opened(made)).fresh == ["copy"]


NEEDS = """
[target.first]
run = "cat {inputs} > {outputs}"
inputs = ["a.txt"]
outputs = ["first.txt"]

[target.bare]
run = "echo {params.word}"
params = ["word"]

[target.both]
needs = ["first", "bare"]

[target.last]
run = "touch {outputs}"
outputs = ["last.txt"]
needs = ["NEED"]
check = "timestamps"

[params]
word = "one"
"""


@pytest.mark.parametrize("need", ["first", "both"])
def test_a_target_needed_by_name_counts_by_its_newest_output(space: Space, need: str) -> None:
    space.jobfile(NEEDS.replace("NEED", need))
    space.write("a.txt", "a")
    assert "output `last.txt` is missing" in build(opened(space)).reasons["last"]
    assert build(opened(space)).ran == []

    space.write("a.txt", "b")
    told = build(opened(space))

    assert "last" in told.ran
    said = "output `last.txt` is older than what `first` made"
    assert told.reasons["last"] == [said if need == "first" else "result of `both` changed"]
    assert build(opened(space)).ran == []


def test_a_target_needed_by_name_that_makes_no_files_counts_by_its_result(space: Space) -> None:
    space.jobfile(NEEDS.replace("NEED", "bare"))
    space.write("a.txt", "a")
    build(opened(space))
    assert build(opened(space)).ran == []

    space.replace("Jobfile.toml", '"one"', '"two"')

    assert build(opened(space)).reasons["last"] == ["result of `bare` changed"]
    assert build(opened(space)).ran == []


CHAIN = """
[target.first]
run = "cat {inputs} > {outputs}"
inputs = ["in.txt"]
outputs = ["first.txt"]
check = "timestamps"

[target.last]
run = "cat {inputs} > {outputs}"
inputs = ["first.txt"]
outputs = ["last.txt"]
"""


def test_others_see_the_outputs_as_they_are_now(space: Space) -> None:
    """Also where nothing is recorded, and where somebody edited what a run made."""
    space.jobfile(CHAIN)
    for name in ("in.txt", "first.txt"):
        space.write(name, "by hand")
        stamp(space, name)
    assert build(opened(space)).ran == ["last"]
    assert build(opened(space)).fresh == ["first", "last"]

    space.path("in.txt").touch()
    assert build(opened(space)).ran == ["first"], "the same bytes: what follows is up to date"

    space.write("first.txt", "edited")
    told = build(opened(space))
    assert (told.fresh, told.ran) == (["first"], ["last"])
    assert space.read("last.txt") == "edited"


def test_beforehand_what_others_will_make_is_not_known(space: Space) -> None:
    space.jobfile(
        CHAIN.replace('["first.txt"]\noutputs', '["first.txt"]\ncheck = "timestamps"\noutputs')
    )
    space.write("in.txt", "x")
    build(opened(space))
    space.path("in.txt").touch()

    project = opened(space)

    assert outlook(project, "last").forecast == Undecided(("first",))


def test_a_depfile_tells_what_else_is_read(space: Space) -> None:
    space.write("in.txt", "x")
    space.write("seen.txt", "x")
    space.write("out.txt", "x")
    space.jobfile("""
[target.t]
run = "cat in.txt seen.txt > {outputs}; echo 'out.txt: seen.txt' > t.d"
inputs = ["in.txt"]
outputs = ["out.txt"]
depfile = "t.d"
check = "timestamps"
""")
    stamp(space, "seen.txt")
    assert build(opened(space)).reasons["t"] == ["it was never built"]
    assert build(opened(space)).fresh == ["t"]

    space.path("seen.txt").touch()
    tick(space.root)  # else it may have been written while the command ran

    assert build(opened(space)).reasons["t"] == ["output `out.txt` is older than file `seen.txt`"]
    assert build(opened(space)).fresh == ["t"]


def test_a_temp_output_needs_content_too(space: Space) -> None:
    space.jobfile(
        '[target.t]\nrun = "touch o"\noutputs = ["o"]\ntemp = true\ncheck = "timestamps"\n'
    )

    with pytest.raises(JobfileError) as error:
        opened(space)
    [problem] = error.value.problems

    assert (
        problem.message == "`timestamps` cannot tell the age of a `temp` output, which is removed"
    )
    assert problem.hint == 'write `check = ["content", "timestamps"]`, or leave `temp` out'
    space.replace("Jobfile.toml", '"timestamps"', '["content", "timestamps"]')
    assert build(opened(space)).ran == ["t"]
    assert build(opened(space)).fresh == ["t"]
