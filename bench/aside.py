"""What is in the way of a measurement is moved, not removed.

Knows one thing of file systems: an ext4 without a journal gives the number of a file that was
removed to no other for minutes, and looks at all of these numbers for every file that it makes.
A build that makes three files a target was measured half as slow again after its own old state
had been removed.

Invariant: nothing is removed before the end of a measurement of all; it is then, with its root.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def put_aside(path: Path, root: Path) -> None:
    """Take a file or folder away, if it is there, to a place of its own below ``root``."""
    if os.path.lexists(path):
        path.rename(Path(tempfile.mkdtemp(prefix="old-", dir=root)) / path.name)
