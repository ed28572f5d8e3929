"""Outputs made from objects: first beside their places, then, all of them verified, in them.

Knows temporary names, what is on the way, and how one thing takes the place of another.
Does not know where traces come from.

Invariants: nothing is under its own name before everything is verified; nothing is written
through a link that leads out of the project; what a kill leaves has a name of ours, which
`remove_leftovers` knows.
"""

from __future__ import annotations

import os

from jobmake.caches.objects import Unkept
from jobmake.caches.tree import decode, digest_of, is_below, is_safe, look
from jobmake.model.cached import Miss
from jobmake.tools.pathnames import normal, parents
from jobmake.tools.regex import regex
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jobmake.caches.objects import Objects
    from jobmake.caches.tree import Tree
    from jobmake.model.cached import Trace

_OURS = regex(r"\.jobmake-(\d+)-\d+\.(?:tmp|old)")


class Staged(Value):
    """An output that is made and verified, at ``temporary`` in the folder of ``place``."""

    path: str
    temporary: str
    place: str


class Stage:
    """The restoring of some outputs of one trace below ``root``."""

    def __init__(self, objects: Objects, trace: Trace, root: str) -> None:
        self._objects, self._trace, self._root = objects, trace, root
        self._staged: list[Staged] = []
        self._folders: set[str] = set()  # that were made, and lead where they should

    def restore(self, only: Collection[str]) -> None:
        """Stage the outputs, then put each in its place. Raises Miss."""
        # what is in a folder that is restored comes with the folder
        wanted = [
            path
            for path in sorted(only)
            if not any(f"{above}/" in only for above in parents(path.rstrip("/")))
        ]
        try:
            for path in wanted:
                self._stage(path)
            for staged in self._staged:
                if staged.path in self._trace.links:
                    self._check_link(staged, wanted)
            while self._staged:
                _put(self._staged[0])
                self._staged.pop(0)
        except OSError as error:
            raise Miss(_trouble(error)) from None
        except Unkept as error:
            raise Miss(str(error)) from None
        finally:
            for staged in self._staged:
                _remove(staged.temporary)

    def _stage(self, path: str) -> None:
        digest = self._trace.outputs.get(path)
        if digest is None or not is_safe(path):
            raise Miss(f"`{path}` is no output of the kept run")
        place = os.path.join(self._root, path.rstrip("/"))
        folder = os.path.dirname(place)
        self._make_way(folder)
        temporary = f"{folder}/.jobmake-{os.getpid()}-{len(self._staged)}.tmp"
        _remove(temporary)
        self._staged.append(Staged(path, temporary, place))
        if path in self._trace.links:
            os.symlink(self._trace.links[path], temporary)
        elif path.endswith("/"):
            self._stage_folder(digest, temporary)
        else:
            self._objects.fetch(digest, temporary)

    def _stage_folder(self, digest: str, temporary: str) -> None:
        tree = self._manifest(digest)
        os.mkdir(temporary)
        made = {""}
        for path, member in tree.files:
            _make_folder(temporary, os.path.dirname(path), made)
            self._objects.fetch(member, f"{temporary}/{path}")
        for path in tree.empty_folders:
            _make_folder(temporary, path, made)
        for path, text in tree.links.items():
            _make_folder(temporary, os.path.dirname(path), made)
            os.symlink(text, f"{temporary}/{path}")
        if tree.links:
            known = dict(tree.files)
            if look(temporary, lambda path: known.get(path, "")).digest != digest:
                raise Miss("its links do not lead any more to what they led to")

    def _manifest(self, digest: str) -> Tree:
        data = self._objects.read(digest, "-d")
        tree = decode(data, digest)
        if tree is None:
            raise self._objects.damaged(digest, "-d")
        self._objects.refresh(self._objects.path(digest, "-d"))
        return tree

    def _check_link(self, staged: Staged, wanted: Collection[str]) -> None:
        """A link is verified by what it leads to, which may be restored with it."""
        outputs, path = self._trace.outputs, staged.path.rstrip("/")
        leads_to = normal(os.path.join(os.path.dirname(path), self._trace.links[staged.path]))
        for other in (leads_to, leads_to + "/"):
            if other in wanted and outputs[other] == outputs[staged.path]:
                return
        if digest_of(staged.temporary) != outputs[staged.path]:
            raise Miss(f"`{staged.path}` is a link, and what it leads to has changed")

    def _make_way(self, folder: str) -> None:
        if folder in self._folders:
            return
        if not is_below(folder, self._root):
            raise Miss(f"`{folder}` leads out of the project's folder by a link")
        os.makedirs(folder, exist_ok=True)
        self._folders.add(folder)


def remove_leftovers(folders: Iterable[str]) -> None:
    """Remove what a restore that was killed has left in some folders. Only the one who holds
    the project may do this."""
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            match = _OURS.fullmatch(name)
            if match and int(match[1]) != os.getpid():
                _remove(os.path.join(folder, name))


def _make_folder(root: str, path: str, made: set[str]) -> None:
    if path not in made:
        os.makedirs(f"{root}/{path}", exist_ok=True)
        made.add(path)


def _put(staged: Staged) -> None:
    """Let an output take its place. Raises OSError."""
    try:
        os.rename(staged.temporary, staged.place)
    except OSError:
        if not os.path.lexists(staged.place):
            raise
        # a folder is in the way of a file, or the other way round, or it is not empty
        old = f"{staged.temporary.removesuffix('.tmp')}.old"
        _remove(old)
        os.rename(staged.place, old)
        try:
            os.rename(staged.temporary, staged.place)
        except OSError:
            os.rename(old, staged.place)
            raise
        _remove(old)


def _remove(path: str) -> None:
    import shutil

    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def _trouble(error: OSError) -> str:
    place = f" `{error.filename2 or error.filename}`" if error.filename else ""
    return f"cannot write{place}: {error.strerror}"
