"""Folders that go as a whole, whatever a program made of them.

Knows that a folder may forbid its owner to look into it. Does not know what it held.

Invariant: no link is followed, and nothing outside the folder is touched.
"""

from __future__ import annotations

import os


def remove_tree(path: str) -> bool:
    """Remove a folder, or a link to one, with all that is in it; say whether it is gone."""
    if not os.path.lexists(path):
        return True
    try:
        os.rmdir(path)  # most are empty
        return True
    except OSError:
        pass
    import shutil

    if os.path.islink(path):
        os.unlink(path)
    shutil.rmtree(path, ignore_errors=True)
    if not os.path.lexists(path):
        return True
    # folders without the right to write or look are the owner's to open
    try:
        os.chmod(path, 0o700)
    except OSError:
        return False
    for folder, names, _ in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            if not os.path.islink(inner):
                try:
                    os.chmod(inner, 0o700)
                except OSError:
                    pass  # another's; then it stays
    shutil.rmtree(path, ignore_errors=True)
    return not os.path.lexists(path)
