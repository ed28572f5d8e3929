"""What a build looked at: all that its answer follows from, besides what was on the command line.

    digests   what is in a file or folder; None: there is nothing
    kinds     whether there is a file, a folder, something else, or nothing
    folders   which names are in a folder, and its signature when they were listed
    links     where a link leads
    read      what others than `Files` read of a file: Jobfiles, code
    environ   which variables were asked for

Knows answers, and who may change them. Does not look by itself.

Invariant: what is noted here was the answer whenever it was asked for. Where there were two
different answers to one question, and no run stood between them that makes the thing, all of it is
``spoiled``: it proves nothing then.
"""

from __future__ import annotations

import os

from jobmake.tools.globbing import Eye
from jobmake.tools.listing import listing_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.memory.stamps import Signature


class Looks:
    """The notes of one build."""

    def __init__(self) -> None:
        self.digests: dict[str, str | None] = {}
        self.kinds: dict[str, str] = {}
        self.folders: dict[str, tuple[str, Signature, bool]] = {}  # digest, signature, settled
        self.links: dict[str, str] = {}
        self.read: dict[str, str] = {}
        self.environ: dict[str, str | None] = {}
        self.spoiled = ""
        self.borne_out: set[str] = set()  # targets whose record names what was seen
        self.forgetful = False  # whether something was seen that was made anew since

    def spoil(self, why: str) -> None:
        """Note that the answer follows from more than what is noted."""
        self.spoiled = self.spoiled or why

    def saw_content(self, path: str, digest: str | None) -> None:
        """Note the digest of a file or folder."""
        if self.digests.setdefault(path, digest) != digest:
            self.spoil(f"`{path}` changed meanwhile")

    def saw_kind(self, path: str, kind: str) -> None:
        """Note what there is at a path."""
        if self.kinds.setdefault(path, kind) != kind:
            self.spoil(f"`{path}` came or went meanwhile")

    def saw_names(self, folder: str, digest: str, signature: Signature, settled: bool) -> None:
        """Note which names are in a folder; ``settled``: its signature vouches for that."""
        known = self.folders.setdefault(folder, (digest, signature, settled))
        if known[0] != digest:
            self.spoil(f"other names in `{folder}` meanwhile")

    def saw_link(self, path: str, text: str) -> None:
        """Note what a link says."""
        if self.links.setdefault(path, text) != text:
            self.spoil(f"the link `{path}` changed meanwhile")

    def saw_bytes(self, path: str, digest: str) -> None:
        """Note what somebody read of a file."""
        if self.read.setdefault(path, digest) != digest:
            self.spoil(f"`{path}` changed meanwhile")

    def forget(self, paths: Iterable[str]) -> None:
        """Forget what was seen at paths that a run is about to make."""
        self.forgetful = True
        for path in paths:
            self.digests.pop(path, None)
            self.kinds.pop(path, None)
            self.links.pop(path, None)


class NotingEye(Eye):
    """Looks at names and kinds below ``root``, and notes them. ``is_settled`` says of a folder's
    stat, taken just now, whether it vouches for the names in it."""

    def __init__(
        self, root: str, looks: Looks, is_settled: Callable[[os.stat_result], bool]
    ) -> None:
        super().__init__(root)
        self._looks, self._is_settled = looks, is_settled

    def kind(self, path: str) -> str:
        """Say what there is at a path, behind links."""
        kind = super().kind(path)
        self._looks.saw_kind(path, kind)
        return kind

    def link(self, path: str) -> str:
        """Return what a link says."""
        text = super().link(path)
        self._looks.saw_link(path, text)
        return text

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what is in a folder; nothing where there is none."""
        from jobmake.memory.stamps import signature

        path = folder.rstrip("/") or "."
        try:
            status = os.stat(os.path.join(self.root, path))
        except (FileNotFoundError, NotADirectoryError):
            status = None
        found = super().entries(folder)
        if status is None:
            self._looks.saw_kind(path, "")
        else:
            settled = self._is_settled(status)
            self._looks.saw_names(path, listing_digest(found), signature(status), settled)
        return found


class NotedEnviron(dict[str, str]):
    """The environment; which variables are asked for is noted. Who copies all of it, for a
    process that is started, has asked for none."""

    def __init__(self, environ: dict[str, str], looks: Looks) -> None:
        super().__init__(environ)
        self._noted = looks.environ

    def __getitem__(self, name: str) -> str:
        self._noted[name] = dict.get(self, name)
        return super().__getitem__(name)

    def get(self, name: str, otherwise: object = None) -> object:  # type: ignore[override]
        """Return a variable, or else what is given."""
        self._noted[name] = dict.get(self, name)
        return dict.get(self, name, otherwise)

    def __contains__(self, name: object) -> bool:
        self._noted[str(name)] = dict.get(self, str(name))
        return super().__contains__(name)
