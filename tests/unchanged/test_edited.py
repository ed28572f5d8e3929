"""Builds of an edit: only what it reaches is opened, and what is built is right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.memory import index as indexes
from jobmake.memory.section import decoded
from tests.unchanged.rig import build_plainly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support import Space

JOBFILE = """
[target.a]
run = "! grep -q wrong {inputs} && cp {inputs} {outputs}"
inputs = ["src/a"]
outputs = ["out/a"]
[target.b]
run = "cp {inputs} {outputs}"
inputs = ["src/b"]
outputs = ["out/b"]
[target.sum]
run = "cat {inputs} > {outputs}"
inputs = ["out/a", "out/b"]
outputs = ["out/sum"]
[target.alone]
run = "cp {inputs} {outputs}"
inputs = ["src/alone"]
outputs = ["out/alone"]
"""

WHOLE = "jobmake.jobfile.load"  # it reads Jobfiles
ENGINE = "jobmake.engine.engine"


@pytest.fixture
def space(space: Space) -> Space:
    space.jobfile(JOBFILE)
    for name in ("a", "b", "alone"):
        space.write(f"src/{name}", f"{name}\n")
    build_plainly(space)
    return space


def built(space: Space, *words: str, code: int = 0) -> tuple[str, str]:
    """Build; return how far the project was opened (`not`, `edit` or `whole`), and what was told,
    without times."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "jobmake", "build", *words],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    loaded = set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))
    told = re.sub(r"^import time:.*\n", "", done.stderr, flags=re.MULTILINE)
    how = "whole" if WHOLE in loaded else "edit" if ENGINE in loaded else "not"
    return how, re.sub(r" in \d+ ms", "", told.rstrip())


def test_an_edit_opens_what_it_reaches_and_tells_what_is_told_always(space: Space) -> None:
    space.write("src/b", "new\n")

    assert built(space) == (
        "edit",
        "running b: input `src/b` changed\nbuilt b\n"
        "running sum: input `out/b` changed\nbuilt sum\nbuilt 2, up to date 2",
    )
    assert space.read("out/sum") == "a\nnew\n"
    assert built(space) == ("not", "up to date: 4 targets checked")


def test_the_lockfile_is_what_the_whole_project_writes(space: Space) -> None:
    space.write("src/b", "new\n")
    assert built(space)[0] == "edit"
    written = space.read("Jobfile.lock")

    space.path("Jobfile.lock").unlink()
    space.write("src/b", "new\n")
    assert built(space, "-B")[0] == "whole"
    assert space.read("Jobfile.lock") == written


def test_an_edit_that_makes_no_difference_ends_where_that_is_seen(space: Space) -> None:
    space.replace("Jobfile.toml", "cp {inputs} {outputs}", "head -c1 {inputs} > {outputs}")
    build_plainly(space)

    space.write("src/b", "b, but longer\n")

    assert built(space) == (
        "edit", "running b: input `src/b` changed\nbuilt b\nbuilt 1, up to date 3",
    )  # fmt: skip


def test_after_a_failure_the_next_edit_is_built_as_one_too(space: Space) -> None:
    space.write("src/a", "wrong\n")
    space.write("src/b", "new\n")
    for _ in range(2):  # also where nothing was edited since
        how, told = built(space, "-k", code=1)
        assert how == "edit"
        assert "failed 1, blocked 1" in told
    assert not space.path("out/a").exists()

    space.write("src/a", "right\n")
    how, told = built(space, "-k")

    assert (how, told.splitlines()[-1]) == ("edit", "built 2, up to date 2")
    assert space.read("out/sum") == "right\nnew\n"
    assert built(space) == ("not", "up to date: 4 targets checked")


def test_what_was_built_before_a_failure_is_looked_at_when_its_edit_is_taken_back(
    space: Space,
) -> None:
    """By then its files are as they were when all was well, and its record is of the edit."""
    space.replace("Jobfile.toml", 'run = "cp {inputs} {outputs}"', 'run = "true > {outputs}"')
    build_plainly(space)
    space.write("src/a", "wrong\n")
    space.write("src/b", "new\n")
    assert built(space, "-k", code=1)[0] == "edit"

    space.write("src/a", "a\n")
    space.write("src/b", "b\n")
    how, told = built(space, "-k")

    assert how == "edit"
    assert "b: input `src/b` changed" in told  # run, or restored


def test_an_output_that_is_gone_is_made_again(space: Space) -> None:
    space.path("out/b").unlink()

    how, told = built(space)

    assert how == "edit"
    assert "restored b: output `out/b` is missing" in told
    assert space.read("out/b") == "b\n"


def test_an_input_that_is_gone_is_told_before_anything_is_built(space: Space) -> None:
    space.path("src/a").unlink()
    space.write("src/b", "new\n")

    how, told = built(space, code=2)

    assert how == "whole"
    assert "input `src/a` of target `a` does not exist" in told
    assert space.read("out/b") == "b\n"


