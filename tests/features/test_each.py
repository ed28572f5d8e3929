"""One instance per file: `each` over files that are there, or known beforehand."""

from __future__ import annotations

import pytest

from tests.features import annotated
from tests.features.test_jobfile_errors import check
from tests.support import Space

COUNT = """
[target.count]
run = "wc -l < {each.text} > {outputs}; echo {each.text.parent} {each.text.suffix}"
inputs = ["{each.text}"]
outputs = ["build/{each.text.stem}.count"]
each = { text = "texts/*.txt" }
[target.sum]
run = "cat {inputs} > {outputs}"
inputs = ["@count"]
outputs = ["sum"]
"""


@pytest.fixture
def texts(space: Space) -> Space:
    """Two texts and what counts their lines."""
    space.write("texts/a.txt", "x\n")
    space.write("texts/b c.txt", "x\ny\n")
    space.jobfile(COUNT)
    return space


def test_there_is_an_instance_for_each_file(texts: Space) -> None:
    result = texts.build("-j1")

    assert result.built == ['count[text="texts/a.txt"]', 'count[text="texts/b c.txt"]', "sum"]
    assert result.out == "texts .txt\ntexts .txt\n"
    assert texts.read("build/b c.count") == "2\n"
    assert texts.run("list").out == "count  (2 instances)\nsum\n"
    assert not texts.build().built


def test_a_file_that_comes_or_goes_is_an_instance_that_comes_or_goes(texts: Space) -> None:
    texts.build()
    texts.write("texts/d.txt", "")
    assert texts.build().built == ['count[text="texts/d.txt"]', "sum"]

    texts.path("texts/a.txt").unlink()
    result = texts.build()
    assert (result.built, len(result.fresh)) == (["sum"], 2)
    assert "texts/a.txt" not in texts.read("Jobfile.lock")


def test_an_edit_runs_its_instance_only(texts: Space) -> None:
    texts.build()
    texts.write("texts/a.txt", "x\ny\nz\n")
    assert texts.build().built == ['count[text="texts/a.txt"]', "sum"]


def test_an_instance_is_named_with_or_without_quotes(texts: Space) -> None:
    name = 'count[text="texts/a.txt"]'
    assert texts.build("count[text=texts/a.txt]").built == [name]
    assert texts.build(name).fresh == [name]
    assert texts.build("build/a.count").fresh == [name]


def test_paths_are_seen_from_the_folder_of_the_command(space: Space) -> None:
    space.write("in/-rf", "content\n")
    space.write("work/x", "")
    space.jobfile("""
[target.t]
run = "cat {each.f} && echo {each.f} {each.f.name}"
cwd = "work"
each = { f = "in/*" }
[target.u]
argv = ["cat", "{each.f}"]
cwd = "in"
each = { f = "in/*" }
""")
    out = space.build("-j1").out
    assert out == "content\n../in/-rf -rf\ncontent\n"


def test_files_that_others_make_plainly_are_known_at_once(space: Space) -> None:
    space.jobfile("""
[target.make]
run = "echo {matrix.n} > {outputs}"
outputs = ["made/{matrix.n}"]
matrix.n = [1, 2]
[target.use]
run = "cp {each.x} {outputs}"
inputs = ["{each.x}"]
outputs = ["used/{each.x.name}"]
each.x = "made/*"
""")
    assert sorted(space.build().built) == [
        "make[n=1]", "make[n=2]", 'use[x="made/1"]', 'use[x="made/2"]'
    ]  # fmt: skip
    assert not space.build().built


ERRORS = """
--- types
[target.a]
run = "true"
each = { x = 5, y = [], zip = "*", z = [1] }
             ^ `each` must hold a glob or a list of globs, not an integer
                    ^^ `each` must hold a glob or a list of globs, not an empty one
                        ^^^ `each` cannot have an axis called `zip`
hint: the word is reserved
                                        ^ `each` must hold texts only, not an integer
[target.b]
run = "true"
each = "src/*.c"
       ^^^^^^^^^ `each` must be a table of globs, not a text
hint: for example `{ src = "src/*.c" }`
--- files
[target.a]
run = "true"
each = { x = ["*.nope", "*.toml", "no.txt"] }
              ^^^^^^^^ `*.nope` of `each` matches no file
                                  ^^^^^^^^ `no.txt` of `each` matches no file
--- placeholders
[target.a]
run = "cat {each.x.nam} {each.z}"
           ^^^^^^^^^^^^ `{each.x.nam}`: a file has no `nam`
hint: did you mean `name`?
                        ^^^^^^^^ `{each.z}`: there is no `each` entry `z`
needs = ["b[{each.x.stem}]"]
            ^^^^^^^^^^^^^ `{each.x.stem}` does not say on which axis
hint: write `AXIS={each.x.stem}`
each = { x = "Jobfile.*" }
[target.b]
run = "true"
matrix = { x = ["a"] }
"""


@pytest.mark.parametrize("text", annotated.each(ERRORS))
def test_what_is_wrong_is_told(space: Space, text: str) -> None:
    check(space, text)


def test_over_a_folder_that_came_out_empty(space: Space) -> None:
    space.jobfile(
        """
        [target.split]
        run = "mkdir -p {outputs}"
        outputs = ["parts/"]
        [target.one]
        run = "cp {inputs} {outputs}"
        inputs = ["{each.part}"]
        outputs = ["ones/{each.part.name}"]
        each = { part = "@split" }
        [target.all]
        run = "echo {inputs} > {outputs}"
        inputs = ["@one"]
        outputs = ["all.txt"]
        """
    )

    assert space.build().last_line == "built 2"

    assert space.read("all.txt") == "\n"
    assert space.build().last_line == "up to date: 2 targets checked"
