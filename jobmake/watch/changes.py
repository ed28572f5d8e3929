"""What is to be watched, and what is known to have changed: two values.

Knows the paths as the project names them. Does not know how they are watched.

Invariant: changes are hints. A path among them may be as it was; one that is not among them
is as it was, unless a full look is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.target import FilePattern
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.jobfile.load import LoadedJobfile


class Watched(Value):
    """What is to be watched, relative to the project or absolute, normalised: files that may
    be absent, folders with all that is below them, and globs."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    globs: frozenset[str] = frozenset()


class Changes(Value):
    """What may have changed since it was last asked. A folder that came or went is named, and
    so is all that is known to be in it. ``everything``: events were lost, look at all."""

    paths: frozenset[str] = frozenset()
    everything: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.paths)

    def __or__(self, other: Changes) -> Changes:
        return Changes(self.paths | other.paths, self.everything or other.everything)


def wanted_of(loaded: LoadedJobfile, more: Iterable[FilePattern] = ()) -> Watched:
    """Return what a build of a project looks at: its Jobfiles, all that its targets read and
    make, what its families with `each` are over, and ``more``."""
    found: dict[str, set[str]] = {"file": set(loaded.texts), "folder": set(), "glob": set()}
    for target in loaded.graph.targets.values():
        for one in (*target.inputs, *target.sources, *target.made):
            found[one.kind].add(one.path)
        if target.depfile:
            found["file"].add(target.depfile)
    for family in loaded.families.all.values():
        for _, entries in family.axes:
            for entry in entries:
                if isinstance(entry, FilePattern):
                    found[entry.kind].add(entry.path)
    for one in more:
        found[one.kind].add(one.path)
    return Watched(*map(frozenset, found.values()))