def test_a_failure_is_told_as_always(space: Space) -> None:
    space.write("src/a", "wrong\n")
    how, told = built(space, code=1)

    assert how == "edit"
    assert "error: target `a` failed: exit code 1\n" in told
    assert built(space, "-v", code=1)[0] == "whole"  # of these words nothing is known
    assert built(space, code=1)[0] == "whole"  # a run was begun since


UNKNOWN: dict[str, Callable[[Space], object]] = {
    "the Jobfile": lambda one: one.write("Jobfile.toml", one.read("Jobfile.toml") + "# so\n"),
    "the lockfile": lambda one: one.write("Jobfile.lock", one.read("Jobfile.lock") + "\n"),
    "a run that was cut off": lambda one: one.write(".jobmake/journal", "x"),
    "one who held the project and was killed": lambda one: one.write(".jobmake/lock", "x"),
    "the graph is damaged": lambda one: damage(one, targets=False),
    "the targets in the graph are damaged": lambda one: damage(one, targets=True),
    "the graph is gone": lambda one: [os.unlink(path) for path in graphs(one)],
}  # fmt: skip


@pytest.mark.parametrize("what", UNKNOWN)
def test_where_more_is_another_the_whole_project_is_opened(space: Space, what: str) -> None:
    for text in ("new\n", "newer\n"):
        UNKNOWN[what](space)
        space.write("src/b", text)

        assert built(space)[0] == "whole"
        assert space.read("out/sum") == f"a\n{text}"


def test_a_folder_in_place_of_an_input_is_told_before_anything_is_built(space: Space) -> None:
    space.path("src/a").unlink()
    space.path("src/a").mkdir()
    space.write("src/b", "new\n")

    assert built(space, code=2)[0] == "whole"
    assert space.read("out/b") == "b\n"


def graphs(space: Space) -> list[str]:
    folder = space.path(".jobmake/graphs")
    return [str(path) for path in folder.iterdir()]


def damage(space: Space, *, targets: bool) -> None:
    """Damage the graphs that are kept: all targets of theirs, or what is before these."""
    for path in graphs(space):
        with open(path, "r+b") as file:
            magic = file.readline()
            length = int.from_bytes(file.read(16 + 8)[16:], "little")
            begin = len(magic) + 16 + 8
            size = file.seek(0, os.SEEK_END)
            file.seek(begin + length if targets else begin)
            file.write(bytes(size - begin - length if targets else 5))


ODD = {
    "a temp output": 'run = "true > t"\noutputs = [{ path = "t", temp = true }]\n',
    "a service": 'run = "sleep 60"\nservice = true\n',
    "code": 'run = "python3 x.py"\nimports = "auto"\n',
    "a secret": 'run = "true > {outputs}"\noutputs = ["t"]\nenv = { API_TOKEN = "1gr3en" }\n',
}


@pytest.mark.parametrize("what", ODD)
def test_of_what_is_not_kept_the_whole_project_is_opened(space: Space, what: str) -> None:
    space.write("x.py", "1\n")
    space.jobfile(f"{JOBFILE}[target.odd]\n{ODD[what]}")
    built(space)
    space.write("src/b", "new\n")

    assert built(space)[0] == "whole"
    assert space.read("out/sum") == "a\nnew\n"


def test_a_secret_is_in_no_graph(space: Space) -> None:
    for path in graphs(space):
        os.unlink(path)
    space.jobfile(f"{JOBFILE}[target.odd]\n{ODD['a secret']}")
    built(space)

    for folder, _, names in os.walk(space.path(".jobmake")):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                assert b"gr3en" not in file.read(), name


LEFT = """
[target.p]
run = "cat {each.f} > {outputs}"
inputs = ["{each.f}"]
outputs = ["o/{each.f.name}.o"]
each = { f = "s/*" }
[target.all]
run = "cat {inputs} > {outputs}"
inputs = ["o/*.o"]
outputs = ["all"]
[target.folder]
run = "ls -R {inputs} > {outputs}"
inputs = ["o/"]
outputs = ["names"]
"""


def test_a_file_that_was_left_over_and_is_a_persons_now_is_found_by_globs(space: Space) -> None:
    space.jobfile(LEFT)
    for name in ("s/1", "s/3"):
        space.write(name, f"{name}\n")
    built(space)
    space.path("s/3").unlink()
    built(space)
    assert built(space)[0] == "not"

    space.write("o/3.o", "mine\n")
    how, told = built(space)

    assert how == "whole"
    assert "all: input `o/3.o` is new" in told
    assert space.read("all") == "s/1\nmine\n"


def test_groups_that_are_blocked_are_not_counted(space: Space) -> None:
    space.jobfile(f'{JOBFILE}[target.group]\nneeds = ["sum"]\n')
    built(space)
    space.write("src/a", "wrong\n")

    assert built(space, code=1)[1].splitlines()[-1] == "failed 1, blocked 2, up to date 2"


