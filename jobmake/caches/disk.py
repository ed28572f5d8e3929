"""The cache in a folder of this machine: outputs by content, traces by action key.

    FOLDER/CACHEDIR.TAG, .gitignore     keep backups and git away
    FOLDER/v1/objects/a/…               contents and manifests (see objects.py)
    FOLDER/v1/traces/a/…                what runs made (see traces.py)
    FOLDER/v1/size                      about how much there is (see bounds.py)
    FOLDER/v1/tmp/                      what is being written

Several builds, also of several projects, may use one folder at once, and be killed at any
instant: there are no locks, only whole files that are renamed into being.

Trust: digests are XXH3-128. That is proof against accident (damage, a half-written file, an
output edited meanwhile), not against an attacker: whoever can write the folder can choose
what is restored, and two contents of one digest can be made on purpose. So the folder is
its owner's alone (0700).

Invariants: trouble with the cache is a reason not to keep, or a miss; never an error.
Nothing is looked through in a build that kept nothing.
"""

from __future__ import annotations

import os
import time

from jobmake.caches.bounds import Bounds
from jobmake.caches.objects import Objects, Unkept, digest_of_name, unlink_quietly
from jobmake.caches.traces import Traces
from jobmake.memory.resultfiles import result_parts
from jobmake.model.cached import Miss, NotKept
from jobmake.tools.atomic import write_whole
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from jobmake.model.cached import Trace, Trimmed, Used

LAYOUT = "v1"
_LABELS = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This folder is a cache of jobmake's. See https://bford.info/cachedir/\n",
    ".gitignore": b"*\n",
}
_AFTER_TRIM = 0.9  # of the limit: so that not each build has to trim
_NOTE_EVERY = 1 << 26  # bytes kept after which the estimate is told, lest a kill loses more


