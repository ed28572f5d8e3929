"""Files as inputs and outputs: single ones, globs, folders, links.

What counts is which files there are, what they are called and what is in them; never
when they were written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

READERS = """
[target.flat]
run = "cat {inputs} > {outputs}"
inputs = ["data/*.txt"]
outputs = ["flat.out"]

[target.deep]
run = "cat {inputs} > {outputs}"
inputs = ["data/**/*.txt"]
outputs = ["deep.out"]

[target.folder]
run = "ls -R {inputs} > {outputs}"
inputs = ["data/"]
outputs = ["folder.out"]
"""

MAKERS = """
params.parts = 3

[target.tree]
run = "mkdir -p {outputs}/in {outputs}/none; cp in.txt {outputs}/in/a.txt; echo b > {outputs}/b.txt"
inputs = ["in.txt"]
outputs = ["out/tree/"]

[target.split]
run = "for part in $(seq {params.parts}); do echo $part > out/parts/$part.txt; done"
outputs = ["out/parts/*.txt"]

[target.one]
run = "cat {inputs} > {outputs}"
inputs = ["out/tree/in/a.txt"]
outputs = ["one.out"]

[target.joined]
run = "cat {inputs} > {outputs}"
inputs = ["@split"]
outputs = ["joined.out"]

[target.globbed]
run = "cat {inputs} > {outputs}"
inputs = ["out/**/*.txt"]
outputs = ["globbed.out"]
"""


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both projects, built once."""
    folder = tmp_path_factory.mktemp("originals")
    readers, makers = Space(folder / "readers"), Space(folder / "makers")
    readers.jobfile(READERS)
    for name in ("a", "b", "sub/c"):
        readers.write(f"data/{name}.txt", f"text of {name[-1]}\n")
    readers.build()
    makers.jobfile(MAKERS)
    makers.write("in.txt", "in\n")
    makers.build()
    return folder


@pytest.fixture
def readers(space: Space, originals: Path) -> Space:
    """Three targets that read one folder: by a glob, by a glob of any depth, as a whole."""
    shutil.copytree(originals / "readers", space.root, dirs_exist_ok=True)
    return space


@pytest.fixture
def makers(space: Space, originals: Path) -> Space:
    """A folder and a glob as outputs, and three that read of them."""
    shutil.copytree(originals / "makers", space.root, dirs_exist_ok=True)
    return space


def move(old: str, new: str) -> Callable[[Space], object]:
    def edit(space: Space) -> None:
        space.path(new).parent.mkdir(exist_ok=True)
        space.path(old).rename(space.path(new))

    return edit


def link_to_a_copy(space: Space) -> None:
    space.path("data/a.txt").rename(space.path("a copy"))
    space.path("data/a.txt").symlink_to("../a copy")


def exchange(space: Space) -> None:
    space.write("data/a.txt", "text of b\n")
    space.write("data/b.txt", "text of a\n")


EDITS: dict[str, tuple[Callable[[Space], object], list[str]]] = {
    "a touch": (lambda space: space.path("data/a.txt").touch(), []),
    "a link to a copy": (link_to_a_copy, []),
    "an edit": (lambda space: space.write("data/a.txt", "TEXT of a\n"), ["flat", "deep", "folder"]),
    "an edit below": (lambda space: space.write("data/sub/c.txt", "C"), ["deep", "folder"]),
    "a new file": (lambda space: space.write("data/0.txt", ""), ["flat", "deep", "folder"]),
    "a new file of another name": (lambda space: space.write("data/0.md", ""), ["folder"]),
    "a new hidden file": (lambda space: space.write("data/.0.txt", ""), ["folder"]),
    "a new empty folder": (lambda space: space.path("data/empty").mkdir(), ["folder"]),
    "a deleted file": (lambda space: space.path("data/b.txt").unlink(), ["flat", "deep", "folder"]),
    "a new name": (move("data/a.txt", "data/z.txt"), ["flat", "deep", "folder"]),
    "a move to a folder": (move("data/b.txt", "data/sub/b.txt"), ["flat", "deep", "folder"]),
    "a move between folders": (move("data/sub/c.txt", "data/new/c.txt"), ["deep", "folder"]),
    "an exchange": (exchange, ["flat", "deep", "folder"]),
}


@pytest.mark.case("A23")
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_reaches_those_that_can_see_it(readers: Space, edit: str) -> None:
    change, seen_by = EDITS[edit]
    change(readers)
    assert readers.build("-j1").built == seen_by


# -- links -----------------------------------------------------------------------------------


