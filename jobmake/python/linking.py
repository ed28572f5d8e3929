"""Links from a project's folder `results` to files of runs.

Knows links. Does not know what they lead to.

Invariant: a link is there or not, never half; no name leads a write out of the folder, and
what is no such link stays.
"""

from __future__ import annotations

import os

RESULTS = "results"
OURS = ".jobmake"  # where links of ours lead


def link(root: str, path: str, name: str) -> str:
    """Put a link to ``path`` into the folder; return where it is. Raises FileExistsError, and
    ValueError where a link on the way leads elsewhere."""
    folder = os.path.join(root, RESULTS)
    _make(folder)
    *above, last = name.split("/")
    for one in above:
        folder = os.path.join(folder, one)
        _make(folder)
    place = os.path.join(folder, last)
    if os.path.lexists(place) and not _is_ours(place, root):
        raise FileExistsError(
            f"`{os.path.relpath(place, root)}` is no link that jobmake made: it is left as it is"
        )
    temporary = os.path.join(folder, f".{last}.{os.getpid()}.tmp")
    if os.path.lexists(temporary):  # left by a process of the same number that was killed
        os.unlink(temporary)
    os.symlink(os.path.relpath(path, folder), temporary)
    os.replace(temporary, place)
    return place


def _make(folder: str) -> None:
    if os.path.islink(folder):
        raise ValueError(f"`{folder}` is a link: what is linked through it would lie elsewhere")
    os.makedirs(folder, exist_ok=True)


def _is_ours(place: str, root: str) -> bool:
    if not os.path.islink(place):
        return False
    leads = os.path.normpath(os.path.join(os.path.dirname(place), os.readlink(place)))
    return leads.startswith(os.path.join(root, OURS) + os.sep)
