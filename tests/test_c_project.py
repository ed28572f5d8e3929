"""A C project after each of some seventy edits: jobmake beside ninja, both beside a clean build.

Each line of the tables in `c_project/cases.py` is an edit and what jobmake makes again after it.
Three things hold for each: what lies there then is what a clean build makes, byte for byte; what
jobmake made again is what the table says; and ninja made all of that again too, or more. Where it
did not, the table says why.

"Made again" counts what was run and what came out of the cache.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.c_project.cases import CASES, Case
from tests.c_project.edits import nothing
from tests.c_project.project import MADE, Built, Project, checkout, go_back, list_files
from tests.support import DEADLINE

JOBMAKES = shutil.ignore_patterns("jobmake", ".jobmake", "Jobfile.lock")


@dataclass(frozen=True)
class Start:
    """The example, built by both tools; each case leaves it as it was."""

    project: Project
    copy: Project  # of the sources and of what ninja made, with their times
    outputs: dict[str, bytes]  # of the first build, in which nothing was there before


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    folder = tmp_path_factory.mktemp("once")
    project = checkout(folder / "tally")
    ninja, jobmake = both(project)
    assert len(ninja.made) == 57
    assert ninja.made == jobmake.made
    assert project.outputs("ninja") == project.outputs("jobmake")
    copy = Project(Path(shutil.copytree(project.root, folder / "copy", ignore=JOBMAKES)))
    return Start(project, copy, project.outputs("jobmake"))


# every third line for a change, so some of each table; all of them at night
@pytest.mark.parametrize("case", CASES[:: amount(3, 1)], ids=lambda case: case.name)
def test_an_edit(case: Case, start: Start, tmp_path: Path) -> None:
    project = start.project
    if case.before is not nothing:
        case.before(project)
        both(project)
    case.edit(project)
    try:
        ninja, jobmake = both(project)
        clean = start.outputs
        if project.sources() != start.copy.sources():
            clean = clean_build(project, tmp_path / "clean")

        assert jobmake.made == expand(case.made, clean), jobmake.text
        assert jobmake.failed == ninja.failed == set(case.fails.split())
        assert jobmake.made - ninja.made == expand(case.more, clean), case.because
        assert different(project.outputs("jobmake"), clean) == []
        assert bool(different(project.outputs("ninja"), clean)) == case.misled
        assert not project.jobmake(env(project)).made
    finally:
        go_back(project, start.copy)
    project.jobmake(env(project))
    assert different(project.outputs("jobmake"), start.outputs) == []


def both(project: Project) -> tuple[Built, Built]:
    return project.ninja(env(project)), project.jobmake(env(project))


def env(project: Project) -> dict[str, str]:
    """Programs of the project's own come first, then those that came with the tests: ninja."""
    folders = [project.path("bin"), Path(sys.executable).parent, os.environ["PATH"]]
    return {"PATH": os.pathsep.join(map(str, folders))}


def clean_build(project: Project, folder: Path) -> dict[str, bytes]:
    """What ninja makes of a copy in which nothing was built before."""
    clean = Project(Path(shutil.copytree(project.root, folder, ignore=MADE)))
    clean.ninja(env(clean))
    return clean.outputs("ninja")


def different(outputs: dict[str, bytes], clean: dict[str, bytes]) -> list[str]:
    """The outputs that are not what a clean build made."""
    return [name for name, data in clean.items() if outputs.get(name) != data]


def expand(patterns: str, names: Iterable[str]) -> set[str]:
    """The outputs that some patterns mean; a pattern without `*` means itself."""
    words = patterns.split()
    plain = {word for word in words if "*" not in word}
    return plain.union(*(fnmatch.filter(names, word) for word in words))


def test_there_are_at_least_fifty_edits() -> None:
    assert len(CASES) >= 50
    assert len({case.name for case in CASES}) == len(CASES)


def test_build_ninja_lists_what_is_there(tmp_path: Path) -> None:
    project = checkout(tmp_path / "tally")
    before = project.read("build.ninja")
    list_files(project)
    assert project.read("build.ninja") == before


def test_a_clean_build_by_jobmake_ninja_and_make_is_the_same(tmp_path: Path) -> None:
    project = checkout(tmp_path / "another place" / "tally")
    project.jobmake()
    project.ninja(env(project))
    make(project)
    assert len(project.outputs("jobmake")) == 57
    assert project.outputs("jobmake") == project.outputs("ninja") == project.outputs("make")
    assert "Nothing to be done" in make(project)


def test_make_finds_what_a_header_changes(tmp_path: Path) -> None:
    project = checkout(tmp_path / "tally")
    make(project)
    project.replace("src/hash.h", "most likely", "probably")
    made = make(project)
    assert re.findall(r"-c (\S+)", made) == ["src/hash.c", "src/map.c"]


def test_a_release_is_built_with_its_own_flags(tmp_path: Path) -> None:
    project = checkout(tmp_path / "tally")
    result = project.build("--profile", "release", "program")
    assert "-O2 -DNDEBUG" in result.err
    assert set(project.jobmake().made) >= {"src/map.o", "tally"}


def make(project: Project) -> str:
    process = subprocess.run(
        ["make"],
        cwd=project.root,
        env=project.environ(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
