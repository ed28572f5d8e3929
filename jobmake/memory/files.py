"""The disk as the engine sees it: which files there are and what is in them.

Knows stats, digests, globs and folders, and reads each file at most once as long as its
signature vouches for it. Does not know targets.

Invariant: a digest is of bytes that were in the file at one instant: the file is looked
at before and after it is read, and read again if it moved.
"""

from __future__ import annotations

import os
import stat

from jobmake.memory.looks import NotingEye
from jobmake.memory.resultfiles import is_whole
from jobmake.memory.stamps import MARGIN, Clock, is_settled, signature
from jobmake.model.errors import TargetError
from jobmake.tools.digest import digest_bytes, digest_open_file, digest_texts, mark_of
from jobmake.tools.globbing import FOLDER, Eye, matches, walk
from jobmake.tools.pathnames import static_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping

    from jobmake.memory.index import Entry
    from jobmake.memory.looks import Looks
    from jobmake.memory.stamps import Signature
    from jobmake.model.fingerprint import Record
    from jobmake.model.target import FilePattern, Target

MANY_AHEAD = 1_000  # files: fewer are soon read one by one
_AHEAD = 20_000  # files that are read ahead at once: what is told of them takes memory
_FEW = 1 << 16  # bytes: sizes below are often equal
_TRIES = 5  # readings of a file that keeps changing
_NO_CONTENT = (
    "a pipe, a socket or a device has no content to be recorded: remove it, or name a file"
)


