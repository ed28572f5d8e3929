"""Temp outputs: whose absence matters, who makes them again, when they can go.

Knows records and the disk. Does not know states: the engine tells who is done.

Invariant: a temp file is removed only if it is as it was recorded, and only when all of the
build that needs it is done; its absence is no reason to run anything but what needs it.
"""

from __future__ import annotations

import os

from jobmake.engine import outputs
from jobmake.engine.plan import names_outputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.engine.judge import Judge
    from jobmake.model.target import FilePattern, Target


class Temps:
    """The temp outputs that a build has made, and how many targets still need them. Before any
    goes, ``keep`` is called: it may be what is to be kept of a run."""

    def __init__(self, judge: Judge, keep: Callable[[], None]) -> None:
        self._judge, self._keep = judge, keep
        self._left: dict[str, set[str]] = {}
        self._perhaps_again: set[str] = set()
        self._behind: dict[str, list[str]] = {}  # what groups gather, of the graph as it is

    def lacking(self, target: Target) -> list[str]:
        """Return the targets whose temp outputs ``target`` reads and which are not there."""
        targets = self._judge.graph.targets
        return [one for one in self._read_by(target) if self._judge.absent_temps(targets[one])]

    def made(self, target: Target, is_done: Callable[[str], bool]) -> None:
        """Note that temp outputs are there, for those users that are not done, also behind
        groups; where nobody uses them they are wanted for themselves, and stay."""
        if not _temp(target):
            return
        graph = self._judge.graph
        self._perhaps_again.discard(target.name)
        left = {one for one in graph.users[target.name] if one in self._perhaps_again}
        seen, todo = set(), list(graph.users[target.name])
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                if graph.targets[name].is_group and name not in graph.unopened:
                    todo.extend(graph.users[name])
                elif not is_done(name):
                    left.add(name)
        if left:
            self._left[target.name] = left

    def grown(self, opened: Iterable[str], new: Iterable[str]) -> None:
        """Note which families have their instances now. Those over temp files need them as
        long as they are to be known."""
        self._behind.clear()
        for name in new:
            for maker in self._needed_by(name):
                if maker in self._left:
                    self._left[maker].add(name)
        for family in opened:
            for maker, left in self._left.items():
                if not self._is_over(family, maker):
                    left.discard(family)

    def done_with(self, name: str) -> None:
        """Remove what a target that is done was the last one to need.

        One whose own temp files are gone, while others may ask for them, may have to run
        again: until that is settled it needs what it reads.
        """
        if not self._left:
            return
        todo = [name]
        while todo:
            name = todo.pop()
            if name in self._left and self._judge.absent_temps(self._judge.graph.targets[name]):
                self._perhaps_again.add(name)
                continue
            for need in self._needed_by(name):
                left = self._left.get(need)
                if left is not None:
                    left.discard(name)
                    if not left:
                        del self._left[need]
                        self._remove(self._judge.graph.targets[need])
                        if need in self._perhaps_again:
                            self._perhaps_again.discard(need)
                            todo.append(need)

    def done_with_all(self, names: Iterable[str]) -> None:
        """Remove what these targets, which are all done, were the last to need."""
        for name in names:
            self.done_with(name)

    def _read_by(self, target: Target) -> Iterator[str]:
        """Yield the makers of temp files that a target names, or whose result it counts."""
        graph = self._judge.graph
        for need in graph.needs[target.name]:
            maker = graph.targets[need]
            temp = _temp(maker)
            if target.is_group:  # a family that is to be opened
                if temp and self._is_over(target.name, need):
                    yield need
            elif maker.is_group:
                yield from self._gathered(need) if need in target.needs else ()
            elif temp and (need in target.needs or names_outputs(target, temp)):
                yield need

    def _is_over(self, family: str, maker: str) -> bool:
        graph = self._judge.graph
        return graph.targets[maker].family in graph.over.get(family, ())

    def _needed_by(self, name: str) -> Iterator[str]:
        """Yield the makers of temp files that come before a target, groups passed over."""
        graph = self._judge.graph
        for need in graph.needs[name]:
            yield from self._gathered(need) if graph.targets[need].is_group else (need,)

    def _gathered(self, group: str) -> list[str]:
        """Return the makers of temp files that a group gathers, also by other groups."""
        found = self._behind.get(group)
        if found is None:
            graph = self._judge.graph
            found, seen, todo = [], {group}, [group]
            while todo:
                for need in graph.needs[todo.pop()]:
                    if need not in seen:
                        seen.add(need)
                        if graph.targets[need].is_group:
                            todo.append(need)
                        elif _temp(graph.targets[need]):
                            found.append(need)
            self._behind[group] = found
        return found

    def _remove(self, target: Target) -> None:
        self._keep()
        judge, files = self._judge, self._judge.files
        record = judge.records.get(target.name)
        for output in target.outputs if record is not None else ():
            for path in files.matching(output) if output.temp else ():
                shown = path + "/" if output.kind == "folder" else path
                assert record is not None
                if outputs.is_ours(shown, path, files, record.outputs):
                    outputs.refuse_way_through_link(files.root, path)
                    outputs.remove(os.path.join(files.root, path))


def _temp(target: Target) -> list[FilePattern]:
    return [output for output in target.outputs if output.temp]
