"""What the fast path answers, and when it leaves the answer to the ordinary path."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.commands import arguments, build
from jobmake.memory import index as indexes
from jobmake.unchanged import key
from jobmake.unchanged.again import MANY_TO_READ
from jobmake.unchanged.answer import Edited, look
from jobmake.unchanged.key import SWITCH, read_line
from tests.unchanged.rig import build_plainly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support import Space

JOBFILE = """
[params]
p = 1
[target.a]
run = "cat {inputs} > {outputs}; echo {params.p} $ONE >> {outputs}"
inputs = ["src/*.txt"]
outputs = ["out/a"]
env_inputs = ["ONE"]
"""


@pytest.fixture
def space(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.write("src/one.txt", "one")
    build_plainly(space)
    return space


def loaded(space: Space, *words: str, env: Mapping[str, str] | None = None) -> tuple[bool, str]:
    """Build; say whether the project was loaded for it, and what was told, without the time."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "jobmake", "build", *words],
        cwd=space.root, env=space.environ(env), capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = re.sub(r"^import time:.*\n", "", done.stderr, flags=re.MULTILINE)
    return "jobmake.engine.engine" in done.stderr, re.sub(r" in \d+ ms", "", told.rstrip())


UP_TO_DATE = (False, "up to date: 1 target checked")


def test_the_build_after_one_that_built_loads_nothing(space: Space) -> None:
    assert loaded(space) == UP_TO_DATE


def test_it_tells_what_the_ordinary_path_tells(space: Space) -> None:
    for words in ((), ("-q",), ("--color", "always"), ("-j4", "-k")):
        answered, told = loaded(space, *words)
        assert (answered, told) == (False, loaded(space, *words, env={SWITCH: "1"})[1])

    assert loaded(space, "-v")[0]  # of these words nothing is known yet
    assert loaded(space, "-v") == (False, "up to date a\nup to date: 1 target checked")


@pytest.mark.parametrize("word", ["-B", "-n", "--json", "--paranoid", "--timings", "-Cx", "--ta=x"])
def test_words_that_ask_for_something_else_are_left_to_the_ordinary_path(word: str) -> None:
    assert read_line(["build", word], {}, "/") is None
    assert read_line(["build", "a", word], {}, "/") is None


def test_names_count_and_how_it_is_done_does_not() -> None:
    def of(*words: str) -> str | None:
        line = read_line(["build", *words], {}, "/")
        return None if line is None else line.key

    assert of("a") != of("b") != of() != of("-Dp=1") != of("-Dp=2")
    assert of("a") == of("-j", "2", "a") == of("a", "-k") == of("--color=never", "a", "-q")
    assert of("a", "-k", "b") is None  # the parser does not take it


def test_every_variable_of_an_option_is_known() -> None:
    """A new option that does something of its own is not to be passed over."""
    asked = []

    def default(name: str, otherwise: object) -> object:
        asked.append(name)
        return otherwise

    class Environ(dict[str, str]):
        def get(self, name: str, otherwise: object = None) -> object:  # type: ignore[override]
            asked.append(name.removeprefix("JOBMAKE_"))
            return otherwise

    build.add_arguments(argparse.ArgumentParser(), default)
    arguments.shared_options(Environ())
    counted = {"DEFINE", "PROFILE", "LOCKED", "NO_CACHE", "CACHE_FOLDER"}  # they are in the key
    idle = {"JOBS", "KEEP_GOING", "AT_ONCE", "NO_WAIT"}
    assert set(asked) - counted - idle <= set(key._OTHER)


def test_what_was_touched_is_read_once_more_and_kept(space: Space) -> None:
    for name in ("src/one.txt", "out/a", "Jobfile.toml", "Jobfile.lock"):
        os.utime(space.path(name), (1, 1))

    assert loaded(space) == UP_TO_DATE


EDITS = {
    "another content": lambda one: one.write("src/one.txt", "two"),
    "the same size and time": lambda one: slyly(one, "src/one.txt", "two"),
    "another file": lambda one: one.write("src/two.txt", "two"),
    "an output that is gone": lambda one: one.path("out/a").unlink(),
    "an output that was edited": lambda one: slyly(one, "out/a", "ABC"),
    "a param": lambda one: one.replace("Jobfile.toml", "p = 1", "p = 2"),
    "a folder in place of a file": lambda one: (
        one.path("src/one.txt").unlink(),
        one.write("src/one.txt/x", ""),
    ),
    "a comment in the lockfile": lambda one: one.write(
        "Jobfile.lock", one.read("Jobfile.lock") + "# so\n"
    ),
    "a run that was cut off": lambda one: one.write(".jobmake/journal", "x"),
    "an index that is damaged": lambda one: one.write(".jobmake/index", "x"),
    "a link in place of a folder": lambda one: (
        one.path("src").rename(one.path("was")),
        os.symlink("was", one.path("src")),
    ),
}