class Files:
    """The files below ``root``. ``entries`` is the index; it is updated in place. What is looked
    at is noted in ``looks``, if these are given."""

    def __init__(
        self,
        root: str,
        entries: MutableMapping[str, Entry],
        clock: Clock,
        *,
        margin: float = MARGIN,
        hidden: Callable[[str], bool] = lambda _path: False,
        looks: Looks | None = None,
    ) -> None:
        self.root, self.entries = root, entries
        self._below = os.path.join(root, "")
        self.looks = looks
        self._clock, self._margin = clock, margin
        self._trusts_stats = margin < float("inf")
        self._is_hidden = hidden
        self._eye = NotingEye(root, looks, self._is_settled) if looks is not None else Eye(root)
        self.changed = False  # whether the index is to be written

    def digest(self, path: str, kind: str = "") -> str | None:
        """Return the digest of a file or folder, or None where there is none (or not that, if
        a ``kind`` is asked for: file or folder).

        A folder's is over the sorted paths and digests of what is in it, empty folders
        included. Raises TargetError where it cannot be read.
        """
        found = self._digest(path, kind)
        if self.looks is not None and (found is not None or not kind):
            self.looks.saw_content(path, found)
        return found

    def _digest(self, path: str, kind: str) -> str | None:
        try:
            status = os.stat(self._full(path))
        except OSError as error:
            if isinstance(error, (FileNotFoundError, NotADirectoryError)):
                return None
            raise TargetError(f"cannot look at `{path}`: {error.strerror}") from None
        if stat.S_ISDIR(status.st_mode):
            if self.entries.pop(path, None) is not None:  # it was a file once
                self.changed = True
            return None if kind == "file" else self._digest_folder(path)
        if kind == "folder":
            return None
        if not stat.S_ISREG(status.st_mode):
            raise TargetError(f"`{path}` is neither a file nor a folder", _NO_CONTENT)
        known = self.entries.get(path) if self._trusts_stats else None
        if known is not None and known[2] and known[0] == signature(status):
            return known[1]
        return self._digest_file(path)

    def read_ahead(self, paths: Iterable[str]) -> None:
        """Read those files of which nothing is known yet, if they are many: together, which is
        quicker than one by one. Whatever is odd is left to who asks for it."""
        unknown = [path for path in paths if path not in self.entries]
        if len(unknown) < MANY_AHEAD or not self._trusts_stats:
            return
        from jobmake.memory.ahead import read_ahead

        for begin in range(0, len(unknown), _AHEAD):
            some = unknown[begin : begin + _AHEAD]
            found = read_ahead(list(map(self._full, some)), self._is_settled)
            for path, entry in zip(some, found, strict=True):
                if entry is not None:
                    seen, digest, settled = entry
                    self.entries[path] = (_kept(seen), digest, settled)
                    self.changed = True

    def agree(self, record: Record) -> bool:
        """Say whether all that a record says was made is there as it was made."""
        made = record.outputs.items()
        if any(self.digest(path.rstrip("/")) != digest for path, digest in made):
            return False
        return is_whole(record, self.digest)

    def exists(self, path: str) -> bool:
        """Say whether there is a file or folder at ``path``; a dangling link is none."""
        return bool(self._eye.kind(path))

    def is_there(self, pattern: FilePattern) -> bool:
        """Say whether there is a file or folder, as a pattern that is no glob says."""
        kind = self._eye.kind(pattern.path)
        return bool(kind) and (kind == FOLDER) == (pattern.kind == "folder")

    def forget(self, path: str) -> None:
        """Forget a file that is there under this name for a moment only, or is put there anew."""
        self.entries.pop(path, None)
        if self.looks is not None:
            self.looks.forget((path,))

    def is_made_anew(self, output: FilePattern) -> None:
        """Take note that what was seen of an output is of the past: a run is to make it."""
        if self.looks is None:
            return
        path = static_folder(output.path) if output.kind == "glob" else output.path
        if path in self.looks.folders:  # much may have been seen in it
            self.looks.spoil(f"`{path}` was made anew")
        self.looks.forget((path,))

    def mtime_ns(self, path: str) -> int | None:
        """Return when a file was last written, in ns, or None where there is nothing.

        Of a folder it is the newest time of what is in it and of the entries of its folders, of
        a link the newer one of its own and that of what it leads to.
        """
        full = os.path.join(self.root, path)
        newest = _newest_of_both(full)
        if newest is None or not os.path.isdir(full):
            return newest
        try:
            members = [member.rstrip("/") for member, _ in walk(self.root, path)]
        except OSError as error:
            raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None
        folders = {os.path.dirname(member) for member in members}
        found = (_newest_of_both(os.path.join(self.root, one)) for one in {*members, *folders})
        return max(newest, *(ns for ns in found if ns is not None), 0)

    def matching(self, pattern: FilePattern) -> tuple[str, ...]:
        """Return the paths that a pattern names now: sorted for a glob, else itself."""
        if pattern.kind != "glob":
            return (pattern.path,)
        try:
            found = matches(self.root, pattern.path, self._eye)
        except OSError as error:
            raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None
        for path in found:
            if not path.isascii() and any("\ud800" <= char <= "\udfff" for char in path):
                raise TargetError(f"the name of `{path!a}` is not UTF-8")
        return tuple(path for path in found if not self._is_hidden(path))

    def wrong_kind(self, pattern: FilePattern) -> str | None:
        """Say in what way what is on the disk is not what the pattern says; None if it is."""
        kind = self._eye.kind(pattern.path)
        is_folder = kind == FOLDER
        if pattern.kind == "file" and is_folder:
            return f"`{pattern.path}` is a folder: write it as `{pattern.path}/`"
        if pattern.kind == "folder" and kind and not is_folder:
            return f"`{pattern.path}/` is a file: write it without the slash"
        return None

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of all that was made with a target and exists."""
        found: dict[str, str] = {}
        for output in target.owned:
            for path in self.matching(output):
                digest = self.digest(path)
                if digest is not None:
                    found[path + "/" if output.kind == "folder" else path] = digest
        return found

    def stamps(self, paths: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
        """Return inode, size and mtime of some files, and of those in the folders among them,
        as they were when last digested. Not the ctime: a new link to a file changes it."""
        found = {}
        for path in paths:
            if path in self.entries:  # no folder is there
                found[path] = self.entries[path][0][:3]
                continue
            is_folder = os.path.isdir(os.path.join(self.root, path))
            for member, _ in walk(self.root, path) if is_folder else [(path, None)]:
                if member in self.entries:
                    found[member] = self.entries[member][0][:3]
        return found

    def written_ns(self, path: str) -> int:
        """Return when a file that was digested was last written, or its data moved, in ns."""
        known = self.entries.get(path)
        return max(known[0][2:4]) if known else 0

    def now_ns(self) -> int:
        """Return the file system's time as it is now, in ns; 0 where it cannot be known."""
        return self._clock.now_ns(fresh=True) or 0

    def _full(self, path: str) -> str:
        return path if path.startswith("/") else self._below + path

    def _digest_file(self, path: str) -> str | None:
        full = self._full(path)
        for _ in range(_TRIES):
            try:
                # non-blocking, lest a fifo put in the file's place hold us up
                descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    return None
                raise TargetError(f"cannot read `{path}`: {error.strerror}") from None
            try:
                before = os.fstat(descriptor)
                digest = digest_open_file(descriptor, before.st_size)
                after = os.fstat(descriptor)
            except OSError as error:
                raise TargetError(f"cannot read `{path}`: {error.strerror}") from None
            finally:
                os.close(descriptor)
            if signature(before) == signature(after):
                return self._keep(path, after, digest)
        raise TargetError(f"`{path}` keeps changing while it is read")

    def _keep(self, path: str, status: os.stat_result, digest: str) -> str:
        digest += mark_of(status.st_mode)
        entry = (_kept(signature(status)), digest, self._is_settled(status))
        if self.entries.get(path) != entry:
            self.entries[path] = entry
            self.changed = True
        return digest

    def _is_settled(self, status: os.stat_result) -> bool:
        return is_settled(status, self._clock, self._margin)

    def _digest_folder(self, path: str) -> str:
        texts: list[str] = []
        try:
            members = walk(self.root, path, self._eye)
        except OSError as error:
            raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None
        for member, link in members:
            texts.append(member[len(path) + 1 :])
            if link is not None:
                texts.append("link " + digest_bytes(os.fsencode(link)))
            elif member.endswith("/"):
                texts.append("")
            else:
                texts.append(self.digest(member) or "gone")
        return digest_texts(texts)


_SAME: dict[int, int] = {}  # numbers that many files have: kept once


def _kept(found: Signature) -> Signature:
    """Return a signature in less memory: what is equal in many is one object."""
    inode, size, mtime, ctime, mode = found
    size = _SAME.setdefault(size, size) if size < _FEW else size
    return inode, size, mtime, mtime if ctime == mtime else ctime, _SAME.setdefault(mode, mode)


def _newest_of_both(full: str) -> int | None:
    """Return the time of a file or folder, or the newer one of a link and its end."""
    try:
        newest = os.lstat(full).st_mtime_ns
    except OSError:
        return None
    try:
        return max(newest, os.stat(full).st_mtime_ns)
    except OSError:
        return newest
