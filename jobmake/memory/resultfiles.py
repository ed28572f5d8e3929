"""Where the result files of runs are kept: a target's value, and the run's own files.

    .jobmake/results/ID/value
    .jobmake/results/ID/files/NAME

ID is a digest over what is in it, so the place follows from a record alone, and records that
say the same share one. Knows names only. Does not know how these files come there
(`engine/keeping`), nor what is in them.

Invariant: a folder with such a name was whole when it got it, and nobody of us writes into it.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from jobmake.memory.layout import FOLDER
from jobmake.model.errors import TargetError
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.memory.layout import Layout
    from jobmake.model.cached import Trace
    from jobmake.model.fingerprint import Record

Digest = Callable[[str], str | None]  # gives the digest of what is at a path below the root

RESULTS = f"{FOLDER}/results"


class ResultFiles(Value):
    """Absolute paths: of the value, and of each own file by its name."""

    value: str | None
    files: Mapping[str, str]


def result_folder(layout: Layout, record: Record) -> str | None:
    """Return the absolute path of the folder of a record's result files; None if it has none."""
    folder = folder_of(record.result_id)
    return None if folder is None else os.path.join(layout.root, folder)


def result_files(layout: Layout, record: Record) -> ResultFiles:
    """Return where the result files of a record are, or were."""
    found = {name: os.path.join(layout.root, path) for name, path, _ in result_parts(record)}
    value = found.pop("", None)
    return ResultFiles(value, found)


def folder_of(result_id: str | None) -> str | None:
    """Return the folder of result files, relative to the root."""
    return None if result_id is None else f"{RESULTS}/{result_id}"


def result_parts(made: Record | Trace, folder: str | None = None) -> list[tuple[str, str, str]]:
    """Return (name, path, digest) of each result file: the value's name is empty. The paths are
    relative to the root, and in another ``folder`` if that is named."""
    folder = folder or folder_of(made.result_id)
    value = [("", f"{folder}/value", made.value)] if made.value is not None else []
    files = sorted(made.files.items())
    return [*value, *((name, f"{folder}/files/{name}", digest) for name, digest in files)]


def is_whole(made: Record | Trace, digest: Digest) -> bool:
    """Say whether all result files are in their place, as they were made."""
    try:
        return all(digest(path) == one for _, path, one in result_parts(made))
    except TargetError:
        return False


def is_edited(made: Record | Trace, digest: Digest) -> bool:
    """Say whether a result file that is in its place is not as it was made."""
    try:
        return any(digest(path) not in (None, one) for _, path, one in result_parts(made))
    except TargetError:
        return True