COPIES = """
[target.b]
run = "cat {inputs} > {outputs}"
inputs = ["src/one.txt"]
outputs = ["out/b"]
publish = { "shown/b" = { path = "out/b", copy = true } }
[target.c]
run = "mkdir {outputs}; cp {inputs} {outputs}"
inputs = ["src/one.txt"]
outputs = ["made/"]
publish = { "shown/made" = { path = "made/", copy = true } }
"""

COPY_EDITS = {
    "another content": lambda one: slyly(one, "shown/b", "ONE"),
    "executable": lambda one: one.path("shown/b").chmod(0o755),
    "a content in a folder": lambda one: slyly(one, "shown/made/one.txt", "ONE"),
    "a new file in a folder": lambda one: one.write("shown/made/new", ""),
}


@pytest.mark.parametrize("edit", COPY_EDITS)
def test_a_published_copy_counts_from_the_build_on_that_put_it_there(
    space: Space, edit: str
) -> None:
    space.jobfile(COPIES)
    build_plainly(space)
    kept = only_key(space)
    assert is_answered(space, kept)

    COPY_EDITS[edit](space)

    assert not is_answered(space, kept)


def slyly(space: Space, name: str, text: str) -> None:
    before = space.path(name).stat()
    with open(space.path(name), "r+") as file:
        file.write(text)
    os.utime(space.path(name), ns=(before.st_atime_ns, before.st_mtime_ns))


def only_key(space: Space) -> str:
    """Return the key of what was kept; a process of other flags or paths has another."""
    index = indexes.read(str(space.path(".jobmake/index")))
    assert index is not None
    (key,) = index.sections
    return key


def is_answered(space: Space, key: str) -> bool:
    found = look(str(space.root), key, space.environ())
    if isinstance(found, Edited):
        found.close()
    return isinstance(found, dict)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_left_to_the_ordinary_path(space: Space, edit: str) -> None:
    assert loaded(space) == UP_TO_DATE
    kept = only_key(space)
    assert is_answered(space, kept)

    EDITS[edit](space)

    assert not is_answered(space, kept)


def test_a_variable_that_is_asked_for_counts_and_no_other_does(space: Space) -> None:
    assert loaded(space, env={"TWO": "2"}) == UP_TO_DATE
    assert loaded(space, env={"ONE": "1"})[0]
    assert loaded(space, env={"ONE": "1"}) == UP_TO_DATE


@pytest.mark.parametrize("key", ["always = true", "max_age = '7d'", "probes = ['true']"])
def test_targets_that_depend_on_more_than_files_are_always_looked_at(
    space: Space, key: str
) -> None:
    space.jobfile(f"{JOBFILE}{key}\n")
    for _ in range(3):
        assert loaded(space)[0]


def test_a_second_builder_is_not_waited_for_here(space: Space) -> None:
    """Who holds the project is told by the ordinary path."""
    import fcntl

    with open(space.path(".jobmake/lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-m", "jobmake", "build", "--no-wait"],
            cwd=space.root, env=space.environ(), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert "is being built by" in done.stderr


def test_what_a_build_that_was_cut_off_has_left_is_looked_for_once(space: Space) -> None:
    """The ordinary path does so; what is answered here leaves no sign of being cut off."""
    lock = space.path(".jobmake/lock")
    lock.write_text('{"pid": 1, "what": "jobmake build"}')
    assert loaded(space)[0]
    for _ in range(2):
        assert loaded(space) == UP_TO_DATE
        assert not lock.read_text()


@pytest.mark.parametrize("changed", [0, MANY_TO_READ + 99])
def test_of_many_touched_files_two_processes_read_half_each(space: Space, changed: int) -> None:
    space.jobfile('[target.a]\nrun = "true > a"\ninputs = ["src/*"]\noutputs = ["a"]\n')
    for one in range(MANY_TO_READ + 100):
        space.write(f"src/{one}", "old")
    build_plainly(space)

    for one in range(MANY_TO_READ + 100):
        os.utime(space.root / "src" / str(one))
    assert loaded(space) == UP_TO_DATE
    space.write(f"src/{changed}", "new")  # of the same size

    assert loaded(space)[0]
