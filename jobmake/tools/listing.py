"""What is in a folder, as one digest: names, and of what type each is.

Knows entries as the system lists them; asks nothing of what is behind a link. Does not know why
somebody looked.

Invariant: as long as the digest is the same, so is the answer to any glob, as far as it depends
on this folder alone.
"""

from __future__ import annotations

from jobmake.tools.digest import digest_bytes

TYPE_CHECKING = False  # the fast path needs it, and `typing` takes 5 ms
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable


def listing_digest(entries: Iterable[os.DirEntry[str]]) -> str:
    """Return one digest over names and types, in whatever order they come."""
    names = sorted([_typed(entry) for entry in entries])
    return digest_bytes("\0".join(names).encode("utf-8", "surrogateescape"))


def _typed(entry: os.DirEntry[str]) -> str:
    """Return a name with its type: no name holds a slash."""
    if entry.is_file(follow_symlinks=False):
        return entry.name
    if entry.is_symlink():
        return f"{entry.name}/link"
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{entry.name}/other"
