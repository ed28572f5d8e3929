"""Looks again at all that a section names, and says whether it is as it was.

Files whose signature moved, or could not vouch for them, are read again; folders are listed
again. Where what is in them is as before, only the signature is another now, and that is kept.

Invariant: `Moved` is raised for every difference, and for all that is in doubt: then the ordinary
path looks. Nothing is written here but the file that shows the file system's time.
"""

from __future__ import annotations

import os
import stat

# what `operator` is made of; that itself takes a quarter of a millisecond
from _operator import attrgetter, itemgetter
from itertools import starmap

from jobmake.memory.index import ROW, NoRow, files_of
from jobmake.memory.stamps import is_settled, signature
from jobmake.tools.digest import digest_open_file, mark_of

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import NoReturn, TypeVar

    from jobmake.memory.index import Index
    from jobmake.memory.section import Listed, Section
    from jobmake.memory.stamps import Clock

    Item = TypeVar("Item")
    Doubtful = tuple[int, str, bytes]  # a file's number, its path, and its row as it is now

MANY = 8_000  # files, of which a second process looks at half: to start it takes a millisecond
MANY_TO_READ = 1_000  # the same for files that are read again

_DIFFERS, _SAME, _SETTLED = range(3)  # and whether its signature can vouch for it from now on

_FIELDS = attrgetter("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns", "st_mode")


class Moved(Exception):
    """Something is not as it was, or may not be."""


class Again:
    """A second look, with the index as it is on the disk. ``renewed``: it is to be written, as
    signatures of it are others now."""

    def __init__(self, root: str, index: Index, clock: Clock, margin: float) -> None:
        self._prefix = "" if os.getcwd() == root else f"{root}/"
        self._index, self._clock, self._margin = index, clock, margin
        self.renewed = False

    def files(self, section: bytes) -> None:
        """Look at the files of a section. Raises Moved."""
        index, prefix = self._index, self._prefix
        numbers, _ = files_of(section)
        paths = index.paths
        is_all = len(numbers) == len(paths)
        if not is_all:
            paths = list(_chosen(paths, numbers))
        full = [_full(prefix, path) for path in paths] if prefix else paths
        if is_all:
            known, settled = index.rows, index.settled
        else:
            rows = memoryview(index.rows)
            known = b"".join([rows[36 * one : 36 * one + 36] for one in numbers])
            settled = bytes(_chosen(index.settled, numbers))
        now = _rows_of(full, known)
        if now == known and b"\0" not in settled:
            return
        size = ROW.size
        doubtful = [
            (number, path, now[size * place : size * place + size])
            for place, (number, path) in enumerate(zip(numbers, paths, strict=True))
            if not settled[place]
            or now[size * place : size * place + size] != known[size * place : size * place + size]
        ]
        self._read(doubtful)

    def there(self, section: Section) -> None:
        """Look at names, kinds and links. Raises Moved."""
        prefix = self._prefix
        for paths, is_one in ((section["files"], stat.S_ISREG), (section["folders"], stat.S_ISDIR)):
            for path in paths:
                if not is_one(_mode(os.stat, _full(prefix, path))):
                    raise Moved
        for path in section["real"]:
            if stat.S_ISLNK(_mode(os.lstat, _full(prefix, path))):
                raise Moved
        for path in section["absent"]:
            _be_absent(_full(prefix, path))
        for path, text in section["links"]:
            try:
                if os.readlink(_full(prefix, path)) != text:
                    raise Moved
            except OSError as error:
                raise Moved from error
        for path, known in section["exact"]:
            try:
                now = signature(os.stat(path))
            except OSError:
                now = None
            if now != known:
                raise Moved

    def names(self, listed: Sequence[Listed]) -> list[Listed]:
        """Return the listed folders with their signatures as they are now. Raises Moved."""
        found: list[Listed] = []
        for one in listed:
            try:
                status = os.stat(_full(self._prefix, one[0]))
                vouched = one[3] and signature(status) == one[2]
                found.append(one if vouched else self._list(one, status))
            except OSError as error:
                raise Moved from error
        self.renewed = self.renewed or found != list(listed)
        return found

    def _list(self, one: Listed, status: os.stat_result) -> Listed:
        """Return a folder that has the names that it had, as it is now. Raises Moved."""
        from jobmake.tools.listing import listing_digest

        with os.scandir(_full(self._prefix, one[0])) as entries:
            if listing_digest(entries) != one[1]:
                raise Moved
        settled = is_settled(status, self._clock, self._margin)
        return (one[0], one[1], signature(status), settled)

    def _read(self, doubtful: Sequence[Doubtful]) -> None:
        """Read files, and keep the signatures of those that hold what they held."""
        index, size = self._index, ROW.size
        rows, vouched = bytearray(index.rows), bytearray(index.settled)
        found = self._contents(doubtful)
        for (number, _, row), one in zip(doubtful, found, strict=True):
            if one != _DIFFERS:
                rows[size * number : size * number + size] = row
                vouched[number] = one == _SETTLED
        self.renewed = self.renewed or rows != index.rows or vouched != index.settled
        index.rows, index.settled = bytes(rows), bytes(vouched)
        if _DIFFERS in found:
            raise Moved

    def _contents(self, doubtful: Sequence[Doubtful]) -> bytes:
        """Return a byte for each file: what reading it said. Of many, a process of its own
        reads half."""
        digests = self._index.digests.split(b"\n")
        half = len(doubtful) // 2
        if len(doubtful) < MANY_TO_READ or _cores() < 2:
            return self._contents_of(doubtful, digests)
        answer, told = os.pipe()
        helper = os.fork()
        if not helper:
            _tell_and_end(told, lambda: self._contents_of(doubtful[half:], digests))
        os.close(told)
        with open(answer, "rb") as answers:
            try:
                ours = self._contents_of(doubtful[:half], digests)
                theirs = answers.read()
            finally:
                ended = os.waitpid(helper, 0)[1]
        if ended or len(theirs) != len(doubtful) - half:
            theirs = self._contents_of(doubtful[half:], digests)
        return ours + theirs

    def _contents_of(self, doubtful: Sequence[Doubtful], digests: Sequence[bytes]) -> bytes:
        found = bytearray()
        for number, path, row in doubtful:
            status = _content(_full(self._prefix, path), digests[number].decode(), row)
            if status is None:
                found.append(_DIFFERS)
            else:
                is_old = is_settled(status, self._clock, self._margin)
                found.append(_SETTLED if is_old else _SAME)
        return bytes(found)


