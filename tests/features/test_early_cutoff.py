"""Early cut-off: where a run makes the same bytes again, the work stops.

What counts for those that come after is what was made, not that it was made again.
"""

from __future__ import annotations

import pytest

from tests.support import Space, without_times

pytestmark = pytest.mark.usefixtures("no_cache")

CHAIN = """
[target.strip]
run = "grep -v '^#' {inputs} > {outputs}"
inputs = ["source.txt"]
outputs = ["stripped.txt"]

[target.count]
run = "wc -l < {inputs} > {outputs}"
inputs = ["@strip"]
outputs = ["count.txt"]

[target.report]
run = "sed 's/^/lines: /' {inputs} > {outputs}"
inputs = ["@count"]
outputs = ["report.txt"]
"""


@pytest.fixture
def chain(space: Space) -> Space:
    """Comments are stripped, lines are counted, the number is reported; all built once."""
    space.jobfile(CHAIN)
    space.write("source.txt", "# a comment\none\ntwo\n")
    space.build()
    return space


@pytest.mark.case("A16")
def test_an_edit_of_a_comment_stops_at_the_first_target(chain: Space) -> None:
    chain.replace("source.txt", "# a comment", "# another comment")

    result = chain.build()

    assert result.built == ["strip"]
    assert result.fresh == ["count", "report"]
    assert result.last_line == "built 1, up to date 2"


@pytest.mark.case("A16")
def test_an_edit_goes_as_far_as_the_bytes_differ(chain: Space) -> None:
    chain.replace("source.txt", "two", "TWO")
    result = chain.build()
    assert (result.built, result.fresh) == (["strip", "count"], ["report"])

    chain.replace("source.txt", "TWO", "two\nthree")
    assert chain.build().built == ["strip", "count", "report"]
    assert chain.read("report.txt") == "lines: 3\n"


def test_another_command_that_makes_the_same_stops_the_work(chain: Space) -> None:
    chain.replace("Jobfile.toml", "grep -v '^#'", "sed '/^#/d'")
    result = chain.build()
    assert (result.built, result.fresh) == (["strip"], ["count", "report"])


def test_what_is_forced_or_made_again_does_not_reach_its_users(chain: Space) -> None:
    assert chain.build("-B", "strip").built == ["strip"]
    assert chain.build().built == []

    chain.path("count.txt").unlink()
    result = chain.build()

    assert (result.built, result.fresh) == (["count"], ["strip", "report"])


def test_beforehand_it_is_not_known_how_far_an_edit_goes(chain: Space) -> None:
    chain.replace("source.txt", "# a comment", "# another comment")

    assert without_times(chain.run("build", "-n").out) == (
        "would run strip: input `source.txt` changed\n"
        "may run count: depends on `strip`\n"
        "may run report: depends on `count`\n"
        "would run 1, may run 2\n"
    )


def test_only_users_of_the_output_that_differs_run(space: Space) -> None:
    space.jobfile("""
        [target.split]
        run = "head -n1 {inputs} > {outputs.head}; tail -n1 {inputs} > {outputs.tail}"
        inputs = ["in.txt"]
        outputs = { head = "head.txt", tail = "tail.txt" }

        [target.first]
        run = "cat {inputs} > {outputs}"
        inputs = ["@split:head"]
        outputs = ["first.txt"]

        [target.last]
        run = "cat {inputs} > {outputs}"
        inputs = ["@split:tail"]
        outputs = ["last.txt"]
    """)
    space.write("in.txt", "1\n2\n")
    space.build()

    space.write("in.txt", "1\n3\n")
    result = space.build("-j1")

    assert (result.built, result.fresh) == (["split", "last"], ["first"])


def test_of_a_folder_only_users_of_the_files_that_differ_run(space: Space) -> None:
    space.jobfile("""
        [target.tree]
        run = "mkdir {outputs}; echo same > {outputs}/same; cp in.txt {outputs}/other"
        inputs = ["in.txt"]
        outputs = ["tree/"]

        [target.one]
        run = "cat {inputs}"
        inputs = ["tree/same"]

        [target.all]
        run = "ls {inputs}"
        inputs = ["tree/"]
    """)
    space.write("in.txt", "1\n")
    space.build()

    space.write("in.txt", "2\n")
    result = space.build("-j1")

    assert (result.built, result.fresh) == (["tree", "all"], ["one"])


NEEDS = """
[target.strip]
run = "grep -v '^#' source.txt > {outputs}"
sources = ["source.txt"]
outputs = ["stripped.txt"]

[target.inner]
needs = ["strip"]

[target.outer]
needs = ["inner"]
inputs = ["plain.txt"]

[target.by_need]
run = "cat stripped.txt"
needs = ["strip"]

[target.by_groups]
run = "cat stripped.txt plain.txt"
needs = ["outer"]
"""


@pytest.fixture
def needs(space: Space) -> Space:
    """The first target is needed by name, and through a group in a group; all built once."""
    space.jobfile(NEEDS)
    space.write("source.txt", "# a comment\none\n")
    space.write("plain.txt", "plain\n")
    space.build()
    return space


def test_the_same_bytes_stop_the_work_also_through_needs_and_groups(needs: Space) -> None:
    needs.replace("source.txt", "# a comment", "# another comment")
    result = needs.build("-j1")
    assert (result.built, result.fresh) == (["strip"], ["by_need", "by_groups"])


def test_other_bytes_go_through_needs_and_groups(needs: Space) -> None:
    needs.replace("source.txt", "one", "two")

    result = needs.build("-j1")

    assert result.built == ["strip", "by_need", "by_groups"]
    assert result.reason("by_need") == "result of `strip` changed"
    assert result.reason("by_groups") == "result of `outer` changed"


def test_the_files_of_a_group_count_like_its_members(needs: Space) -> None:
    needs.write("plain.txt", "other\n")

    assert without_times(needs.run("build", "-n").out).startswith(
        "would run by_groups: result of `outer` changed\n"
    )
    result = needs.build("-j1")

    assert (result.built, result.fresh) == (["by_groups"], ["strip", "by_need"])
    assert result.out == "one\nother\n"
    assert needs.build().built == []


def test_a_target_without_outputs_has_its_fingerprint_for_a_result(space: Space) -> None:
    space.jobfile("""
        [target.test]
        run = "grep -q one {inputs}"
        inputs = ["in.txt"]

        [target.release]
        run = "echo released"
        needs = ["test"]
    """)
    space.write("in.txt", "one\n")
    space.build()

    space.write("in.txt", "one and two\n")

    assert space.build().built == ["test", "release"]
    assert space.build().built == []


@pytest.mark.case("A16")
def test_a_long_chain_is_cut_where_the_bytes_are_the_same(space: Space) -> None:
    length = 60
    steps = [
        f"target.t{n} = {{ run = 'sort -u {{inputs}} > {{outputs}}', inputs = ['{n - 1}.txt'],"
        f" outputs = ['{n}.txt'] }}"
        for n in range(1, length + 1)
    ]
    space.jobfile("\n".join(reversed(steps)))
    space.write("0.txt", "b\na\n")
    assert space.build().built == [f"t{n}" for n in range(1, length + 1)]

    space.write("0.txt", "a\na\nb\n")
    assert space.build().built == ["t1"]

    space.write("30.txt", "tampered\n")
    assert space.build().built == ["t30"]

    space.replace("Jobfile.toml", "sort -u {inputs} > {outputs}', inputs = ['29.txt']",
                  "sort -ur {inputs} > {outputs}', inputs = ['29.txt']")  # fmt: skip
    assert space.build().built == ["t30", "t31"]