class DiskCache:
    """The cache in ``folder``, which is made when the first run is kept; ``limit`` is in
    bytes. ``wall`` gives seconds since 1970."""

    def __init__(self, folder: str, limit: int, wall: Callable[[], float] = time.time) -> None:
        self.folder, self.limit, self._wall = folder, limit, wall
        inner = f"{folder}/{LAYOUT}"
        self._inner = inner
        self._objects = Objects(f"{inner}/objects", f"{inner}/tmp")
        self._traces = Traces(f"{inner}/traces", self._objects)
        self._bounds = Bounds(inner)
        self._added = 0  # bytes of traces that the estimate does not know of
        self._kept_any = False
        self._ready = False
        self._given_up: NotKept | None = None

    def find(self, key: str) -> list[Trace]:
        """Return what runs of this key made, the newest first. Writes nothing."""
        return self._traces.find(key)

    def holds(self, digest: str) -> bool:
        """Say whether it has what is of this digest: a file, or a folder."""
        try:
            places = (self._objects.path(digest), self._objects.path(digest, "-d"))
        except Miss:
            return False
        return any(os.path.lexists(place) for place in places)

    def keep(self, key: str, trace: Trace, root: str) -> NotKept | None:
        """Keep a run's outputs and result files, then its trace; return why not, where they are
        not kept."""
        if self._given_up is not None:
            return self._given_up
        try:
            self._make_ready()
            self._objects.room = self.limit
            links = {}
            for path, digest in trace.outputs.items():
                full = os.path.join(root, path.rstrip("/"))
                if os.path.islink(full):
                    links[path] = self._link(full, digest, root)
                elif path.endswith("/"):
                    self._keep_folder(full, digest, root)
                else:
                    self._objects.put_file(full, digest)
            for _, path, digest in result_parts(trace):
                self._objects.put_file(os.path.join(root, path), digest)
            if links:
                trace = replace(trace, links=links)
            self._added += self._traces.add(key, trace)
            self._kept_any = True
        except (Unkept, Miss) as error:
            return NotKept(str(error).replace(f"`{root}/", "`"))
        except OSError as error:
            self._given_up = NotKept(
                f"cannot write to the cache `{self.folder}`: {error.strerror or error}",
                lasting=True,
            )
            return self._given_up
        finally:
            if self._objects.added + self._added > _NOTE_EVERY:
                self._note()
        return None

    def restore(self, trace: Trace, root: str, only: Collection[str]) -> None:
        """Put the outputs named in ``only`` in their places. Raises Miss.

        What is there is replaced: the caller has put aside what is not jobmake's.
        """
        from jobmake.caches.staging import Stage

        Stage(self._objects, trace, root).restore(only)
        if trace.key:
            self._traces.refresh(trace.key)

    def read(self, digest: str) -> bytes:
        """Return the content of this digest, verified. Raises Miss."""
        return self._objects.read(digest)

    def used(self) -> Used:
        """Return how much there is. Writes nothing."""
        return self._bounds.used()

    def trim(self, limit: int | None = None, *, dry_run: bool = False) -> Trimmed:
        """Remove what was used least recently until the rest is at most ``limit`` bytes (the
        cache's own limit if it is not given)."""
        if not dry_run:
            self._bounds.sweep(self._wall())
        return self._bounds.trim(self.limit if limit is None else limit, dry_run=dry_run)

    def verify(self) -> Iterator[str]:
        """Yield, and remove, each object that is damaged."""
        for one in self._bounds.look():
            if not one.is_object:
                continue
            name = os.path.basename(one.path)
            try:
                self._verify(one.path, name)
            except Miss:
                yield name
            except (FileNotFoundError, PermissionError):
                continue  # somebody trims, or it is another person's
            except OSError:
                unlink_quietly(one.path)
                yield name

    def clear(self) -> Trimmed:
        """Remove everything."""
        return self.trim(0)

    def close(self) -> None:
        """Tell the estimate what was kept, and trim if it says so."""
        self._note()
        if self._kept_any and self._bounds.is_due(self.limit):
            self._bounds.sweep(self._wall())
            self._bounds.trim(self.limit, leave=int(self.limit * _AFTER_TRIM))
        self._kept_any = False

    def _keep_folder(self, folder: str, digest: str, root: str) -> None:
        from jobmake.caches.tree import check_links, encode, look

        tree = look(folder, lambda path: self._objects.put_file(f"{folder}/{path}"))
        if tree.digest != digest:
            raise Unkept(f"`{folder}/` was changed after the run")
        check_links(tree, folder, root)
        self._objects.put_bytes(digest, encode(tree), "-d")

    def _link(self, full: str, digest: str, root: str) -> str:
        from jobmake.caches.tree import check_link, digest_of

        check_link(full, root)
        if digest_of(full) != digest:
            raise Unkept(f"`{full}` was changed after the run")
        return os.readlink(full)

    def _verify(self, path: str, name: str) -> None:
        digest = digest_of_name(name)
        if name.endswith("-d"):
            from jobmake.caches.tree import decode

            if decode(self._objects.read(digest, "-d"), digest) is None:
                raise self._objects.damaged(digest, "-d")
        elif not self._objects.is_intact(path):
            raise self._objects.damaged(digest)

    def _note(self) -> None:
        added = self._objects.added + self._added
        if added:
            self._bounds.note(added)
            self._objects.added = self._added = 0

    def _make_ready(self) -> None:
        """Make the folders. Raises OSError."""
        if self._ready:
            return
        is_new = not os.path.isdir(f"{self._inner}/objects")
        if is_new:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            # nothing is put beside other people's files
            is_ours = {os.path.basename(self._inner), *_LABELS}.issuperset(os.listdir(self.folder))
            os.makedirs(aside := f"{self._inner}/tmp", 0o700, exist_ok=True)
            for name in _LABELS if is_ours else ():
                write_whole(f"{self.folder}/{name}", _LABELS[name], durable=False, aside=aside)
        for name in ("tmp", "traces", "objects"):
            os.makedirs(f"{self._inner}/{name}", 0o700, exist_ok=True)
        if is_new:
            self._bounds.begin()
        self._ready = True
