"""A disk without room for one more file, one that becomes read-only, state of another user, a
`.jobmake` or a project that is removed: said with its path, with no harm done.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests import oracles
from tests.amounts import needs_root
from tests.faults.disks import find_an_error, in_memory, mounted, new_image, remount
from tests.features.test_disk_trouble import run_with
from tests.support import DEADLINE, Space

TWO = """
[target.first]
run = '''cat {inputs} > {outputs}'''
inputs = ["in"]
outputs = ["out/first"]
[target.second]
run = '''GATE; cat {inputs} > {outputs}'''
inputs = ["out/first"]
outputs = ["out/second"]
"""
THIRD = """
[target.third]
run = "cat {inputs} > {outputs}"
inputs = ["out/second"]
outputs = ["out/third"]
"""
EXPECTED = {"out/first": "x\n", "out/second": "x\n"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Space]:
    """A project on a disk of a few MiB and few files."""
    with in_memory(tmp_path / "disk", "size=4m,nr_inodes=200"):
        yield Space(tmp_path / "disk/project")


# -- no room for one more ------------------------------------------------------------------


def no_more_files(space: Space) -> None:
    space.path("fill").mkdir(exist_ok=True)
    with suppress(OSError):
        for number in range(1000):
            space.write(f"fill/{number}", "")


def no_more_bytes(space: Space) -> None:
    with space.path("filled").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def free(space: Space) -> None:
    shutil.rmtree(space.path("fill"), ignore_errors=True)
    space.path("filled").unlink(missing_ok=True)


FILLS = [no_more_files, no_more_bytes]


@pytest.mark.case("C05")
@pytest.mark.parametrize("fill", FILLS)
def test_a_disk_that_is_full_before_a_build(small: Space, fill: object) -> None:
    assert callable(fill)
    small.jobfile(TWO.replace("GATE; ", ""))
    small.write("in", "x\n")
    fill(small)

    result = small.build("-j1", code=3)

    oracles.told_well(result)
    assert str(small.root) in result.err
    assert "No space left on device" in result.err
    free(small)
    oracles.heals(small, EXPECTED)


@pytest.mark.case("C05")
@pytest.mark.parametrize("fill", FILLS)
def test_a_disk_that_fills_up_while_a_target_runs(small: Space, fill: object) -> None:
    assert callable(fill)
    gate = small.gate("half-way")
    small.jobfile(TWO.replace("GATE", gate.command))
    small.write("in", "x\n")
    process = small.start("build", "-j1")
    gate.reached()
    fill(small)
    gate.open()
    process.communicate(timeout=DEADLINE)

    assert process.returncode in (1, 3)  # never 0: its outputs, or its record, have no room

    assert oracles.is_whole(small.path("Jobfile.lock"))
    free(small)
    gate.open()
    assert "first" not in oracles.heals(small, EXPECTED).built


@pytest.mark.case("B11", "C05")
@pytest.mark.parametrize("endless", ["yes", "yes | tr -d '\\n'"], ids=["lines", "one line"])
def test_output_without_end_ends_with_the_disk_and_harms_nothing(
    small: Space, endless: str
) -> None:
    """There is no limit but the disk's: a command that writes on when it is full fails."""
    small.jobfile(TWO.replace("GATE", f"set -e; {endless}"))
    small.write("in", "x\n")

    taken = oracles.measured(small, "build", "-j1")

    assert taken.code in (1, 3), taken.err
    assert "No space left on device" in taken.err
    assert taken.megabytes < 100
    assert len(taken.err) < 20_000
    shutil.rmtree(small.path(".jobmake/runs"))
    small.jobfile(TWO.replace("GATE; ", ""))
    oracles.heals(small, EXPECTED)


