"""What jobmake keeps is its user's alone, whatever the umask; and what somebody has put in its
way, to be written through, is not written through."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from tests.features.test_disk_trouble import run_with
from tests.oracles import tree
from tests.support import Space

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOBFILE = """
[target.a]
run = "echo told; echo hi > {outputs}"
outputs = ["out/a"]
[target.value]
run = "echo 3; echo more >&2"
capture = "stdout"
"""


# -- who may read and write ----------------------------------------------------------------------


def open_to_others(folder: Path, bits: int) -> Iterator[str]:
    """Yield what others than the owner reach below a folder with one of these bits."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & bits:
            yield f"{path}: {mode:o}"
        if stat.S_ISDIR(mode) and mode & 0o011:  # else nobody else comes further
            waiting.extend(path.iterdir())


@pytest.mark.case("G20")
@pytest.mark.parametrize("umask", ["000", "077", "027"])
def test_what_is_kept_is_the_users_alone_whatever_the_umask(space: Space, umask: str) -> None:
    space.jobfile(JOBFILE)
    with_umask = ["sh", "-c", f'umask {umask}; exec "$@"', "sh"]

    run_with(with_umask, space, "build", code=0)

    own, state = space.path(".jobmake"), space.root.with_name("project.state")
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert list(open_to_others(own, 0o077)) == []
    assert list(open_to_others(state, 0o077)) == []
    for path in own.rglob("*"):  # and even inside
        secret = path.name in ("log", "journal", "lock", "index", "value")
        assert not (secret and path.lstat().st_mode & 0o077 and path.is_file()), path
    # the person's files are as the umask says
    assert stat.S_IMODE(space.path("out/a").stat().st_mode) == 0o666 & ~int(umask, 8)
    assert stat.S_IMODE(space.path("Jobfile.lock").stat().st_mode) == 0o644 & ~int(umask, 8)


@pytest.mark.case("G20")
def test_nothing_is_left_in_the_folder_for_temporary_files(space: Space) -> None:
    space.jobfile(JOBFILE)
    shared = space.root.with_name("shared")
    shared.mkdir()
    space.build(env={"TMPDIR": str(shared)})
    assert list(shared.iterdir()) == []


# -- what lies in the way ------------------------------------------------------------------------


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder elsewhere, with a file in it, that no build has to do with."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "precious").write_text("precious")
    return folder


def plant(path: Path, target: Path) -> None:
    """Put a link where jobmake will write."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


FILES = ["out/a", ".jobmake/index", ".jobmake/journal", ".jobmake/lock", ".jobmake/runs.db",
         ".jobmake/clock", ".jobmake/.gitignore", ".jobmake/runs/3/log"]  # fmt: skip
LINKS = [*((name, "precious") for name in FILES),
         *((name, "not there") for name in FILES[:2] + FILES[4:6])]  # fmt: skip


@pytest.mark.case("G21")
@pytest.mark.parametrize(("name", "there"), LINKS)
def test_no_file_is_written_through_a_link(
    space: Space, theirs: Path, name: str, there: str
) -> None:
    space.jobfile(JOBFILE)
    space.build()
    plant(space.path(name), theirs / there)
    before = tree(theirs)

    result = space.build("-B", code=None)

    assert tree(theirs) == before
    assert result.code in (0, 1, 3)
    if result.code:
        assert os.path.basename(name) in result.err, result.err  # what is in the way is named


@pytest.mark.case("G21")
def test_the_temporary_name_of_the_lockfile_is_no_way_out(space: Space, theirs: Path) -> None:
    gate = space.gate("held")
    space.jobfile(f'[target.a]\nrun = "{gate.command}; echo hi > {{outputs}}"\noutputs = ["a"]\n')
    build = space.start("build")
    gate.reached()
    temporary = f".Jobfile.lock.{build.pid}.tmp"
    for name in (temporary, f".jobmake/{temporary}", "Jobfile.lock.tmp"):
        plant(space.path(name), theirs / "precious")
    before = tree(theirs)

    gate.open()
    build.communicate()

    assert build.returncode == 0
    assert tree(theirs) == before
    assert not space.path("Jobfile.lock").is_symlink()
    assert space.read("Jobfile.lock").startswith("# Written by jobmake")


@pytest.mark.case("G21")
@pytest.mark.parametrize(("name", "told"), [
    (".jobmake", "error: `.jobmake` is not a folder"),
    ("out", "error: target `a` failed: `out` leads out of the project's folder by a link"),
])  # fmt: skip
def test_no_folder_is_written_through_a_link(
    space: Space, theirs: Path, name: str, told: str
) -> None:
    space.jobfile(JOBFILE)
    plant(space.path(name), theirs)
    before = tree(theirs)

    if name == ".jobmake":  # who only looks says the same
        for verb in ("build -n", "status", "why a"):
            assert space.run(*verb.split(), code=3).err.startswith(told)
    assert told in space.build(code=None).err

    assert tree(theirs) == before
