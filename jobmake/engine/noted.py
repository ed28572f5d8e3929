"""What a worker has noted of a run: it knows better than an exit code.

Knows the note in the folder of a run. Invariant: a note that cannot be read is none.
"""

from __future__ import annotations

import json
import os

from jobmake.model.run import PROBLEM, RETURNED

LONGEST = 2000  # letters


def noted(folder: str) -> tuple[str, str | None] | None:
    """Return message and hint of the note in a run's folder, None where there is none."""
    try:
        with open(os.path.join(folder, PROBLEM), encoding="utf-8", errors="replace") as file:
            data = json.load(file)
        hint = data["hint"]
        return str(data["message"])[:LONGEST], None if hint is None else str(hint)[:LONGEST]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def take_returned(folder: str) -> bool:
    """Say whether the job of a run returned; the mark of it goes."""
    try:
        os.unlink(os.path.join(folder, RETURNED))
    except OSError:
        return False
    return True
