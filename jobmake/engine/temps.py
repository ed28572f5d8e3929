"""Temp outputs: whose absence matters, who makes them again, when they can go.

Knows records and the disk. Does not know states: the engine tells who is done.

Invariant: a temp file is removed only if it is as it was recorded, and only when all of the
build that needs it is done; its absence is no reason to run anything but what needs it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.engine import outputs
from jobmake.engine.plan import names_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target


class Temps:
    """The temp outputs that a build has made, and how many targets still need them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._left: dict[str, set[str]] = {}

    def lacking(self, target: Target) -> list[str]:
        """Return the targets whose temp outputs ``target`` reads and which are not there."""
        found = []
        for need in self._judge.graph.needs[target.name]:
            maker = self._judge.graph.targets[need]
            temp = [one for one in maker.outputs if one.temp]
            if temp and names_outputs(target, temp) and self._judge.absent_temps(maker):
                found.append(need)
        return found

    def made(self, target: Target, users: Iterable[str]) -> None:
        """Note that temp outputs were made, for these users."""
        if any(output.temp for output in target.outputs):
            self._left[target.name] = set(users)

    def add_user(self, name: str) -> None:
        """Note a further target of the build, which may need temp outputs."""
        for need in self._judge.graph.needs[name]:
            if need in self._left:
                self._left[need].add(name)

    def done_with(self, name: str) -> None:
        """Remove what a target that is done was the last one to need."""
        for need in self._judge.graph.needs[name]:
            left = self._left.get(need)
            if left is not None:
                left.discard(name)
                if not left:
                    del self._left[need]
                    self._remove(self._judge.graph.targets[need])

    def _remove(self, target: Target) -> None:
        judge, files = self._judge, self._judge.files
        record = judge.records.get(target.name)
        for output in target.outputs if record is not None else ():
            for path in files.matching(output) if output.temp else ():
                shown = path + "/" if output.kind == "folder" else path
                assert record is not None
                if outputs.is_ours(shown, path, files, record.outputs):
                    outputs.refuse_way_through_link(files.root, path)
                    outputs.remove(os.path.join(files.root, path))
