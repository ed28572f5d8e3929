"""After `jobmake import` both tools build the same: a Makefile with real make and gcc, a
build.ninja by real CMake with real ninja, a dvc.yaml with real dvc. Then one file is edited in
both, and what is built again is compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support import Result, Space

DATA = Path(__file__).resolve().parent.parent / "data" / "import"
DEADLINE = 250.0
DVC = "dvc==3.67.1"


def copy(example: str, folder: Path) -> Space:
    return Space(Path(shutil.copytree(DATA / example, folder)))


def run(space: Space, *words: str, env: dict[str, str] | None = None) -> None:
    """Run another tool in a project's folder."""
    environ = {**space.environ(), **(env or {})}
    done = subprocess.run(
        words, cwd=space.root, env=environ, capture_output=True, check=False, timeout=DEADLINE
    )
    assert done.returncode == 0, f"{words}\n{done.stdout.decode()}\n{done.stderr.decode()}"


def contents(space: Space, names: Iterable[str]) -> dict[str, bytes]:
    return {name: space.path(name).read_bytes() for name in names}


def stamps(space: Space, names: Iterable[str]) -> dict[str, tuple[int, int]]:
    return {
        name: ((status := space.path(name).stat()).st_ino, status.st_mtime_ns) for name in names
    }


def changed(before: dict[str, tuple[int, int]], space: Space) -> set[str]:
    now = stamps(space, before)
    return {name for name in before if before[name] != now[name]}


def build(space: Space, *words: str) -> Result:
    """Build with the interpreter that runs the tests first in the search path."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return space.build(*words, env={"PATH": programs})


# -- make ------------------------------------------------------------------------------

MADE = ["build/main.o", "build/table.o", "build/text.o", "libwords.a", "words", "version.txt"]


@pytest.fixture
def made(tmp_path: Path) -> tuple[Space, Space]:
    """A project built with make, and its copy, imported and built with jobmake."""
    ours, theirs = copy("make", tmp_path / "ours"), copy("make", tmp_path / "theirs")
    run(theirs, "make", "-j2")
    assert "2 lines need your eyes" in ours.run("import", "Makefile").err
    build(ours)
    return ours, theirs


def test_make_and_jobmake_build_the_same(made: tuple[Space, Space]) -> None:
    ours, theirs = made
    assert contents(ours, MADE) == contents(theirs, MADE)
    assert build(ours).built == []


@pytest.mark.parametrize("name", ["src/text.c", "src/main.c", "include/words.h", "VERSION"])
def test_make_and_jobmake_build_the_same_again_after_an_edit(
    made: tuple[Space, Space], name: str
) -> None:
    ours, theirs = made
    before = stamps(ours, MADE), stamps(theirs, MADE)
    for space in made:
        space.replace(name, "seven", "eight")
    build(ours)
    run(theirs, "make", "-j2")

    assert contents(ours, MADE) == contents(theirs, MADE)
    # the same, or less where the bytes came out as before
    assert changed(before[0], ours) <= changed(before[1], theirs)


def test_a_test_target_of_make_runs_when_asked_for(made: tuple[Space, Space]) -> None:
    ours, _ = made
    assert build(ours, "test").built == ["test"]
    assert build(ours, "test").built == ["test"]
    ours.replace("expected.txt", "3", "4")
    assert build_fails(ours, "test")


def build_fails(space: Space, target: str) -> bool:
    return space.build(target, code=1).failed == [target]


# -- CMake and ninja -------------------------------------------------------------------

LINKED = [
    "CMakeFiles/app.dir/src/main.c.o", "CMakeFiles/util.dir/src/sum.c.o",
    "CMakeFiles/util.dir/src/text.c.o", "libutil.a", "app", "limits.h",
]  # fmt: skip


@pytest.fixture
def configured(tmp_path: Path) -> tuple[Space, Space]:
    """A project of CMake's, built with ninja, and its copy, imported and built with jobmake."""
    spaces = []
    for name in ("ours", "theirs"):
        project = copy("cmake", tmp_path / name)
        run(project, "cmake", "-G", "Ninja", "-S", ".", "-B", "build")
        spaces.append(Space(project.root / "build"))
    ours, theirs = spaces
    run(theirs, "ninja")
    ours.run("import", "build.ninja")
    build(ours)
    return ours, theirs


