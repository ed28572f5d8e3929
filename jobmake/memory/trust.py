"""Which projects this user has built before: only in those may looking run a probe.

A mark is an empty file in the user's own state folder, `$XDG_STATE_HOME/jobmake/trusted/`.
Its name is a digest of what the project's folder is: path, owner, device and inode. So a
copy, a clone, or another folder at the same path is another project.

Knows marks. Does not know probes. Invariant: nothing in the project's folder can set a mark.
"""

from __future__ import annotations

import os
from contextlib import suppress

from jobmake.tools.digest import digest_texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def is_trusted(root: str, environ: Mapping[str, str]) -> bool:
    """Say whether this user has built the project of a folder before."""
    found = mark(root, environ)
    try:
        return found is not None and os.lstat(found).st_uid == os.getuid()
    except OSError:
        return False


def trust(root: str, environ: Mapping[str, str]) -> None:
    """Note that this user builds the project of a folder. Where no note can be kept, none is."""
    found = mark(root, environ)
    if found is None or os.path.lexists(found):
        return
    try:
        _make_private(os.path.dirname(found))
        os.close(os.open(found, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError:
        pass


def _make_private(folder: str) -> None:
    """Make a folder and those above it for this user alone, whatever the umask; else somebody
    could put marks of their own in place of all."""
    if not os.path.isdir(folder):
        _make_private(os.path.dirname(folder))
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)


def mark(root: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of the mark of a project, None where none can be kept."""
    folder = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(folder):
        home = environ.get("HOME", "")
        if not os.path.isabs(home):
            return None
        folder = os.path.join(home, ".local", "state")
    try:
        found = os.stat(root)
    except OSError:
        return None
    facts = (os.path.realpath(root), *map(str, (found.st_uid, found.st_dev, found.st_ino)))
    name = digest_texts(facts).partition(":")[2]
    return os.path.join(folder, "jobmake", "trusted", name)