@pytest.mark.case("A24")
def test_of_a_link_the_content_counts_and_not_where_it_leads(space: Space) -> None:
    outside = Space(space.root.parent / "outside")
    for name, text in (("one", "1\n"), ("same", "1\n"), ("data/two", "2\n")):
        outside.write(name, text)
    space.path("link").symlink_to(outside.path("one"))
    space.path("folder").symlink_to(outside.path("data"))
    space.jobfile("target.a = { run = 'cat link folder/*', inputs = ['link', 'folder/'] }")
    assert space.build().out == "1\n2\n"

    space.path("link").unlink()
    space.path("link").symlink_to(outside.path("same"))
    assert space.build().built == []

    outside.write("same", "one\n")
    assert space.build().reason("a") == "input `link` changed"

    outside.write("data/two", "two\n")
    assert space.build().reason("a") == "input `folder/` changed"


# -- what cannot be read ---------------------------------------------------------------------


def test_what_is_no_file_is_refused_and_not_waited_for(space: Space) -> None:
    space.jobfile("target.a = { run = 'cat {inputs}', inputs = ['pipe'] }")
    os.mkfifo(space.path("pipe"))

    err = space.build(code=1).err
    assert "`a` failed: `pipe` is neither a file nor a folder\n" in err
    assert "hint: a pipe, a socket or a device has no content to be recorded: remove it, or" in err


@pytest.mark.case("A24")
def test_a_link_in_a_folder_may_lead_nowhere_or_back_but_not_to_itself(space: Space) -> None:
    space.jobfile("target.a = { run = 'true', inputs = ['data/'] }")
    space.write("data/a", "")
    space.path("data/nowhere").symlink_to("nothing")
    space.path("data/back").symlink_to("../data")
    assert space.build().built == ["a"]
    assert space.build().built == []

    space.path("data/itself").symlink_to("itself")
    assert "data/itself`: Too many levels of symbolic links\n" in space.build(code=1).err


@pytest.mark.case("A33")
def test_a_file_whose_name_is_no_text_cannot_be_put_into_a_command(space: Space) -> None:
    space.jobfile("target.a = { run = 'cat {inputs}', inputs = ['*.bin'] }")
    space.write("\udcff.bin", "")

    assert space.build(code=1).err == "error: the name of `'\\udcff.bin'` is not UTF-8\n"


def test_the_whole_project_is_no_input(space: Space) -> None:
    space.jobfile("target.a = { run = 'true', inputs = ['./'] }")
    assert space.build(code=2).err == (
        "error: input `./` takes in the project's folder, with what jobmake keeps there\n"
        "  --> Jobfile.toml:1\n"
        "1 | target.a = { run = 'true', inputs = ['./'] }\n"
        "  |                                      ^^^^\n"
        "hint: name the folders in it, or use the glob `**/*`\n"
    )


# -- outputs of others -----------------------------------------------------------------------


def test_who_reads_what_another_makes_comes_after_it(makers: Space) -> None:
    assert makers.read("joined.out") == "1\n2\n3\n"
    assert makers.read("globbed.out") == "1\n2\n3\nb\nin\n"

    makers.write("in.txt", "IN\n")
    result = makers.build("-j1")

    assert result.built == ["tree", "one", "globbed"]
    assert result.fresh == ["split", "joined"]
    assert makers.read("globbed.out") == "1\n2\n3\nb\nIN\n"


def test_a_glob_of_outputs_follows_what_was_made(makers: Space) -> None:
    makers.replace("Jobfile.toml", "parts = 3", "parts = 2")

    result = makers.build("-j1")

    assert result.built == ["split", "joined", "globbed"]
    assert result.reason("joined") == "input `out/parts/3.txt` is gone"
    assert makers.read("joined.out") == "1\n2\n"
    assert not makers.exists("out/parts/3.txt")


TAMPERING: dict[str, tuple[Callable[[Space], object], str, str]] = {
    "edited": (lambda s: s.write("out/tree/in/a.txt", "x"), "tree", "`out/tree/` was edited"),
    "added": (lambda s: s.write("out/tree/new", "x"), "tree", "`out/tree/` was edited"),
    "renamed": (move("out/tree/b.txt", "out/tree/c.txt"), "tree", "`out/tree/` was edited"),
    "emptied": (lambda s: s.path("out/tree/b.txt").unlink(), "tree", "`out/tree/` was edited"),
    "a folder": (lambda s: s.path("out/tree/empty").mkdir(), "tree", "`out/tree/` was edited"),
    "made executable": (
        lambda s: s.path("out/tree/b.txt").chmod(0o755),
        "tree",
        "`out/tree/` was edited",
    ),
    "no empty folder": (
        lambda s: s.path("out/tree/none").rmdir(),
        "tree",
        "`out/tree/` was edited",
    ),
    "moved away": (move("out/tree", "elsewhere"), "tree", "`out/tree/` is missing"),
    "one more": (lambda s: s.write("out/parts/x.txt", ""), "split", "`out/parts/x.txt` is new"),
    "one gone": (move("out/parts/2.txt", "2"), "split", "`out/parts/2.txt` is missing"),
}


