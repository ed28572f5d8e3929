"""Files that cannot be read, folders that cannot be written, a disk that is full: the target
or the build fails, the path is named, and the next build needs no help.

The full disk is a small tmpfs in a mount namespace of its own, which nothing outside sees.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import DEADLINE, JOBMAKE, Result, Space

IS_ROOT = os.geteuid() == 0


def run_with(prefix: list[str], space: Space, *arguments: str, code: int) -> Result:
    """Run jobmake by way of another program."""
    process = subprocess.run(
        [*prefix, *JOBMAKE, *arguments],
        cwd=space.root,
        env=space.environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    result = Result(process.returncode, process.stdout, process.stderr)
    assert result.code == code, f"exit code {result.code}\n{result.out}\n{result.err}"
    assert "Traceback" not in result.err
    return result


# -- no leave --------------------------------------------------------------------------


def without_privilege(space: Space, *arguments: str, code: int) -> Result:
    """Run jobmake as somebody to whom permissions mean something, which to root they do not."""
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return run_with(drop if IS_ROOT else [], space, *arguments, code=code)


COPY = '[target.copy]\nrun = "cat {inputs} > {outputs}"\ninputs = ["in"]\noutputs = ["out/copy"]\n'


def test_an_input_that_cannot_be_read_fails_its_target(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in", "x").chmod(0)

    result = without_privilege(space, "build", "-q", code=1)

    assert result.err == "error: target `copy` failed: cannot read `in`: Permission denied\n"


def test_an_output_folder_that_cannot_be_written_fails_its_target(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in", "x")
    space.path("out").mkdir(0o555)

    result = without_privilege(space, "build", "-q", code=1)

    assert "cannot create out/copy: Permission denied\n" in result.err
    space.path("out").chmod(0o777)
    assert without_privilege(space, "build", "-v", code=0).built == ["copy"]


def test_an_old_output_that_cannot_be_removed_fails_its_target(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in", "x")
    without_privilege(space, "build", code=0)
    space.path("out").chmod(0o555)

    result = without_privilege(space, "build", "-q", "-B", code=1)

    path = space.path("out/copy")
    assert f"error: target `copy` failed: cannot clear `{path}`: Permission denied\n" in result.err
    space.path("out").chmod(0o755)
    assert without_privilege(space, "build", "-v", code=0).built == ["copy"]


def test_a_project_that_cannot_be_written_is_named(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in", "x")
    space.root.chmod(0o555)

    result = without_privilege(space, "build", code=3)

    assert result.err == f"error: cannot make `{space.path('.jobmake')}`: Permission denied\n"
    assert without_privilege(space, "status", code=0).out.startswith(
        "stale copy: it was never built\n"
    )


def test_a_folder_to_run_in_that_is_missing_fails_its_target(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "pwd"\ncwd = "deep"\n')

    result = space.run("build", "-q", code=1)

    assert "error: target `a` failed: its folder `deep` does not exist\n" in result.err
    space.path("deep").mkdir()
    assert space.build().built == ["a"]


# -- no room ---------------------------------------------------------------------------


class SmallDisk(Space):
    """A project on a disk of one MiB, which only those see who enter its namespace."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        user = [] if IS_ROOT else ["--map-root-user"]
        self.holder = subprocess.Popen(
            ["unshare", "--mount", *user, "sh", "-c",
             'mount -t tmpfs -o size=1m tmpfs "$0" && mkdir "$0/project" && echo && read _end',
             str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == b"\n", "no disk could be made"
        super().__init__(Path(f"/proc/{self.holder.pid}/root{folder}/project"))
        self.inside = folder / "project"

    def jobmake(self, *arguments: str, code: int) -> Result:
        user = [] if IS_ROOT else ["--user", "--preserve-credentials"]
        enter = ["nsenter", f"--target={self.holder.pid}", "--mount", *user, "--"]
        return run_with(enter, self, "-C", str(self.inside), *arguments, code=code)

    def fill(self) -> None:
        with self.path("fill").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        self.path("fill").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.holder.communicate()


TWO = """
[target.small]
run = "echo x > {outputs}"
outputs = ["small"]
[target.big]
run = "head -c 2M /dev/zero > {outputs}"
outputs = ["big"]
"""


@pytest.mark.case("C05")
def test_an_output_that_fills_the_disk_fails_its_target_and_no_other(disk: SmallDisk) -> None:
    disk.jobfile(TWO)
    disk.jobmake("build", "small", code=0)

    result = disk.jobmake("build", "-v", "big", code=3)

    assert result.failed == ["big"]
    disk.replace("Jobfile.toml", "2M", "2k")
    disk.path(".jobmake/runs/2/outputs/big").unlink()
    result = disk.jobmake("build", "-v", code=0)
    assert (result.fresh, result.built) == (["small"], ["big"])


@pytest.mark.case("C05")
def test_a_log_that_fills_the_disk_fails_its_target(disk: SmallDisk) -> None:
    disk.jobfile('[target.chatty]\nrun = "head -c 2M /dev/zero"\n')

    result = disk.jobmake("build", "-q", code=3)

    assert result.failed == ["chatty"]
    disk.path(".jobmake/runs/1/log").unlink()
    disk.replace("Jobfile.toml", "2M", "2k")
    assert disk.jobmake("build", "-v", code=0).built == ["chatty"]


@pytest.mark.case("C05")
def test_a_lockfile_that_has_no_room_is_named_and_what_was_built_is_kept(disk: SmallDisk) -> None:
    disk.jobfile('[target.a]\nrun = "cat /dev/zero > fill || touch {outputs}"\noutputs = ["a"]\n')

    result = disk.jobmake("build", "-v", code=3)

    assert result.built == ["a"]
    lockfile = disk.inside / "Jobfile.lock"
    assert f"error: cannot write `{lockfile}`: No space left on device\n" in result.err
    assert list(disk.root.glob("*.lock*")) == []
    disk.free()
    assert disk.jobmake("build", "-v", code=0).fresh == ["a"]
    assert disk.exists("Jobfile.lock")


@pytest.mark.case("C05")
def test_on_a_full_disk_nothing_begins_and_what_is_up_to_date_is_known(disk: SmallDisk) -> None:
    disk.jobfile(TWO)
    disk.jobmake("build", "small", code=0)
    before = disk.read("Jobfile.lock")
    disk.fill()

    assert disk.jobmake("build", "-v", "small", code=0).fresh == ["small"]
    result = disk.jobmake("build", "-v", "-B", "small", code=3)

    journal = disk.inside / ".jobmake/journal"
    assert f"error: cannot write `{journal}`: No space left on device\n" in result.err
    assert disk.read("Jobfile.lock") == before
    disk.free()
    assert disk.jobmake("build", "-v", "small", code=0).fresh == ["small"]


@pytest.mark.case("C05")
def test_a_first_build_on_a_full_disk_says_so(disk: SmallDisk) -> None:
    disk.jobfile(TWO)
    disk.fill()

    result = disk.jobmake("build", code=3)

    ignore = disk.inside / ".jobmake/.gitignore"
    assert result.err == f"error: cannot make `{ignore}`: No space left on device\n"
    disk.free()
    assert disk.jobmake("build", "-v", "small", code=0).built == ["small"]
    assert disk.read(".jobmake/.gitignore") == "*\n"
