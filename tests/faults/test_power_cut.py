"""The power is cut at a random moment of a build, or after it: what is on the disk then is a whole
lockfile, no record is believed that the disk does not bear out, and the next build is right.

The disk is an image with ext4 or xfs, as it is usually mounted, and so that a careless program
loses most: without the kernel's own care for renamed files, and with a journal that is written
every second.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobmake.tools.atomic import write_whole
from tests import oracles
from tests.amounts import amount
from tests.faults.disks import cut_power, left_by_all, mounted, new_image
from tests.faults.faulty import Faulty
from tests.support import DEADLINE, Space

DISKS = [
    ("ext4", ""),
    ("ext4", "data=writeback"),
    ("ext4", "noauto_da_alloc,commit=1"),
    ("ext4", "noauto_da_alloc,data=writeback"),
    ("xfs", ""),
]
JOBFILE = "".join(
    f"""
[target.first{number}]
run = "cat {{inputs}} > {{outputs}}"
inputs = ["in"]
outputs = ["out/first{number}"]
[target.second{number}]
run = "cat {{inputs}} {{inputs}} > {{outputs}}"
inputs = ["out/first{number}"]
outputs = ["out/second{number}"]
"""
    for number in range(4)
)


@pytest.mark.case("C08")
@pytest.mark.parametrize(("kind", "options"), DISKS)
def test_after_a_power_cut_the_next_build_is_right(
    kind: str, options: str, tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    chance, began = random.Random(f"cuts {kind} {options}"), time.monotonic()
    image, folder = new_image(tmp_path / "image", kind), tmp_path / "disk"
    rounds, lost = amount(2, 100), 0
    with mounted(image, folder, options):
        space = Space(folder / "project")
        write(space, "0")
        longest = seconds_of(space)
    for turn in range(1, rounds + 1):
        with mounted(image, folder, options):
            write(space, f"{turn}")
            os.sync()  # what a person has written is on the disk
            whole = cut_off(space, chance.uniform(0, longest * 1.2), folder)
        with mounted(image, folder, options):
            assert oracles.is_whole(space.path("Jobfile.lock"))
            healed = oracles.heals(space, expected(space))
            lost += bool(whole and healed.built)
    seconds = time.monotonic() - began
    record_property("figures", f"{rounds} cuts, 0 bad, {lost} built again, {seconds:.0f} s")


@pytest.mark.case("C08")
@pytest.mark.parametrize(("kind", "options"), DISKS)
def test_what_was_told_as_built_is_in_the_lockfile_after_a_power_cut(
    kind: str, options: str, tmp_path: Path
) -> None:
    image, folder = new_image(tmp_path / "image", kind), tmp_path / "disk"
    with mounted(image, folder, options):
        space = Space(folder / "project")
        write(space, "old")
        os.sync()
        space.build()
        lockfile = space.path("Jobfile.lock").read_bytes()
        cut_power(folder)

    with mounted(image, folder, options):
        assert space.path("Jobfile.lock").read_bytes() == lockfile
        oracles.heals(space, expected(space))


@pytest.mark.case("C08")
@pytest.mark.parametrize(("kind", "options"), DISKS)
def test_half_a_lockfile_does_not_outlive_a_power_cut(
    kind: str, options: str, library: Path, tmp_path: Path
) -> None:
    image, folder = new_image(tmp_path / "image", kind), tmp_path / "disk"
    faulty = Faulty(library, Space(folder / "project"))
    with mounted(image, folder, options):
        write(faulty.space, "text")
        calls = faulty.calls("build", "-j1")
        [call] = [one for one in calls if (one.name, one.path) == ("rename", "Jobfile.lock")]
        for name in ("out", ".jobmake", "Jobfile.lock"):
            remove(faulty.space.path(name))
        os.sync()
        assert faulty.run("build", "-j1", at=call.number).code == -9
        cut_power(folder)
        oracles.no_orphans(faulty.marker)
        left_by_all(folder)

    with mounted(image, folder, options):
        assert oracles.is_whole(faulty.space.path("Jobfile.lock"))
        oracles.heals(faulty.space, expected(faulty.space))


@pytest.mark.case("C08")
@pytest.mark.parametrize("times", [1, 2], ids=["new", "replaced"])
def test_a_file_that_was_written_whole_is_there_after_a_power_cut(
    times: int, tmp_path: Path
) -> None:
    image, folder = new_image(tmp_path / "image"), tmp_path / "disk"
    with mounted(image, folder, "noauto_da_alloc,commit=300"):
        os.sync()
        for number in range(times):
            write_whole(str(folder / "file"), b"%d" % number)
        cut_power(folder)

    with mounted(image, folder, "noauto_da_alloc,commit=300"):
        assert (folder / "file").read_bytes() == b"%d" % (times - 1)


def write(space: Space, text: str) -> None:
    space.jobfile(JOBFILE)
    space.write("in", f"{text}\n" * 500)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def expected(space: Space) -> dict[str, str]:
    text = space.read("in")
    firsts = {f"out/first{number}": text for number in range(4)}
    return {**firsts, **{f"out/second{number}": text * 2 for number in range(4)}}


def seconds_of(space: Space) -> float:
    begin = time.monotonic()
    space.build("-j2")
    return time.monotonic() - begin


def cut_off(space: Space, seconds: float, disk: Path) -> bool:
    """Cut the power after so many seconds of a build; say whether it had ended by itself."""
    marker = oracles.Marker()
    process = space.start("build", "-j2", env=marker.env)
    handle = os.pidfd_open(process.pid)
    try:
        ended = bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
    cut_power(disk)
    os.killpg(process.pid, signal.SIGKILL)  # nothing runs on without power
    process.communicate(timeout=DEADLINE)
    oracles.no_orphans(marker)
    left_by_all(disk)
    return ended
