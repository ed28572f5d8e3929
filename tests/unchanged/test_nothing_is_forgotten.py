"""All that the ordinary path looks at is in the section of its build: as `strace` sees it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.memory.index import Index, files_of, read
from jobmake.memory.section import decoded
from jobmake.unchanged.key import SWITCH
from tests.unchanged.rig import build_plainly
from tests.unchanged.strace import Traced, traced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

JOBFILE = """
[project]
params_files = ["params.json"]
include = ["inner/Jobfile.toml"]

[target.copy]
run = "cat {inputs} > {outputs}; echo {params.p} $ONE >> {outputs}"
inputs = ["src/a.txt"]
outputs = ["out/copy"]
env_inputs = ["ONE"]

[target.glob]
run = "cat {inputs} > {outputs}"
inputs = ["src/**/*.txt", "linked/*.txt"]
outputs = ["out/glob"]

[target.folder]
run = "mkdir -p {outputs}/in && cp {inputs} {outputs}/in/x"
inputs = ["src/a.txt"]
outputs = ["made/"]
publish = { "shown" = "made/" }

[target.whole]
run = "ls {inputs} > {outputs}"
inputs = ["made/", "src/"]
outputs = ["out/whole"]

[target.each]
each = { s = "src/*.txt" }
run = "cp {each.s} {outputs}"
outputs = ["each/{each.s.stem}"]
publish = { "copies/{each.s.stem}" = { path = "each/{each.s.stem}", copy = true } }

[target.over]
each = { o = "@each" }
run = "cp {each.o} {outputs}"
outputs = ["over/{each.o.name}"]

[target.temp]
run = "cp {inputs} {outputs}"
inputs = ["src/a.txt"]
outputs = [{ path = "tmp/t", temp = true }]

[target.after_temp]
run = "wc -c {inputs} > {outputs}"
inputs = ["tmp/t"]
outputs = ["out/after_temp"]

[target.headers]
run = "echo '{outputs}: src/b.txt /etc/hostname' > d.d; cat src/b.txt > {outputs}"
outputs = ["out/headers"]
depfile = "d.d"

[target.code]
run = "python3 scripts/main.py > {outputs}"
imports = "auto"
outputs = ["out/code"]

[target.job]
python = "jobs:Count"
inputs = ["src/a.txt"]
"""
JOBS = """
import helper
from jobmake import Job

class Count(Job):
    name = "job"
    outputs_to_cache = ["count"]
    def run(self):
        self.count = helper.NUMBER
"""

# what cannot change an answer, of our own
OWN = {
    ".jobmake/index": "holds the section",
    ".jobmake/lock": "is held by who answers",
    ".jobmake/journal": "is looked at first: it must be empty",
    ".jobmake/clock": "is written to see the file system's time",
    ".jobmake/code": "what was found out about code, each part with the digests of its files",
    ".jobmake/declarations": "what jobs declared, by the digests of their files",
    ".jobmake/tables": "what Jobfiles say, by the digests of their texts",
    ".jobmake/runs.db": "the history",
}


@pytest.fixture
def project(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.write("params.json", '{"p": 1}')
    inner = '[target.inner]\nrun = "cp {inputs} {outputs}"\ninputs = ["i"]\noutputs = ["o"]\n'
    space.write("inner/Jobfile.toml", inner)
    space.write("inner/i", "i")
    for name in ("src/a.txt", "src/b.txt", "src/sub/c.txt", "elsewhere/d.txt"):
        space.write(name, name)
    os.symlink("elsewhere", space.path("linked"))
    os.symlink("../elsewhere/d.txt", space.path("src/link.txt"))
    space.write("scripts/main.py", "import part\nprint(part.TEXT)\n")
    space.write("scripts/part.py", "TEXT = 'text'\n")
    space.write("jobs.py", JOBS)
    space.write("helper.py", "NUMBER = 3\n")
    return space


def kept_in(root: Path) -> Index | None:
    """Return the index, if there is what a build looked at."""
    index = read(str(root / ".jobmake/index"))
    return index if index is not None and index.sections else None


def in_section(root: Path) -> set[str]:
    """Return all paths that the one section of the index names."""
    index = kept_in(root)
    assert index is not None
    (section,) = index.sections.values()
    numbers, rest = files_of(section)
    paths, other = index.paths, decoded(rest)
    named = {paths[one] for one in numbers}
    named.update(other["absent"], other["files"], other["folders"], other["real"])
    for pairs in (other["listed"], other["links"], other["exact"]):
        named.update(one[0] for one in pairs)
    return {os.path.normpath(os.path.join(root, path)) for path in named}


def looked_at(seen: Traced, root: Path) -> set[str]:
    """Return the paths of the project that count and were looked at."""
    own = {*OWN, ".jobmake"}
    return {
        str(root / path)
        for path in seen.paths(root)
        if path not in own and not re.fullmatch(r"\.jobmake/\.\w+\.\d+\.tmp", path)
    }


def test_every_path_that_the_ordinary_path_looks_at_is_in_the_section(
    project: Space, tmp_path: Path
) -> None:
    environ = project.environ({SWITCH: "1"})
    build = [sys.executable, "-m", "jobmake", "build"]
    build_plainly(project)
    build_plainly(project)  # nothing was built, so all was seen as it is now
    while not kept_in(project.root):  # where a link was young, what it leads to proves nothing yet
        build_plainly(project)

    seen = traced(build, project.root, environ, "%file,getdents64", tmp_path)

    assert seen.err.startswith("up to date: 16 targets")
    looked = looked_at(seen, project.root)
    assert looked - in_section(project.root) == set()
    assert str(project.root / "src/sub/c.txt") in looked  # it was seen at all


def test_what_a_build_that_built_leaves_names_all_that_the_next_one_looks_at(
    space: Space, tmp_path: Path
) -> None:
    first = JOBFILE.partition("[target.each]")[0]
    space.jobfile(first.replace('include = ["inner/Jobfile.toml"]', ""))
    space.write("params.json", '{"p": 1}')
    for name in ("src/a.txt", "src/sub/c.txt", "linked/d.txt"):
        space.write(name, name)
    build_plainly(space)

    environ = space.environ({SWITCH: "1"})
    build = [sys.executable, "-m", "jobmake", "build"]
    seen = traced(build, space.root, environ, "%file,getdents64", tmp_path)

    assert looked_at(seen, space.root) - in_section(space.root) == set()