@pytest.mark.case("A22")
@pytest.mark.parametrize("case", TAMPERING)
def test_outputs_that_are_not_as_they_were_made_are_made_again(makers: Space, case: str) -> None:
    tamper, target, reason = TAMPERING[case]
    tamper(makers)

    result = makers.build()

    assert result.built == [target]
    assert result.reason(target) == f"output {reason}"
    assert makers.read("one.out") + makers.read("joined.out") == "in\n1\n2\n3\n"
    assert sorted(os.listdir(makers.path("out/parts"))) == ["1.txt", "2.txt", "3.txt"]


def test_what_lies_beside_a_glob_of_outputs_is_left_alone(makers: Space) -> None:
    makers.write("out/parts/notes.md", "mine")
    assert makers.build("-B", "split").built == ["split"]
    assert makers.read("out/parts/notes.md") == "mine"


def test_what_a_target_makes_is_no_match_of_its_own_glob(space: Space) -> None:
    space.jobfile("""
        target.a = { run = "cat {inputs} > {outputs}", inputs = ["*.txt"], outputs = ["all.txt"] }
    """)
    space.write("1.txt", "1\n")
    assert [space.build().built, space.build().built] == [["a"], []]
    assert space.read("all.txt") == "1\n"


# -- names -----------------------------------------------------------------------------------

NAMED = """
[target.a]
run = "echo {inputs.left} {inputs.right} {sources} > {outputs.here}; cat {inputs} > {outputs.there}"
inputs = { left = "1.txt", right = ["2.txt", "3.txt"] }
sources = ["s.py"]
outputs = { here = "here.out", there = "there.out" }
"""


@pytest.mark.case("A17")
@pytest.mark.parametrize(
    ("old", "new", "here"),
    [
        ('left = "1.txt", right = ["2.txt", "3.txt"]', 'right = ["2.txt", "3.txt"], left = "1.txt"',
         "1.txt 2.txt 3.txt s.py\n"),
        ('"1.txt", right = ["2.txt", "3.txt"]', '"2.txt", right = ["1.txt", "3.txt"]',
         "2.txt 1.txt 3.txt s.py\n"),
        ('left = "1.txt", right = ["2.txt", "3.txt"]', 'right = "1.txt", left = ["2.txt", "3.txt"]',
         "2.txt 3.txt 1.txt s.py\n"),
        ('["2.txt", "3.txt"]', '["3.txt", "2.txt"]', "1.txt 3.txt 2.txt s.py\n"),
        ("left", "first", "1.txt 2.txt 3.txt s.py\n"),
        ('here = "here.out", there = "there.out"', 'here = "there.out", there = "here.out"',
         "1.txt\n2.txt\n3.txt\n"),
    ],
)  # fmt: skip
def test_the_part_that_a_file_plays_counts(space: Space, old: str, new: str, here: str) -> None:
    for name in ("1.txt", "2.txt", "3.txt", "s.py"):
        space.write(name, f"{name}\n")
    space.jobfile(NAMED)
    space.build()

    space.replace("Jobfile.toml", old, new)

    assert space.build().reason("a").startswith("command changed")
    assert space.read("here.out") == here


@pytest.mark.case("A25")
def test_a_link_to_a_folder_that_targets_make_files_in_is_refused(space: Space) -> None:
    space.jobfile(
        '[target.reader]\nrun = "cp {inputs} {outputs}"\ninputs = ["link/x"]\noutputs = ["z"]\n'
        '[target.maker]\nrun = "cp src build/x"\ninputs = ["src"]\noutputs = ["build/x"]\n'
    )
    space.write("src", "1")
    space.path("build").mkdir()
    space.path("link").symlink_to("build")

    result = space.build(code=2)

    assert "`link/x` leads by a link into `build`, where targets make files" in result.err
    space.replace("Jobfile.toml", "link/x", "build/x")
    assert space.build().built == ["maker", "reader"]


def test_an_escaped_bracket_is_a_bracket(space: Space) -> None:
    space.jobfile('target.t.run = "echo v > {outputs}"\ntarget.t.outputs = ["b/v[[]1].txt"]\n')

    assert space.build().built == ["t"]
    assert space.read("b/v[1].txt") == "v\n"
    assert space.build().fresh == ["t"]
