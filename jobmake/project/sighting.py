"""What a build looked at, put together for the next one: if all of it is as it was, there is
nothing to do, and nobody needs to load the project to say so.

Knows what was noted (`memory/looks.py`), and for which builds that is all that counts. It is
not for targets that are judged in every build (`Target.is_restless`), nor for projects with
plugins or reports, nor for secret variables, of which no quick digest is to be kept. Does not
decide whether a target is up to date: a build did.

Invariant: whatever is in doubt, nothing is put together, and the next build looks itself.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from itertools import starmap

from jobmake.engine.borneout import differing
from jobmake.engine.published import beside, leads_to
from jobmake.memory import keptgraph
from jobmake.memory.section import encoded, values_digest
from jobmake.memory.stamps import MARGIN, signature
from jobmake.memory.trust import mark
from jobmake.model import events
from jobmake.model.secrets import is_secret
from jobmake.model.state import State
from jobmake.project.graphkeeping import graph_to_keep
from jobmake.tools.digest import is_of_bytes
from jobmake.tools.display import one_line
from jobmake.tools.globbing import FILE, FOLDER
from jobmake.tools.linux import seconds_since_start
from jobmake.tools.pathnames import parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.memory.looks import Looks
    from jobmake.memory.section import Listed, Section
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.model.target import Published, Target
    from jobmake.project.opened import Opened

_GOOD = (State.FRESH, State.BUILT, State.RESTORED)


class Doubt(Exception):
    """Why nothing is to be kept of what a build looked at."""


def heard(emit: Callable[[Event], None], looks: Looks) -> Callable[[Event], None]:
    """Return what tells events, and takes note of those that the next build would tell, too."""

    def tell(event: Event) -> None:
        if isinstance(event, events.Notice | events.PlanGrew | events.Trouble):
            looks.spoil("more was told than that all is up to date")
        emit(event)

    return tell


def sighting(
    project: Opened, judge: Judge, summary: Summary, states: Mapping[str, State], *, told: bool
) -> tuple[list[str], bytes]:
    """Return the files that a build looked at, and the rest as bytes; with it the graph is kept.
    ``told``: the names of all targets are told. Raises Doubt, TargetError for what cannot be read,
    and OSError."""
    looks = project.settings.looks
    assert looks is not None
    targets = [judge.graph.targets[name] for name in states]
    refuse(project, judge, summary, states, looks)
    if told and (summary.built or summary.restored):
        raise Doubt("the order of the names is not known")
    # where nothing was made, what was seen first was seen to the end
    known = set() if looks.forgetful or summary.built or summary.restored else looks.borne_out
    for target in targets:
        refuse_target(target, judge, looks, known)
    graph = None if told else graph_to_keep(project, judge, states)
    files, rest = _Sighting(project, judge, looks).put_together(targets, summary, told=told)
    if graph is not None:
        rest["graph"] = graph[0]
        keptgraph.write(project.layout.graphs, *graph)
    return files, encoded(rest)


def refuse(
    project: Opened, judge: Judge, summary: Summary, states: Mapping[str, State], looks: Looks
) -> None:
    """Raise Doubt for builds of which the next one may follow from more than was noted."""
    records, settings = judge.records, project.settings
    pairs = ((one, "") for one in settings.overrides)
    doubts = {
        looks.spoiled: bool(looks.spoiled),
        "it did not end well": not summary.ok or summary.stopped_by is not None,
        "nothing was wanted": not (summary.fresh or summary.built or summary.restored),
        "targets in odd states": any(one not in _GOOD for one in states.values()),
        "plugins": bool(project.registry.plugins or project.left_out),
        "reports": bool(project.jobfile.reports),
        "runs that did not finish": bool(records.unfinished()),
        "the lockfile": records.taken_over or records.damaged is not None,
        "secrets": any(starmap(is_secret, (*looks.environ.items(), *pairs))),
        "every file is read": settings.margin == float("inf"),
    }
    for doubt, holds in doubts.items():
        if holds:
            raise Doubt(doubt)


def refuse_lockfile(judge: Judge, path: str) -> None:
    """Raise Doubt if the lockfile is not what was read or written last."""
    if judge.records.taken_over or not is_of_bytes(
        judge.files.digest(path), judge.records.lock_digest
    ):
        raise Doubt("the lockfile changed meanwhile")


def refuse_target(target: Target, judge: Judge, looks: Looks, known: Container[str]) -> None:
    """Raise Doubt for a target that depends on more than files and values, and for one whose
    record does not name what was seen; of the ``known`` ones that was found before."""
    if target.is_restless:
        raise Doubt(f"`{target.name}` is judged in every build")
    if target.is_group or target.name in known:
        return
    record = judge.records.get(target.name)
    if record is None:
        raise Doubt(f"`{target.name}` has no record")
    other = differing(judge, target, record, looks)
    if other is not None:
        raise Doubt(f"`{other}` is not as it is recorded")


class _Sighting:
    """Sorts what was noted."""

    def __init__(self, project: Opened, judge: Judge, looks: Looks) -> None:
        self._project, self._judge, self._looks = project, judge, looks
        self._root = project.layout.root
        self._began_ns = int((time.time() - seconds_since_start() - MARGIN) * 1e9)
        self._files: list[str] = []
        self._absent: dict[str, None] = {}
        self._there: dict[str, str] = {}  # FILE or FOLDER
        self._real: dict[str, None] = {}
        self._links: dict[str, str] = dict(looks.links)

    def put_together(
        self, targets: Iterable[Target], summary: Summary, *, told: bool
    ) -> tuple[list[str], Section]:
        """Return the files, and the rest."""
        self._take_what_was_read()
        self._take_published(targets)
        self._take_content()
        self._take_kinds()
        self._take_ways()
        done = (*summary.fresh, *summary.built, *summary.restored)
        variables = tuple(sorted(self._looks.environ))
        values = {name: one for name, one in self._looks.environ.items() if one is not None}
        rest: Section = {
            "targets": len(done),
            "names": tuple(map(one_line, done)) if told else None,
            "absent": sorted(self._absent),
            "files": sorted(path for path, kind in self._there.items() if kind == FILE),
            "folders": sorted(path for path, kind in self._there.items() if kind == FOLDER),
            "listed": self._listed(),
            "real": sorted(self._real),
            "links": sorted(self._links.items()),
            "exact": sorted(self._exact()),
            "variables": variables,
            "values": values_digest(variables, values),
            "graph": b"",
            "due": (),
            "journal": None,
        }
        return self._files, rest

    def _take_what_was_read(self) -> None:
        """Take the files that others read: they must hold still what was read."""
        layout, digests = self._project.layout, dict(self._looks.read)
        digests |= self._project.jobfile.digests
        for path, digest in digests.items():
            if not is_of_bytes(self._judge.files.digest(path), digest):
                raise Doubt(f"`{path}` changed meanwhile")
        refuse_lockfile(self._judge, os.path.basename(layout.lockfile))

    def _take_content(self) -> None:
        entries, folders = self._judge.files.entries, self._looks.folders
        for path, digest in self._looks.digests.items():
            if digest is None:
                self._absent[path] = None
            elif path in folders:
                self._there[path] = FOLDER
            elif path in entries and entries[path][1] == digest:
                self._files.append(path)
            else:
                raise Doubt(f"`{path}` is not in the index as it was seen")

    def _take_kinds(self) -> None:
        folders, known = self._looks.folders, set(self._files)
        for path, kind in self._looks.kinds.items():
            if not kind:
                self._absent[path] = None
            elif kind not in (FILE, FOLDER):
                raise Doubt(f"`{path}` is neither a file nor a folder")
            elif not (kind == FILE and path in known) and not (kind == FOLDER and path in folders):
                self._there[path] = kind
        for path in self._absent:
            if path in known or path in self._there or path in folders:
                raise Doubt(f"`{path}` came or went meanwhile")
        layout, environ = self._project.layout, self._project.settings.environ
        self._there[layout.own(".gitignore")] = FILE
        trusted = mark(layout.root, environ)
        if trusted is not None:
            self._there[trusted] = FILE

    def _take_published(self, targets: Iterable[Target]) -> None:
        for one in (one for target in targets for one in target.publish):
            if one.copy:
                self._look_at_copy(one)
                self._real[one.path] = None
                self._absent.update(dict.fromkeys(beside(one.path)))
            else:
                self._links[one.path] = leads_to(one)

    def _look_at_copy(self, one: Published) -> None:
        """Look at what is in a copy: a build that put it there did not look at it again."""
        files = self._judge.files
        if files.digest(one.path) != files.digest(one.output):
            raise Doubt(f"`{one.path}` is not the copy that it was")
        if self._looks.spoiled:  # it was another before
            raise Doubt(self._looks.spoiled)

    def _take_ways(self) -> None:
        """Take the folders above all paths, and where links among them lead: by a link in place
        of one, the same files may be those that a target makes."""
        folders = [path for path, kind in self._there.items() if kind == FOLDER]
        places = (*self._files, *self._absent, *self._there, *self._links, *self._real)
        ways = {above for path in (*places, *self._looks.folders) for above in parents(path)}
        todo = [*ways.union(folders, self._looks.folders)]
        seen = set(todo)
        while todo:
            for way in self._take_way(todo.pop()):
                if way not in seen:
                    seen.add(way)
                    todo.append(way)

    def _take_way(self, path: str) -> list[str]:
        """Take one folder; return where it leads, if it is a link."""
        full = os.path.join(self._root, path)
        try:
            status = os.lstat(full)
        except (FileNotFoundError, NotADirectoryError):
            self._absent[path] = None
            return []
        if not stat.S_ISLNK(status.st_mode):
            self._real[path] = None
            return []
        text = self._links[path] = os.readlink(full)
        if not self._is_older(status) or "/.." in text.lstrip("./"):
            raise Doubt(f"the link `{path}` is new, or winds")
        inside = f"{os.path.realpath(self._root)}/"
        real = os.path.normpath(os.path.join(os.path.realpath(os.path.dirname(full)), text))
        leads = real.removeprefix(inside)
        return [leads, *parents(leads)]

    def _listed(self) -> list[Listed]:
        return sorted((path, *one) for path, one in self._looks.folders.items())

    def _exact(self) -> Iterable[tuple[str, tuple[int, int, int, int, int] | None]]:
        """Yield what is not to change at all: our own state, and what is installed."""
        layout = self._project.layout
        for path in (layout.left, layout.own("outside")):
            yield path, _signature_at(path)
        if self._judge.code is None and self._project.python.declared_by is None:
            return
        for folder in dict.fromkeys(map(os.path.abspath, sys.path[1:])):
            now = _signature_at(folder)
            if now is not None and max(now[2:4]) > self._began_ns:
                raise Doubt(f"something was installed in `{folder}`")
            yield folder, now

    def _is_older(self, status: os.stat_result) -> bool:
        """Say whether something was as it is when this process began."""
        return max(status.st_mtime_ns, status.st_ctime_ns) < self._began_ns


def _signature_at(path: str) -> tuple[int, int, int, int, int] | None:
    try:
        return signature(os.stat(path))
    except OSError:
        return None
