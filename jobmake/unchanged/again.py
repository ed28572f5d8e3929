"""Looks again at all that a section names, and says whether it is as it was.

Files whose signature moved, or could not vouch for them, are read again; folders are listed
again. Where what is in them is as before, only the signature is another now, and that is kept.

Invariant: `Moved` is raised for every difference, and for all that is in doubt: then the ordinary
path looks. Where it names paths, all else was looked at, and is as it was. Nothing is written here
but the file that shows the file system's time.
"""

from __future__ import annotations

import os
import stat

# what `operator` is made of; that itself takes a quarter of a millisecond
from _operator import attrgetter, itemgetter
from itertools import starmap

from jobmake.memory.index import ROW, NoRow, files_of
from jobmake.memory.stamps import is_settled, signature
from jobmake.tools.digest import digest_bytes, digest_open_file, mark_of

TYPE_CHECKING = False  # the fast path starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from jobmake.memory.index import Index
    from jobmake.memory.section import Listed, Section
    from jobmake.memory.stamps import Clock

    Item = TypeVar("Item")
    Doubtful = tuple[int, str, bytes]  # a file's number, its path, and its row as it is now

MANY = 8_000  # files, of which a second process looks at half: to start it takes a millisecond
MANY_TO_READ = 1_000  # the same for files that are read again

_DIFFERS, _SAME, _SETTLED = range(3)  # and whether its signature can vouch for it from now on

_GONE = bytes(ROW.size)  # in place of the row of a file that is not there

_FIELDS = attrgetter("st_ino", "st_size", "st_mtime_ns", "st_ctime_ns", "st_mode")


class Moved(Exception):
    """Something is not as it was, or may not be. ``paths``: nothing but these files, which hold
    something else, or are gone."""

    def __init__(self, paths: Sequence[str] = ()) -> None:
        super().__init__()
        self.paths = paths


class Again:
    """A second look, with the index as it is on the disk. ``renewed``: it is to be written, as
    signatures of it are others now."""

    def __init__(self, root: str, index: Index, clock: Clock, margin: float) -> None:
        self._prefix = "" if os.getcwd() == root else f"{root}/"
        self._index, self._clock, self._margin = index, clock, margin
        self.renewed = False

    def files(self, section: bytes) -> list[Doubtful]:
        """Look at the files of a section; return those that are to be read. Raises Moved."""
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
            return []
        looked = zip(numbers, paths, _each(now), _each(known), settled, strict=True)
        return [(number, path, row) for number, path, row, old, vouches in looked
                if row != old or not vouches]  # fmt: skip

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

    def read(self, doubtful: Sequence[Doubtful]) -> None:
        """Read files, and keep the signatures of those that hold what they held. Raises Moved."""
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
            raise Moved([path for (_, path, _), one in zip(doubtful, found, strict=True)
                         if one == _DIFFERS])  # fmt: skip

    def _contents(self, doubtful: Sequence[Doubtful]) -> bytes:
        """Return a byte for each file: what reading it said. Of many, a process of its own
        reads half."""
        digests = self._index.digests.split(b"\n")
        if len(doubtful) < MANY_TO_READ or _cores() < 2:
            return self._contents_of(doubtful, digests)
        half = len(doubtful) // 2
        return _both(
            lambda: self._contents_of(doubtful[:half], digests),
            lambda: self._contents_of(doubtful[half:], digests),
        )

    def _contents_of(self, doubtful: Sequence[Doubtful], digests: Sequence[bytes]) -> bytes:
        from jobmake.tools.together import AT_ONCE  # who reads nothing does not load it

        found = bytearray()
        for begin in range(0, len(doubtful), AT_ONCE):
            numbers, paths, rows = zip(*doubtful[begin : begin + AT_ONCE], strict=True)
            full = [_full(self._prefix, path) for path in paths]
            known = [digests[number].decode() for number in numbers]
            for status in _contents(full, known, rows):
                if status is None:
                    found.append(_DIFFERS)
                else:
                    is_old = is_settled(status, self._clock, self._margin)
                    found.append(_SETTLED if is_old else _SAME)
        return bytes(found)


def _contents(
    paths: Sequence[str], digests: Sequence[str], rows: Sequence[bytes]
) -> Iterable[os.stat_result | None]:
    """Return for each file what `_content` does. Where all are small and plain they are read
    together, else one by one."""
    from jobmake.tools.together import SMALL, read_together

    sizes = [size for _, size, _, _, mode in map(ROW.unpack, rows) if stat.S_ISREG(mode)]
    is_plain = len(sizes) == len(paths) and max(sizes) <= SMALL
    found = read_together(paths, sizes) if is_plain else None
    if found is None or not _are_of(rows, found[1]):
        return map(_content, paths, digests, rows)
    return [
        status if digest_bytes(data) + mark_of(status.st_mode) == digest else None
        for data, status, digest in zip(*found, digests, strict=True)
    ]


def _are_of(rows: Sequence[bytes], found: Sequence[os.stat_result]) -> bool:
    try:
        return all(ROW.pack(*_FIELDS(now)) == row for now, row in zip(found, rows, strict=True))
    except NoRow:
        return False


def _content(full: str, digest: str, row: bytes) -> os.stat_result | None:
    """Return what a file's stat is if it holds what it held, None if it does not. ``row`` is of
    a look at it before: if it is of the file still when that is read, nobody wrote meanwhile.
    Raises Moved where there is something else."""
    if row == _GONE:
        return None
    _, size, _, _, mode = ROW.unpack(row)
    if not stat.S_ISREG(mode):
        raise Moved
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


def _both(ours: Callable[[], bytes], theirs: Callable[[], bytes]) -> bytes:
    """Return what two looks give, one after the other. A process of its own does the second one;
    where that did not go well, it is done here."""
    from jobmake.tools.aside import both  # who looks at few files does not load it

    found, more = both(ours, theirs)
    return found + (theirs() if more is None else more)


def _rows_of(paths: Sequence[str], known: bytes) -> bytes:
    """Return the rows of files as they are now. Of many, a process of its own looks at half, and
    tells them if they are not as ``known``. Raises Moved."""
    if len(paths) < MANY or _cores() < 2:
        return _rows(paths)
    half = len(paths) // 2
    rest = known[ROW.size * half :]

    def theirs() -> bytes:
        now = _rows(paths[half:])
        return b"" if now == rest else now

    now = _both(lambda: _rows(paths[:half]), theirs)
    return now if len(now) == len(known) else now + rest


def _each(rows: bytes) -> list[bytes]:
    size = ROW.size
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def _rows(paths: Sequence[str]) -> bytes:
    try:
        return b"".join(starmap(ROW.pack, map(_FIELDS, map(os.stat, paths))))
    except FileNotFoundError:
        return b"".join(map(_row, paths))
    except (OSError, ValueError, NoRow) as wrong:
        raise Moved from wrong


def _row(path: str) -> bytes:
    """Return the row of a file, which may be gone. Raises Moved."""
    try:
        return ROW.pack(*_FIELDS(os.stat(path)))
    except FileNotFoundError:
        return _GONE
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
