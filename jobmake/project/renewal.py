"""What is kept of the build of an edit: all that was kept before, as it is now.

Knows what was kept, and what was noted since. Does not decide whether a target is up to date: the
build did.

Invariant: what was kept before is kept still, so that nothing is lost that counts for targets which
were not looked at; what was noted since must be among it, else nothing is kept.
"""

from __future__ import annotations

import os
from bisect import bisect_left

from jobmake.memory.index import files_of as rows_of
from jobmake.memory.stamps import signature
from jobmake.project.graphkeeping import paths_of
from jobmake.project.sighting import Doubt, refuse, refuse_lockfile, refuse_target
from jobmake.tools.digest import is_of_bytes
from jobmake.tools.globbing import FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.memory.entries import Entries
    from jobmake.memory.keptgraph import KeptGraph
    from jobmake.memory.looks import Looks
    from jobmake.memory.section import Listed, Section
    from jobmake.memory.stamps import Signature
    from jobmake.model.state import State, Summary
    from jobmake.project.opened import Opened


class Renewal:
    """What was kept: the rows of a ``section`` and a ``graph``, and what there is to compare with
    it."""

    def __init__(
        self, project: Opened, judge: Judge, entries: Entries, section: bytes, graph: KeptGraph
    ) -> None:
        self._project, self._judge, self._entries = project, judge, entries
        self._graph, (self._rows, _) = graph, rows_of(section)
        looks = project.settings.looks
        assert looks is not None
        self._looks: Looks = looks

    def renewed(
        self,
        section: Section,
        edited: Iterable[str],
        summary: Summary,
        states: Mapping[str, State],
        judged: Iterable[str],
    ) -> Section:
        """Return the section as it is now. ``edited`` are the files whose content was another
        when the build began, ``states`` those of the targets that were reached, of which some
        were ``judged``. Raises Doubt, and TargetError for what cannot be read."""
        looks, judge = self._looks, self._judge
        refuse(self._project, judge, summary, states, looks)
        targets = [judge.graph.targets[name] for name in judged]
        for target in targets:
            refuse_target(target, judge, looks, ())
            if not self._graph.has_paths(target.name, paths_of(judge, target)):
                raise Doubt(f"`{target.name}` names other files than before")
        for one in (one for target in targets for one in target.publish if one.copy):
            if judge.files.digest(one.path) != judge.files.digest(one.output):
                raise Doubt(f"`{one.path}` is not the copy that it was")
        refuse_lockfile(judge, os.path.basename(self._project.layout.lockfile))
        self._refuse_unknown(section)
        for path in edited:
            if looks.digests.get(path) is None:
                raise Doubt(f"nobody has looked at `{path}`")
        if looks.spoiled:
            raise Doubt(looks.spoiled)
        renewed = section.copy()
        renewed["listed"] = [self._listed(one) for one in section["listed"]]
        renewed["exact"] = [self._exact(*one) for one in section["exact"]]
        renewed["due"], renewed["journal"] = (), None
        return renewed

    def _refuse_unknown(self, section: Section) -> None:
        """Raise Doubt for what was seen and is not in the section as it was seen."""
        looks, absent = self._looks, set(section["absent"])
        listed = {path: digest for path, digest, _, _ in section["listed"]}
        there = {*section["files"], *section["folders"], *listed}
        links = dict(section["links"])
        for path, digest in looks.digests.items():
            if not (
                path in absent if digest is None else self._has(path, digest) or path in listed
            ):
                raise Doubt(f"`{path}` is not among what is kept")
        for path, kind in looks.kinds.items():
            is_known = (
                path in there or (kind == FILE and self._has(path)) if kind else path in absent
            )
            if not is_known:
                raise Doubt(f"`{path}` is not among what is kept")
        for path, (digest, _, _) in looks.folders.items():
            if listed.get(path) != digest:
                raise Doubt(f"other names in `{path}`")
        for path, text in looks.links.items():
            if links.get(path) != text:
                raise Doubt(f"the link `{path}` is not among what is kept")
        for path, digest in looks.read.items():
            if not (self._has(path) and is_of_bytes(self._entries[path][1], digest)):
                raise Doubt(f"`{path}` was read and is not among what is kept")
        if not looks.environ.keys() <= set(section["variables"]):
            raise Doubt("other variables were asked for")

    def _has(self, path: str, digest: str | None = None) -> bool:
        """Say whether a file is among those of the section, with a digest if one is given."""
        number = self._entries.number(path)
        if number is None:
            return False
        place = bisect_left(self._rows, number)
        if place >= len(self._rows) or self._rows[place] != number:
            return False
        return digest is None or self._entries[path][1] == digest

    def _listed(self, one: Listed) -> Listed:
        seen = self._looks.folders.get(one[0])
        return (one[0], *seen) if seen else one

    def _exact(self, path: str, known: Signature | None) -> tuple[str, Signature | None]:
        """Return what is not to change at all as it is now, where that is our own state."""
        if not path.startswith(self._project.layout.own("")):
            return path, known
        try:
            return path, signature(os.stat(path))
        except OSError:
            return path, None
