"""What a worker has noted of a run: it knows better than an exit code.

Knows the note in the folder of a run. Invariant: a note that cannot be read is none.
"""

from __future__ import annotations

import os

from jobmake.engine.keeping import VALUE
from jobmake.model.run import PROBLEM, RETURNED

LONGEST = 2000  # letters


def noted(folder: str) -> tuple[str, str | None] | None:
    """Return message and hint of the note in a run's folder, None where there is none."""
    import json

    try:
        with open(os.path.join(folder, PROBLEM), encoding="utf-8", errors="replace") as file:
            data = json.load(file)
        hint = data["hint"]
        return str(data["message"])[:LONGEST], None if hint is None else str(hint)[:LONGEST]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def take_returned(folder: str) -> bool:
    """Say whether the job of a run returned; the mark of it goes, and is the file of its value
    from now on if it holds one."""
    mark = os.path.join(folder, RETURNED)
    try:
        if os.lstat(mark).st_size:
            os.rename(mark, os.path.join(folder, VALUE))
        else:
            os.unlink(mark)
    except OSError:
        return False
    return True