def test_behind_a_group_that_is_as_it_was_an_edited_output_is_restored_not_made(
    space: Space,
) -> None:
    space.jobfile(
        f'{JOBFILE}[target.group]\nneeds = ["sum"]\n'
        '[target.behind]\nrun = "cat src/alone > {outputs}"\nneeds = ["group"]\noutputs = ["z"]\n'
    )
    built(space)
    built(space)
    for name in ("out/a", "z"):
        space.write(name, "edited by hand\n")

    how, told = built(space)

    assert how == "edit"
    assert "running" not in told
    assert "restored 2" in told
    assert (space.read("out/a"), space.read("z")) == ("a\n", "alone\n")


def test_of_an_input_that_is_a_link_to_what_is_made_the_whole_project_is_opened(
    space: Space,
) -> None:
    space.path("link").symlink_to("out/b")
    one = '[target.by_link]\nrun = "cat {inputs} > {outputs}"\ninputs = ["link"]\noutputs = ["l"]\n'
    space.jobfile(JOBFILE + one)
    built(space)
    built(space)
    space.write("src/a", "new\n")

    assert built(space)[0] == "whole"


def by_a_symbolic_link(name: Path, made: Path) -> None:
    name.unlink()
    name.symlink_to(made)


def by_a_hard_link(name: Path, made: Path) -> None:
    name.unlink()
    name.hardlink_to(made)


def by_two_moves(name: Path, made: Path) -> None:
    name.replace(made)
    name.symlink_to(made)


@pytest.mark.parametrize("lead", [by_a_symbolic_link, by_a_hard_link, by_two_moves])
def test_of_an_input_that_became_such_a_link_it_is_opened_too(
    space: Space, lead: Callable[[Path, Path], None]
) -> None:
    one = '[target.by_link]\nrun = "cat {inputs} > {outputs}"\ninputs = ["link"]\noutputs = ["l"]\n'
    space.jobfile(JOBFILE + one)
    space.write("link", "b\n")
    built(space)
    assert space.read("out/b") == space.read("link")
    lead(space.path("link"), space.path("out/b"))

    assert built(space)[0] == "whole"
    space.write("src/a", "new\n")
    assert built(space)[0] == "whole"


def test_included_jobfiles_are_no_obstacle(space: Space) -> None:
    space.jobfile('[project]\ninclude = ["in/Jobfile.toml"]\n' + JOBFILE)
    space.write("in/Jobfile.toml", JOBFILE)
    for name in ("a", "b", "alone"):
        space.write(f"in/src/{name}", f"{name}\n")
    built(space)
    space.write("in/src/alone", "new\n")

    how, told = built(space)

    assert (how, told.splitlines()[-1]) == ("edit", "built 1, up to date 7")


def test_of_another_set_of_names_another_graph_is_kept(space: Space) -> None:
    built(space, "alone")
    space.write("src/alone", "new\n")
    space.write("src/b", "new\n")

    assert built(space, "alone") == (
        "edit", "running alone: input `src/alone` changed\nbuilt alone\nbuilt 1",
    )  # fmt: skip
    assert space.read("out/b") == "b\n"
    assert built(space)[1].splitlines()[-1] == "built 2, up to date 2"


def test_only_what_it_reaches_is_decoded(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred targets, one that an edit concerns, what needs it, and what these need."""
    from jobmake.engine.options import Options
    from jobmake.memory import lockfile, searched
    from jobmake.project import edited
    from jobmake.project.settings import Settings
    from jobmake.unchanged.answer import Edited, look
    from tests.unchanged.rig import noting

    space.jobfile("".join(
        f'[target.t{one}]\nrun = "cat {{inputs}} > {{outputs}}"\n'
        f'inputs = ["s{one}"{f", {chr(34)}o{one - 1}{chr(34)}" if one % 10 else ""}]\n'
        f'outputs = ["o{one}"]\n'
        for one in range(100)
    ))  # fmt: skip
    for one in range(100):
        space.write(f"s{one}", f"{one}")
    build_plainly(space)
    space.write("s47", "new")
    index = indexes.read(str(space.path(".jobmake/index")))
    assert index is not None
    (*_, key) = index.sections
    found = look(str(space.root), key, space.environ())
    assert isinstance(found, Edited)
    assert found.paths == ["s47"]
    project = edited.EditedProject.reached(
        found, noting(Settings(str(space.root), environ=space.environ()))
    )
    assert project is not None
    records = []
    monkeypatch.setattr(
        searched, "decoded", lambda text: records.append(text) or lockfile.decoded(text)
    )

    summary = project.build((), Options(jobs=2), lambda _event: None)

    assert summary.built == ("t47", "t48", "t49")
    assert summary.as_before == 97
    assert set(project._kept.decoded) == {"t46", "t47", "t48", "t49"}
    assert len(records) == 3
    kept = indexes.read(str(space.path(".jobmake/index")))
    assert kept is not None
    assert decoded(indexes.files_of(kept.sections[key])[1])["due"] == ()