def _content(full: str, digest: str, row: bytes) -> os.stat_result | None:
    """Return what a file's stat is if it holds what it held, None if it does not. ``row`` is of
    a look at it before: if it is of the file still when that is read, nobody wrote meanwhile."""
    _, size, _, _, mode = ROW.unpack(row)
    if not stat.S_ISREG(mode):
        return None
    try:
        descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = digest_open_file(descriptor, size)
        after = os.fstat(descriptor)
        if ROW.pack(*_FIELDS(after)) != row:
            return None
    except (OSError, NoRow):
        return None
    finally:
        os.close(descriptor)
    return after if found + mark_of(mode) == digest else None


def _tell_and_end(told: int, look: Callable[[], bytes]) -> NoReturn:
    """Write down a pipe what a look gives, and end this process with 0 if that went well."""
    try:
        with open(told, "wb") as answers:
            answers.write(look())
        os._exit(0)
    finally:
        os._exit(1)


def _rows_of(paths: Sequence[str], known: bytes) -> bytes:
    """Return the rows of files as they are now. Of many, half are looked at by a process of its
    own, and once more here if these are not as ``known``. Raises Moved."""
    half = len(paths) // 2 if len(paths) >= MANY and _cores() > 1 else len(paths)
    rest = ROW.size * half
    helper = _start_looking(paths[half:], known[rest:]) if half < len(paths) else 0
    try:
        now = _rows(paths[:half])
    finally:
        is_same = not helper or os.waitpid(helper, 0)[1] == 0
    return now + (known[rest:] if is_same else _rows(paths[half:]))


def _start_looking(paths: Sequence[str], known: bytes) -> int:
    """Start a process that ends with 0 if the rows of files are as ``known``; return its id."""
    helper = os.fork()
    if helper:
        return helper
    try:
        os._exit(int(_rows(paths) != known))
    finally:
        os._exit(1)


def _rows(paths: Iterable[str]) -> bytes:
    try:
        return b"".join(starmap(ROW.pack, map(_FIELDS, map(os.stat, paths))))
    except (OSError, ValueError, NoRow) as wrong:
        raise Moved from wrong


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _chosen(items: Sequence[Item], numbers: Sequence[int]) -> tuple[Item, ...]:
    """Return the items of some numbers, as the system's own loop gathers them."""
    if len(numbers) < 2:
        return tuple(items[one] for one in numbers)
    found: tuple[Item, ...] = itemgetter(*numbers)(items)
    return found


def _full(prefix: str, path: str) -> str:
    return path if path[:1] == "/" else prefix + path


def _mode(look: Callable[[str], os.stat_result], full: str) -> int:
    try:
        return look(full).st_mode
    except OSError as error:
        raise Moved from error


def _be_absent(full: str) -> None:
    try:
        os.stat(full)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise Moved from error
    raise Moved