@pytest.mark.case("B11")
def test_output_without_end_ends_by_a_timeout(space: Space) -> None:
    space.jobfile(
        """
        [target.a]
        run = "while :; do echo on and on; done"
        timeout = "1s"
        """
    )

    result = space.build(code=1)

    assert "target `a` failed: took longer than 1.0 s" in result.err
    assert len(result.err) < 20_000
    log = space.path(".jobmake/runs/1/log").read_bytes()
    assert log == b"on and on\n" * (len(log) // 10)


@pytest.mark.case("C05")
def test_state_may_lie_on_another_disk(space: Space) -> None:
    """The lockfile is then written where it lies."""
    space.jobfile(TWO.replace("GATE; ", ""))
    for text in ("x\n", "y\n"):
        space.write("in", text)
        with in_memory(space.path(".jobmake"), "size=4m"):
            space.path(".jobmake").chmod(0o700)
            oracles.heals(space, {"out/first": text, "out/second": text})
            assert oracles.is_whole(space.path("Jobfile.lock"))


# -- read-only -----------------------------------------------------------------------------


@pytest.mark.case("C06")
def test_a_disk_that_becomes_read_only_while_a_target_runs(tmp_path: Path) -> None:
    gate = Space(tmp_path / "elsewhere").gate("half-way")
    image, folder = new_image(tmp_path / "image"), tmp_path / "disk"
    space = Space(folder / "project")
    with mounted(image, folder, "errors=remount-ro"):
        space.jobfile(TWO.replace("GATE", gate.command))
        space.write("in", "x\n")
        process = space.start("build", "-j1")
        gate.reached()
        os.sync()
        find_an_error(folder)
        gate.open()
        _, err = process.communicate(timeout=DEADLINE)
        assert process.returncode in (1, 3), err
        assert "Read-only file system" in err.decode()
        assert space.run("status", code=0).out

    subprocess.run(["e2fsck", "-fyp", image], check=False, stdout=subprocess.DEVNULL)
    with mounted(image, folder, "errors=remount-ro"):
        gate.open()
        oracles.heals(space, EXPECTED)


@pytest.mark.case("C06")
def test_on_a_read_only_disk_one_can_look_and_a_build_says_why_not(
    small: Space, tmp_path: Path
) -> None:
    small.jobfile(TWO.replace("GATE; ", ""))
    small.write("in", "x\n")
    small.build()
    small.write("in", "y\n")
    remount(tmp_path / "disk", "ro")

    with oracles.changes_nothing(small.root):
        assert small.run("status").out.startswith("stale first: input `in` changed\n")
        for words in (["why", "second"], ["list"], ["graph"], ["runs"], ["build", "-n"]):
            small.run(*words)
        result = small.build(code=3)

    assert f"`{small.path('.jobmake/lock')}`: Read-only file system" in result.err
    remount(tmp_path / "disk", "rw")
    oracles.heals(small, {"out/first": "y\n", "out/second": "y\n"})


# -- another user --------------------------------------------------------------------------


@pytest.mark.case("C07")
def test_state_of_another_user_is_named(tmp_path: Path) -> None:
    needs_root()
    folder = Path("/tmp") / f"jobmake-test-{os.getpid()}"  # the tests' own folders are shut
    space = Space(folder / "project")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    try:
        folder.chmod(0o777)
        space.jobfile(TWO.replace("GATE; ", ""))
        space.write("in", "x\n")
        space.build()
        space.write("in", "y\n")

        result = run_with(nobody, space, "build", code=3)
        assert f"`{space.path('.jobmake/lock')}`: Permission denied" in result.err
        assert run_with(nobody, space, "status", code=0).out.startswith("stale first: input")

        oracles.heals(space, {"out/first": "y\n", "out/second": "y\n"})
    finally:
        shutil.rmtree(folder)


# -- removed -------------------------------------------------------------------------------


def during(space: Space, gate_space: Space, what: str) -> tuple[int, str]:
    """Remove something of a project while its second target runs; return how the build ended."""
    gate = gate_space.gate("half-way")
    space.jobfile(TWO.replace("GATE", gate.command) + THIRD)
    space.write("in", "x\n")
    process = space.start("build", "-j1")
    gate.reached()
    while space.path(what).exists():  # what is put off of the first may just be written
        shutil.rmtree(space.path(what), ignore_errors=True)
    gate.open()
    _, err = process.communicate(timeout=DEADLINE)
    gate.open()  # for the next build
    assert b"Traceback" not in err
    return process.returncode, err.decode()


@pytest.mark.case("C19")
def test_a_state_folder_that_is_removed_during_a_build(space: Space, tmp_path: Path) -> None:
    code, err = during(space, Space(tmp_path / "elsewhere"), ".jobmake")

    # nothing more begins: another build may have, by now
    assert code == 3
    assert f"`{space.path('.jobmake/lock')}` was removed during the build" in err
    assert not space.exists(".jobmake/journal")
    oracles.heals(space, {**EXPECTED, "out/third": "x\n"})


@pytest.mark.case("C19")
def test_a_project_that_is_removed_during_a_build(space: Space, tmp_path: Path) -> None:
    code, err = during(space, Space(tmp_path / "elsewhere"), ".")

    assert code in (1, 3), err
    assert not space.exists("Jobfile.lock")
    assert not space.exists(".jobmake/journal")