def test_ninja_and_jobmake_build_the_same(configured: tuple[Space, Space]) -> None:
    ours, theirs = configured
    assert contents(ours, LINKED) == contents(theirs, LINKED)
    assert build(ours).built == []


@pytest.mark.parametrize(
    "name", ["src/main.c", "src/sum.c", "include/util.h", "limits.txt", "CMakeLists.txt"]
)
def test_ninja_and_jobmake_build_the_same_again_after_an_edit(
    configured: tuple[Space, Space], name: str
) -> None:
    ours, theirs = configured
    before = stamps(ours, LINKED), stamps(theirs, LINKED)
    for space in configured:
        space.replace(f"../{name}", "seven", "eight")
    build(ours)
    run(theirs, "ninja")

    assert contents(ours, LINKED) == contents(theirs, LINKED)
    # the same, or less where the bytes came out as before
    assert changed(before[0], ours) <= changed(before[1], theirs)


def test_a_jobfile_beside_the_sources_builds_the_same(tmp_path: Path) -> None:
    ours, theirs = copy("cmake", tmp_path / "ours"), copy("cmake", tmp_path / "theirs")
    for space in (ours, theirs):
        run(space, "cmake", "-G", "Ninja", "-S", ".", "-B", "build")
    run(theirs, "ninja", "-C", "build")
    ours.run("import", "build/build.ninja", "-o", "Jobfile.toml")
    build(ours)
    names = [f"build/{name}" for name in LINKED]
    assert contents(ours, names) == contents(theirs, names)


def test_commands_of_cmake_run_when_asked_for(configured: tuple[Space, Space]) -> None:
    ours, _ = configured
    assert build(ours, "test").built == ["test"]
    assert build(ours, "hello").out == "hello from cmake\n"


# -- dvc -------------------------------------------------------------------------------

DONE = [
    "data/prepared/train.csv", "data/prepared/test.csv", "models/mean.json", "models/line.json",
    "metrics/mean.json", "metrics/line.json", "out/small.txt", "out/large.txt", "reports/all.txt",
]  # fmt: skip


@pytest.fixture(scope="session")
def dvc(pytestconfig: pytest.Config) -> str:
    """A real dvc in an environment of its own, which is kept between runs of the tests."""
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("dvc")
    program = folder / "bin" / "dvc"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "-q", DVC],
            check=True, timeout=280, capture_output=True,
        )  # fmt: skip
    return str(program)


@pytest.fixture
def piped(tmp_path: Path, dvc: str) -> tuple[Space, Space]:
    """A pipeline reproduced with dvc, and its copy, imported and built with jobmake."""
    ours, theirs = copy("dvc", tmp_path / "ours"), copy("dvc", tmp_path / "theirs")
    run(theirs, dvc, "init", "--no-scm", "-q")
    reproduce(theirs, dvc)
    ours.run("import", "dvc.yaml")
    build(ours)
    return ours, theirs


def reproduce(space: Space, dvc: str) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run(space, dvc, "repro", "-q", env={"PATH": programs, "DVC_NO_ANALYTICS": "1"})


def test_dvc_and_jobmake_build_the_same(piped: tuple[Space, Space]) -> None:
    ours, theirs = piped
    assert contents(ours, DONE) == contents(theirs, DONE)
    assert build(ours).built == []


@pytest.mark.parametrize(
    "edit",
    [
        ("params.yaml", "degree: 2", "degree: 3"),
        ("params.yaml", "seed: 7", "seed: 8"),
        ("params.yaml", "title: Scores", "title: Results"),
        ("src/report.py", '"score",', '"result",'),
        ("data/raw.csv", "3,10", "3,11"),
        ("extra.json", "5", "6"),
    ],
)
def test_dvc_and_jobmake_build_the_same_again_after_an_edit(
    piped: tuple[Space, Space], dvc: str, edit: tuple[str, str, str]
) -> None:
    ours, theirs = piped
    before = stamps(ours, DONE), stamps(theirs, DONE)
    for space in piped:
        space.replace(*edit)
    build(ours)
    reproduce(theirs, dvc)

    assert contents(ours, DONE) == contents(theirs, DONE)
    assert changed(before[0], ours) <= changed(before[1], theirs)
    assert changed(before[0], ours)
