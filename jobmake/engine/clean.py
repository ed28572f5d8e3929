"""Cleaning: removes outputs as jobmake made them, and the folders left empty by that."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from jobmake.engine import outputs, published
from jobmake.engine.meeting import Meeting
from jobmake.memory.resultfiles import folder_of, is_edited
from jobmake.model.errors import TargetError
from jobmake.tools.pathnames import glob_regex, parents, static_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from jobmake.engine.judge import Judge
    from jobmake.memory.left import Made
    from jobmake.model.target import FilePattern, Target


EDITED = "edited since, or not made by jobmake (see --edited)"


def clean(
    targets: Sequence[Target], judge: Judge, *, edited: bool, dry_run: bool
) -> tuple[list[str], list[tuple[str, str]]]:
    """Remove the outputs of some targets; return the paths (removed, kept with why).

    Kept is what is not as it was recorded, unless ``edited``. Raises TargetError.
    """
    removed: list[str] = []
    kept: list[tuple[str, str]] = []
    for target in targets:
        record = judge.records.old(target.name)
        ours = dict(record.outputs) if record else {}
        for shown, path in outputs.existing(target, judge.files):
            outputs.refuse_way_through_link(judge.files.root, path)
            if not edited and not outputs.is_ours(shown, path, judge.files, ours):
                kept.append((shown, EDITED))
                continue
            removed.append(shown)
            if not dry_run:
                _remove(judge.files.root, path)
        for path in published.places(target, judge.files, set(ours.values())):
            removed.append(path)
            if not dry_run:
                _remove(judge.files.root, path)
    for folder, is_as_made in _results({target.name: None for target in targets}, judge):
        if not (is_as_made or edited):
            kept.append((folder, EDITED))
            continue
        removed.append(folder)
        if not dry_run:
            _remove(judge.files.root, folder.rstrip("/"))
    return removed, kept


def _results(names: Collection[str], judge: Judge) -> Iterator[tuple[str, bool]]:
    """Yield the folders with the value and own files of some targets, which no others have too,
    and whether they are as they were made."""
    records = {name: judge.records.old(name) for name in judge.records.names()}
    shared = {one.result_id for name, one in records.items() if one and name not in names}
    for name in names:
        record = records.get(name)
        folder = folder_of(record.result_id) if record else None
        if record is None or folder is None or record.result_id in shared:
            continue
        shared.add(record.result_id)
        if os.path.lexists(os.path.join(judge.files.root, folder)):
            yield folder + "/", not is_edited(record, judge.files.digest)


def clean_left(
    left: Mapping[str, Made], judge: Judge, *, edited: bool, dry_run: bool
) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """Remove what targets made that are no more; return (removed, kept with why, forgotten).

    What a target of today makes is left alone; what one reads has found another use. Forgotten
    is what is no more, too. Raises TargetError.
    """
    removed, forgotten = [], []
    kept: list[tuple[str, str]] = []
    made = Named(one for target in judge.graph.targets.values() for one in target.owned)
    read = _read_but_not_made(judge)
    for shown, by in left.items():
        path = shown.rstrip("/")
        if made.touches(path):
            continue
        if not os.path.lexists(os.path.join(judge.files.root, path)):
            forgotten.append(shown)
        elif read.touches(path):
            kept.append((shown, "a target reads it"))
        else:
            outputs.refuse_way_through_link(judge.files.root, path)
            if not edited and not outputs.is_ours(shown, path, judge.files, {shown: by.digest}):
                kept.append((shown, EDITED))
                continue
            removed.append(shown)
            if not dry_run:
                _remove(judge.files.root, path)
    return removed, kept, [*removed, *forgotten]


def _read_but_not_made(judge: Judge) -> Named:
    """Return what targets read of files that no target of today makes: of a pattern over files
    that others make, what else it matches is most likely a left-over, too."""
    graph = judge.graph
    read: list[FilePattern] = []
    for target in graph.targets.values():
        needs = graph.needs[target.name]
        made = Meeting(one for need in needs for one in graph.targets[need].outputs)
        patterns = (*target.inputs, *target.sources)
        read.extend(one for one in patterns if not made.meets(one))
    return Named(read)


class Named:
    """What some patterns name, to be asked by path, quickly for many patterns."""

    def __init__(self, patterns: Iterable[FilePattern]) -> None:
        self._paths: set[str] = set()
        self._above: set[str] = set()  # the folders that hold what is named
        globs: set[str] = set()
        for one in patterns:
            if one.kind == "glob":
                globs.add(one.path)
                folder = static_folder(one.path)
                self._above.update((folder, *parents(folder)))
            else:
                self._paths.add(one.path)
                self._above.update(parents(one.path))
        self._globs = [glob_regex(one) for one in sorted(globs)]

    def touches(self, path: str) -> bool:
        """Say whether a path is named, lies in what is named, or holds some of it."""
        return (
            path in self._paths
            or path in self._above
            or any(one in self._paths for one in parents(path))
            or any(one.fullmatch(path) for one in self._globs)
        )


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
