"""File systems of a test's own, in an image file, mounted as long as the test needs them."""

from __future__ import annotations

import os
import select
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.amounts import needs_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def new_ext4(folder: Path, *make: str, options: str = "") -> Iterator[Path]:
    """Make an ext4 with options of mkfs, mount it with options of mount, give its folder; then
    unmount it, whatever happened."""
    needs_root()
    image, place = folder / "image", folder / "mounted"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", *make, str(image)], check=True)
    mount = ["mount", "-o", ",".join(filter(None, ("loop", options))), str(image), str(place)]
    subprocess.run(mount, check=True)
    try:
        yield place
    finally:
        if subprocess.run(["umount", str(place)], check=False, capture_output=True).returncode:
            subprocess.run(["umount", "-l", str(place)], check=True)


def now(folder: Path) -> int:
    """Return the time of a folder's file system, in whole seconds: the stamp of a file just
    written there."""
    path = folder / "now"
    path.write_bytes(b".")
    try:
        return int(path.stat().st_mtime)
    finally:
        os.unlink(path)


def wait_until(folder: Path, second: int) -> None:
    """Wait until the clock of a folder's file system has come to a second."""
    while now(folder) < second:
        select.select([], [], [], 0.02)
