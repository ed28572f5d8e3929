"""Disks of a test's own: an image with a file system, mounted by way of a loop device, of which
the power can be cut; a small one in memory that can be full, or become read-only.

    with mounted(image, folder, "noauto_da_alloc,commit=1"):
        ...
        cut_power(folder)

Needs root. Whatever happens, what was mounted is unmounted.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.amounts import needs_program, needs_root
from tests.support import ends

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN, and XFS_IOC_GOINGDOWN
_NO_LOG_FLUSH = 2  # nothing more comes to the disk, as when the power is gone


def new_image(path: Path, kind: str = "ext4") -> Path:
    """Make a file system, `ext4` or `xfs`, in a file."""
    needs_root()
    needs_program(f"mkfs.{kind}")
    size, force = {"ext4": (64, "-F"), "xfs": (320, "-f")}[kind]  # xfs is never smaller than 300
    with path.open("wb") as file:
        file.truncate(size << 20)
    subprocess.run([f"mkfs.{kind}", "-q", force, path], check=True)
    return path


@contextmanager
def mounted(image: Path, folder: Path, options: str) -> Iterator[None]:
    """Mount an image; after a power cut this replays its journal."""
    with _mounted(["-o", ",".join(filter(None, ("loop", options))), str(image)], folder):
        yield


@contextmanager
def in_memory(folder: Path, options: str) -> Iterator[None]:
    """Mount a disk that is only in memory."""
    needs_root()
    with _mounted(["-t", "tmpfs", "-o", options, "tmpfs"], folder):
        yield


@contextmanager
def _mounted(words: list[str], folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", *words, folder], check=True)
    try:
        yield
    finally:
        if subprocess.run(["umount", folder], check=False).returncode:
            subprocess.run(["umount", "--lazy", folder], check=True)
        _let_go(folder)


def _let_go(folder: Path) -> None:
    """Wait until a disk is mounted nowhere: who began meanwhile with mounts of its own, as by
    `unshare`, has this one still."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            mounts = Path(f"/proc/{name}/mountinfo").read_text()
        except OSError:
            continue  # it has ended
        if f" {folder.resolve()} " in mounts:
            ends(int(name))


def remount(folder: Path, options: str) -> None:
    """Mount a disk with other options."""
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def left_by_all(folder: Path) -> None:
    """Wait until no process is in a mounted disk. While one is, it cannot be unmounted, and the
    next who mounts its image is given the same disk, without power. A process that has just begun
    shows where it is before it shows its environment."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            place = os.readlink(f"/proc/{name}/cwd")
        except OSError:
            continue  # it has ended
        if f"{place}/".startswith(f"{folder.resolve()}/"):
            ends(int(name))


def cut_power(folder: Path) -> None:
    """Let nothing more of a mounted disk come to its image."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
    finally:
        os.close(descriptor)


def find_an_error(folder: Path) -> None:
    """Let the kernel find an error in a mounted ext4: it does then what `errors=` says."""
    device = os.stat(folder).st_dev
    name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("a test")
