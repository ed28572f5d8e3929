"""Cleaning: removes outputs as jobmake made them, and the folders left empty by that."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from jobmake.engine import outputs
from jobmake.model.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target


def clean(
    targets: Iterable[Target], judge: Judge, *, edited: bool, dry_run: bool
) -> tuple[list[str], list[str]]:
    """Remove the outputs of some targets; return the paths (removed, kept).

    Kept is what is not as it was recorded, unless ``edited``. Raises TargetError.
    """
    removed: list[str] = []
    kept: list[str] = []
    for target in targets:
        record = judge.records.old(target.name)
        ours = dict(record.outputs) if record else {}
        for shown, path in outputs.existing(target, judge.files):
            outputs.refuse_way_through_link(judge.files.root, path)
            if not edited and not outputs.is_ours(shown, path, judge.files, ours):
                kept.append(shown)
                continue
            removed.append(shown)
            if not dry_run:
                _remove(judge.files.root, path)
    return removed, kept


def _remove(root: str, path: str) -> None:
    try:
        outputs.remove(os.path.join(root, path))
    except OSError as error:
        raise TargetError(f"cannot remove `{error.filename}`: {error.strerror}") from None
    folder = os.path.dirname(path)
    with suppress(OSError):
        while folder:
            os.rmdir(os.path.join(root, folder))  # only if it is empty, and a folder
            folder = os.path.dirname(folder)
