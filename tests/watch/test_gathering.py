"""Bursts become one, and what a project's build looks at becomes what is watched."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jobmake.model.target import FilePattern
from jobmake.project.project import open_project
from jobmake.watch.changes import Changes, wanted_of
from jobmake.watch.observer import gather
from tests.support import DEADLINE
from tests.watch.support import Watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Space


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    seen = Watching(tmp_path / "project")
    seen.watch(globs=["*.txt"])
    yield seen
    seen.observer.close()


def test_a_burst_is_gathered(watching: Watching) -> None:
    reading, writing = os.pipe()

    def edit() -> None:
        for number in range(20):
            watching.write(f"{number}.txt", "x")
        os.write(writing, b"x")

    watching.write("first.txt", "x")
    editor = threading.Thread(target=edit)
    editor.start()

    gathered = gather(watching.observer, DEADLINE, DEADLINE, others=[reading])

    editor.join()
    assert gathered.paths == {"first.txt", *(f"{number}.txt" for number in range(20))}
    os.close(reading)
    os.close(writing)


def test_gathering_ends_when_it_is_quiet(watching: Watching) -> None:
    watching.write("a.txt", "x")

    begin = time.monotonic()
    assert gather(watching.observer, quiet=0.01, longest=DEADLINE).paths == {"a.txt"}

    assert time.monotonic() - begin >= 0.01


def test_gathering_ends_when_another_descriptor_says_so(watching: Watching) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")
    watching.write("a.txt", "x")

    assert gather(watching.observer, DEADLINE, DEADLINE, others=[reading]).paths == {"a.txt"}

    os.close(reading)
    os.close(writing)


def test_with_nothing_to_gather_nothing_is_waited_for(watching: Watching) -> None:
    assert gather(watching.observer, quiet=DEADLINE, longest=DEADLINE) == Changes()


def test_what_a_build_looks_at_is_watched(space: Space) -> None:
    space.jobfile("""
        [project]
        include = ["sub/Jobfile.toml"]

        [target.all]
        run = "cat {inputs} > {outputs[0]}"
        inputs = ["in.txt", "folder/", "glob/**/*.csv", "@each"]
        sources = ["script.sh"]
        outputs = ["out/all.txt", "out/more/"]
        depfile = "out/all.d"
        files = { "written.txt" = "x" }
        publish = { "public.txt" = "out/all.txt" }

        [target.each]
        run = "cp {each.file} {outputs}"
        each = { file = "pages/*.md" }
        inputs = ["{each.file}"]
        outputs = ["html/{each.file.stem}.html"]
    """)
    space.write("sub/Jobfile.toml", '[target.x]\nrun = "true"\ninputs = ["x.txt"]')
    space.write("pages/one.md", "one")

    loaded = open_project(str(space.root)).jobfile
    watched = wanted_of(loaded, [FilePattern("", "file", "params.yaml")])

    assert watched.files == {
        "Jobfile.toml", "sub/Jobfile.toml", "params.yaml", "in.txt", "script.sh", "sub/x.txt",
        "out/all.txt", "out/all.d", "written.txt", "public.txt", "pages/one.md", "html/one.html",
    }  # fmt: skip
    assert watched.folders == {"folder", "out/more"}
    assert watched.globs == {"glob/**/*.csv", "pages/*.md"}
