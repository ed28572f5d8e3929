"""All places that matter: from what is wanted to the folders that are watched, and from what
happens in these back to names.

Knows links, and that what is on the disk may be another thing the next moment. Does not know
how folders are watched.

Invariant: a folder is watched before it is looked into, so that what comes into it meanwhile is
seen the one way or the other; whatever ceases to be watched is told as changed.
"""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from jobmake.tools.pathnames import has_magic, static_folder
from jobmake.watch.changes import Watched
from jobmake.watch.folders import Folders
from jobmake.watch.place import ALL, Place, Steps
from jobmake.watch.source import What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.watch.folders import Folder
    from jobmake.watch.source import Happening, Source

_MOST_LINKS = 40  # as the kernel counts

Entry = tuple[Place, str]  # an entry of a place


class Places:
    """What is watched below ``root``, which is a real path, and outside."""

    def __init__(self, root: str, source: Source, notice: Callable[[str], None]) -> None:
        self._root = root
        self._folders = Folders(source, notice)
        self._wanted = Watched()
        self._project, self._outside = Place("", None, ""), Place("/", None, "")
        self._project.end, self._outside.end = root, "/"
        self.told: set[str] = set()  # names, until somebody takes them
        self.is_lost = False  # nothing can be said any more of what happens

    # -- what is wanted ----------------------------------------------------------------

    def watch(self, wanted: Watched) -> None:
        """Watch what is wanted from now on. Raises NoRoomError.

        Told is only what was watched before and is now watched by another watch."""
        before, self._wanted = self._wanted, wanted
        if not self._project.hops and self._root != "/":
            # the project's own folder can be moved away, too
            self._hold_hop(self._project, *os.path.split(self._root))
        again = self._patterns_change(before, wanted)
        for path in before.files - wanted.files:
            self._forget(path)
        for place in again:
            if place.is_attached():
                self._lose_below(place)
                self._fill(place)
        told = self.told if before != Watched() else set()
        self.told = set()
        for path in wanted.files - before.files:
            place = self._pinned(posixpath.dirname(path))
            leaf = posixpath.basename(path)
            if leaf and leaf not in place.leaves:
                place.leaves.add(leaf)
                if place.end is not None:
                    self._hold_end(place)
                    self._leaf(place, leaf)
        self.told = told

    def _patterns_change(self, before: Watched, wanted: Watched) -> list[Place]:
        """Add and remove globs and folders; return the places whose insides are to be watched
        anew."""
        found: dict[Place, None] = {}
        old, new = set(_patterns(before)), set(_patterns(wanted))
        for folder, steps in new - old:
            place = self._pinned(folder)
            place.asked.add(steps)
            found[place] = None
        for folder, steps in old - new:
            if (gone := self._find(folder)) is not None:
                gone.asked.discard(steps)
                self._unpin(gone)
                found[gone] = None
        return [one for one in found if not any(above in found for above in _above(one))]

    def _forget(self, path: str) -> None:
        place = self._find(posixpath.dirname(path))
        leaf = posixpath.basename(path)
        if place is None or leaf not in place.leaves:
            return
        place.leaves.discard(leaf)
        child = place.children.get(leaf)
        if child is not None and not child.pins and not child.inherited and leaf not in place.seen:
            self._drop(child)
        self._unpin(place)

    def _pinned(self, path: str) -> Place:
        """Return the place of a folder, with one thing more that is wanted of it."""
        place = self._outside if path.startswith("/") else self._project
        place.pins += 1
        for entry in path.split("/"):
            if entry in ("", "."):
                continue
            is_new = entry not in place.children
            above, place = place, place.child(entry)
            place.pins += 1
            if is_new and above.end is not None:
                self._hold_end(above)
                self._resolve(place)
        return place

    def _find(self, path: str) -> Place | None:
        place: Place | None = self._outside if path.startswith("/") else self._project
        for entry in path.split("/"):
            if place is not None and entry not in ("", "."):
                place = place.children.get(entry)
        return place

    def _unpin(self, place: Place) -> None:
        """Take one thing away that is wanted of a place, and what nobody wants any more."""
        for one in (place, *_above(place)):
            one.pins -= 1
            above = one.parent
            if not one.pins and not one.inherited and above is not None:
                self._drop(one)
                if one.entry in above.leaves or one.entry in above.seen:
                    self._enter_again(above, one.entry)  # still a file or a link that counts

    def count(self) -> int:
        """Return how many files are watched, those counted that are yet to come."""
        found, todo = 0, [self._project, self._outside]
        while todo:
            place = todo.pop()
            found += len(place.leaves | place.seen)
            todo.extend(place.children.values())
        return found

    # -- what happens ------------------------------------------------------------------

    def take(self, happenings: Iterable[Happening]) -> None:
        """Tell the names of what happened. Raises NoRoomError."""
        for watch, entry, what in happenings:
            if what is What.LOST:
                self.is_lost = True
            elif what is What.ENDED:
                for folder in self._folders.ended(watch):
                    self._end(folder)
            else:
                for folder in self._folders.by_watch(watch):
                    self._happened(folder, entry, what)

    def _happened(self, folder: Folder, entry: str, what: What) -> None:
        hops = folder.hops.get(entry, ())
        if what is What.WRITTEN:
            # of a way that goes on, it is the folder that leads on
            self.told.update(one.name for one in hops if one.hops[-1] == (folder.path, entry))
            for place in folder.places:
                if entry in place.leaves or entry in place.seen:
                    self.told.add(place.named(entry))
        elif what is What.REPLACED:
            self.is_lost |= self._project in hops
            through = [(one.parent, one.entry) for one in hops if one.parent is not None]
            self._look_again([*through, *((place, entry) for place in folder.places)])
        else:
            closed = [one for one in hops if one.end is None or not self._is_open(one.end)]
            self._look_again((one.parent, one.entry) for one in closed if one.parent is not None)

    def _is_open(self, folder: str) -> bool:
        return self._folders.is_watched(folder) and os.access(folder, os.R_OK | os.X_OK)

    def _end(self, folder: Folder) -> None:
        places = {*folder.places, *(one for found in folder.hops.values() for one in found)}
        if any(place.parent is None for place in places):
            self.is_lost = True  # the project's own folder
        self._look_again((one.parent, one.entry) for one in places if one.parent is not None)

    def _look_again(self, entries: Iterable[Entry]) -> None:
        """Find out what entries are now; all that is, or was, behind them is told."""
        found = dict.fromkeys(entries)
        for place, entry in found:
            child = place.children.get(entry)
            if child is not None:
                self._lose(child)
                child.inherited = frozenset()
                if not child.pins:
                    del place.children[entry]
        for place, entry in found:
            if place.is_attached():
                self._enter_again(place, entry)

    def _enter_again(self, place: Place, entry: str) -> None:
        child = place.children.get(entry)
        if entry in place.leaves or child is not None:
            self.told.add(place.named(entry))
        if entry in place.seen:
            place.seen.discard(entry)
            self.told.add(place.named(entry))
        if place.end is None:
            return
        if child is not None and child.hops:
            self._lose(child)  # looked at meanwhile, with what is above it
        entered = None
        if place.patterns and any(place.passes(entry)):
            try:
                mode = os.lstat(os.path.join(place.end, entry)).st_mode
            except OSError:
                mode = 0
            if mode:
                entered = self._enter(place, entry, mode)
            elif place.passes(entry)[0]:
                self.told.add(place.named(entry))
        if entry in place.leaves:
            self._leaf(place, entry)
        if child is not None and child.pins and not child.hops:
            self._resolve(child)
            entered = child
        if entered is not None:
            self._fill(entered)

    # -- from names to folders ---------------------------------------------------------

    def _resolve(self, place: Place) -> None:
        """Find the folder that a place is, by way of all links."""
        above = place.parent
        place.end, place.linked = None, False
        if above is None or above.end is None:
            return
        if place.entry == "..":
            place.end = os.path.dirname(above.end)
            return
        at, todo, links, mode = above.end, [place.entry], 0, 0
        while todo:
            step = todo.pop()
            if step in ("", ".", ".."):
                at, mode = (os.path.dirname(at) if step == ".." else at), stat.S_IFDIR
                continue
            self._hold_hop(place, at, step)
            path = os.path.join(at, step)
            try:
                mode = os.lstat(path).st_mode
                if stat.S_ISLNK(mode):
                    at, steps = self._link(at, os.readlink(path))
                    todo.extend(reversed(steps))
                    place.linked, links = True, links + 1
                    if links > _MOST_LINKS:
                        return
                    continue
            except OSError:
                return
            at = path
        if stat.S_ISDIR(mode):
            place.end = at
        elif place.linked:
            self._folders.hold(place.hops[-1][0], whole=True)

    def _link(self, at: str, text: str) -> tuple[str, list[str]]:
        """Return where a link begins to lead, and by which steps."""
        if not text.startswith("/"):
            return at, text.split("/")
        if text.startswith(self._root + "/"):
            return self._root, text[len(self._root) + 1 :].split("/")
        return "/", text.split("/")

    def _hold_hop(self, place: Place, path: str, entry: str) -> None:
        folder = self._folders.hold(path, whole=entry == "")
        folder.hops.setdefault(entry, set()).add(place)
        place.hops.append((path, entry))

    def _hold_end(self, place: Place) -> None:
        if place.end is not None:
            whole = bool(place.leaves or place.patterns)
            self._folders.hold(place.end, whole=whole).places.add(place)

    def _leaf(self, place: Place, leaf: str) -> None:
        """See to it that a wanted file is seen even if it is a link, or has other names."""
        assert place.end is not None
        path = os.path.join(place.end, leaf)
        try:
            status = os.lstat(path)
        except OSError:
            return
        self.told.add(place.named(leaf))
        is_link = stat.S_ISLNK(status.st_mode)
        if not is_link and status.st_nlink == 1 and self._folders.is_watched(place.end):
            return
        if is_link or stat.S_ISREG(status.st_mode):
            child = place.child(leaf)
            if not child.hops:
                self._resolve(child)
            if not is_link:
                self._hold_hop(child, path, "")  # the file itself

    def _fill(self, place: Place) -> None:
        """Watch what is wanted in a place that is resolved, and tell what there is of it."""
        todo = [place]
        while todo:
            one = todo.pop()
            if one.end is None or not one.is_watched:
                continue
            self._hold_end(one)
            for leaf in one.leaves:
                self._leaf(one, leaf)
            if one.patterns:
                todo.extend(self._listed(one))
            for child in tuple(one.children.values()):
                if child.pins and not child.hops:
                    self._resolve(child)
                    self.told.add(child.name)
                    todo.append(child)

    def _listed(self, place: Place) -> list[Place]:
        """Enter all that is in a folder; return the places that are to be filled."""
        assert place.end is not None
        try:
            with os.scandir(place.end) as listing:
                entries = list(listing)
        except OSError:
            return []
        found = []
        for entry in entries:
            mode = stat.S_IFREG
            if entry.is_symlink():
                mode = stat.S_IFLNK
            elif entry.is_dir(follow_symlinks=False):
                mode = stat.S_IFDIR
            child = self._enter(place, entry.name, mode)
            if child is not None:
                found.append(child)
        return found

    def _enter(self, place: Place, entry: str, mode: int) -> Place | None:
        """Take an entry in that globs and folders let through; return it if it goes on there."""
        matched, onward, linked = place.passes(entry)
        is_link, is_folder = stat.S_ISLNK(mode), stat.S_ISDIR(mode)
        patterns = linked if is_link else onward if is_folder else frozenset[Steps]()
        if matched and (not is_folder or ALL in onward):
            self.told.add(place.named(entry))
            place.seen.add(entry)
        if not patterns and not (is_link and matched):
            return None
        child = place.child(entry)
        if not child.hops:
            self._resolve(child)
        child.inherited = patterns
        if child.linked and child.end is not None and place.leads_up(child.end):
            child.inherited -= {ALL}  # it would have no end
        return child

    # -- the end of places -------------------------------------------------------------

    def _drop(self, place: Place) -> None:
        self._lose(place)
        if place.parent is not None:
            place.parent.children.pop(place.entry, None)

    def _lose(self, place: Place) -> None:
        """Watch a place no more, nor what is below it; all of it is told."""
        self._lose_below(place)
        self.told.add(place.name)
        self._folders.leave(place)

    def _lose_below(self, place: Place) -> None:
        todo = [place]
        while todo:
            one = todo.pop()
            self.told.update(map(one.named, one.leaves))
            self.told.update(map(one.named, one.seen))
            one.seen.clear()
            todo.extend(one.children.values())
            if one is not place:
                self.told.add(one.name)
                self._folders.leave(one)
                one.inherited = frozenset()
            one.children = {entry: child for entry, child in one.children.items() if child.pins}


def _patterns(watched: Watched) -> Iterable[tuple[str, Steps]]:
    for folder in watched.folders:
        yield folder, ALL
    for glob in watched.globs:
        folder = static_folder(glob) if has_magic(glob) else posixpath.dirname(glob)
        if glob.startswith("/") and not folder:
            folder = "/"
        steps = glob[len(folder) :].lstrip("/") if folder else glob
        yield folder, tuple(steps.split("/"))


def _above(place: Place) -> Iterable[Place]:
    above = place.parent
    while above is not None:
        yield above
        above = above.parent
