"""Temp outputs go when their last user is done, and come back when somebody needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

CHAIN = """
[target.raw]
run = "cat {inputs} > {outputs}"
inputs = ["in.txt"]
outputs = [{ path = "raw.txt", temp = true }]
CACHE

[target.big]
run = "cat {inputs} {inputs} > {outputs}"
inputs = ["@raw"]
outputs = [{ path = "big.txt", temp = true }]
CACHE

[target.small]
run = "wc -c < {inputs} > {outputs}; echo {params.unit} >> {outputs}"
inputs = ["@big"]
outputs = ["small.txt"]

[params]
unit = "bytes"
"""


@pytest.fixture(params=["", "cache = false"], ids=["cached", "not cached"])
def chain(request: pytest.FixtureRequest, space: Space) -> Space:
    space.write("in.txt", "one\n")
    space.jobfile(CHAIN.replace("CACHE", request.param))
    return space


def test_they_are_removed_after_their_last_user(chain: Space) -> None:
    assert chain.build().built == ["raw", "big", "small"]

    assert not chain.exists("raw.txt")
    assert not chain.exists("big.txt")
    assert chain.read("small.txt") == "8\nbytes\n"


def test_their_absence_is_no_reason_to_build(chain: Space) -> None:
    chain.build()

    result = chain.build()

    assert result.built == []
    assert result.last_line == "up to date: 3 targets checked"
    assert chain.run("status", "--check").out == "up to date: 3 targets\n"


def test_they_come_back_for_a_user_that_is_stale(chain: Space) -> None:
    chain.build()

    result = chain.build("-D", "unit=B")

    assert chain.read("small.txt") == "8\nB\n"
    assert not chain.exists("big.txt")
    if "cache = false" in chain.read("Jobfile.toml"):
        assert result.built == ["raw", "big", "small"]
        assert result.reason("big") == "it must make a temp file for `small`"
    else:
        assert result.built == ["small"]
        assert "restored big: it must make a temp file for `small`" in result.err
        assert "restored raw" not in result.err


def test_a_change_upstream_goes_through(chain: Space) -> None:
    chain.build()
    chain.write("in.txt", "three\n")

    assert chain.build().built == ["raw", "big", "small"]
    assert chain.read("small.txt") == "12\nbytes\n"


def test_what_was_asked_for_by_name_stays(chain: Space) -> None:
    chain.build("big")

    assert not chain.exists("raw.txt")
    assert chain.exists("big.txt")
    assert chain.build().built == ["small"]


def test_what_a_failed_user_needs_stays(chain: Space) -> None:
    chain.replace("Jobfile.toml", "wc -c <", "false; wc -c <")

    chain.build(code=1)

    assert chain.exists("big.txt")


def test_it_stays_until_all_users_are_done(space: Space) -> None:
    gates = space.gate("a"), space.gate("b")
    space.jobfile(
        f"""
        [target.temp]
        run = "echo x > {{outputs}}"
        outputs = ["temp.txt"]
        temp = true
        [target.a]
        run = '''{gates[0].command}'''
        inputs = ["@temp"]
        [target.b]
        run = '''
        {gates[1].command}
        test -e temp.txt
        '''
        inputs = ["@temp"]
        """
    )
    process = space.start("build", "-j2")
    for gate in gates:
        gate.reached()
    gates[0].open()
    assert process.stderr is not None
    while b"built a" not in process.stderr.readline():
        pass
    assert space.exists("temp.txt")
    gates[1].open()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not space.exists("temp.txt")


def test_a_temp_folder_and_a_glob_of_temp_files(space: Space) -> None:
    space.jobfile(
        """
        [params]
        word = "a"
        [target.parts]
        run = "mkdir -p parts && for i in 1 2; do echo $i > parts/$i.txt; done"
        outputs = ["parts/"]
        temp = true
        [target.pieces]
        run = "for i in 3 4; do echo $i > pieces/$i.txt; done"
        outputs = ["pieces/*.txt"]
        temp = true
        [target.all]
        run = "cat parts/* {inputs.glob} > {outputs}; echo {params.word} >> {outputs}"
        inputs = { parts = "parts/", glob = "pieces/*.txt" }
        outputs = ["all.txt"]
        """
    )
    space.build()
    assert not space.exists("parts")
    assert not space.exists("pieces/3.txt")
    assert space.build().built == []

    space.build("-D", "word=b")

    assert space.read("all.txt") == "1\n2\n3\n4\nb\n"


def test_an_edited_temp_file_is_not_removed(space: Space) -> None:
    space.jobfile(
        """
        [target.temp]
        run = "echo x > {outputs}"
        outputs = ["temp.txt"]
        temp = true
        [target.user]
        run = "cat {inputs}; echo mine > temp.txt"
        inputs = ["@temp"]
        """
    )

    space.build(code=None)

    assert space.exists("temp.txt")


@pytest.mark.parametrize("needs", ["raw", "group"])
def test_they_come_back_for_who_only_needs_their_maker(space: Space, needs: str) -> None:
    space.jobfile(
        f"""
        [params]
        word = "a"
        [target.raw]
        run = "echo raw > {{outputs}}"
        outputs = ["raw.txt"]
        temp = true
        [target.group]
        needs = ["raw"]
        [target.user]
        run = "cat raw.txt > {{outputs}}; echo {{params.word}} >> {{outputs}}"
        needs = ["{needs}"]
        outputs = ["user.txt"]
        """
    )
    assert space.build().built == ["raw", "user"]
    assert not space.exists("raw.txt")

    assert space.build("-D", "word=b").built == ["user"]

    assert space.read("user.txt") == "raw\nb\n"
    assert not space.exists("raw.txt")
    assert space.build("-D", "word=b").last_line == "up to date: 2 targets checked"


def test_a_group_is_no_user(chain: Space) -> None:
    chain.jobfile(chain.read("Jobfile.toml") + '[target.all]\nneeds = ["raw", "small"]\n')

    chain.build()

    assert not chain.exists("raw.txt")


def test_what_a_failed_build_left_goes_with_the_next_good_one(chain: Space) -> None:
    chain.replace("Jobfile.toml", "wc -c <", "false; wc -c <")
    chain.build(code=1)
    chain.replace("Jobfile.toml", "false; wc -c <", "wc -c <")

    assert chain.build().built == ["small"]

    assert not chain.exists("big.txt")


@pytest.mark.parametrize("goal", ["raw", "raw[of=a]", "raw-a.txt"])
def test_what_was_asked_for_stays_whatever_it_is_called(space: Space, goal: str) -> None:
    space.jobfile(
        """
        [target.raw]
        run = "echo x > {outputs}"
        outputs = ["raw-{matrix.of}.txt"]
        matrix = { of = ["a"] }
        temp = true
        [target.user]
        run = "cp {inputs} {outputs}"
        inputs = ["@raw"]
        outputs = ["user.txt"]
        """
    )

    space.build(goal, "user")

    assert space.exists("raw-a.txt")


def test_what_each_is_over_stays_and_comes_back(space: Space) -> None:
    space.jobfile(
        """
        [params]
        word = "a"
        [target.split]
        run = "mkdir -p {outputs}; for i in 1 2; do echo $i > {outputs}/$i; done"
        outputs = ["parts/"]
        temp = true
        [target.one]
        run = "cat {inputs} > {outputs}"
        inputs = ["{each.part}"]
        outputs = ["ones/{each.part.name}"]
        each = { part = "@split" }
        [target.all]
        run = "cat {inputs} > {outputs}; echo {params.word} >> {outputs}"
        inputs = ["@one"]
        outputs = ["all.txt"]
        """
    )
    space.build()
    for path in space.path("parts").iterdir():
        path.unlink()
    space.path("parts").rmdir()

    result = space.build("-D", "word=b")

    assert result.built == ["all"]
    assert result.restored == ["split"]
    assert space.read("all.txt") == "1\n2\nb\n"
    assert space.build("-D", "word=b").last_line == "up to date: 4 targets checked"


@pytest.mark.parametrize("inputs", ['"raw.txt", "big.txt"', '"big.txt", "raw.txt"'])
def test_two_that_need_each_other_come_back_in_their_order(space: Space, inputs: str) -> None:
    space.jobfile(
        f"""
        [params]
        unit = "a"
        [target.raw]
        run = "echo raw > raw.txt"
        outputs = ["raw.txt"]
        temp = true
        cache = false
        [target.big]
        run = "cat raw.txt raw.txt > big.txt"
        inputs = ["raw.txt"]
        outputs = ["big.txt"]
        temp = true
        cache = false
        [target.small]
        run = "cat {{inputs}} > {{outputs}}; echo {{params.unit}} >> {{outputs}}"
        inputs = [{inputs}]
        outputs = ["small.txt"]
        """
    )
    space.build()

    assert space.build("-j4", "-D", "unit=b").built == ["raw", "big", "small"]


def test_nothing_is_made_anew_while_another_reads_it(space: Space) -> None:
    gate = space.gate("reader")
    space.jobfile(
        f"""
        [params]
        word = "a"
        [target.maker]
        run = "echo big > big.txt; echo small > small.txt"
        outputs = [{{ path = "big.txt", temp = true }}, "small.txt"]
        cache = false
        [target.reader]
        run = '''{gate.command}; cat small.txt > reader.txt; echo {{params.word}}'''
        inputs = ["small.txt"]
        outputs = ["reader.txt"]
        cache = false
        [target.late]
        run = "echo {{params.word}} > late.txt"
        outputs = ["late.txt"]
        cache = false
        [target.user]
        run = "cat big.txt late.txt > user.txt"
        inputs = ["big.txt", "late.txt"]
        outputs = ["user.txt"]
        cache = false
        """
    )
    for word in "ab":
        process = space.start("build", "-j2", "-D", f"word={word}")
        assert process.stderr is not None
        gate.reached()
        text = b""
        while b"built late" not in text:
            text += process.stderr.readline()
        gate.open()
        text += process.stderr.read()
        process.communicate(timeout=60)
        assert process.returncode == 0, text

    assert text.index(b"built reader") < text.index(b"running maker")
    assert space.read("user.txt") == "big\nb\n"
