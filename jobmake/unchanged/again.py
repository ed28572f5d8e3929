"""Looks again at all that a section names, and says whether it is as it was.

Files whose signature moved, or could not vouch for them, are read again; folders are listed
again. Where what is in them is as before, only the signature is another now, and that is kept.

Invariant: `Moved` is raised for every difference, and for all that is in doubt: then the ordinary
path looks. Where it names paths, all else was looked at, and is as it was. Nothing is written here
but the file that shows the file system's time.
"""

from __future__ import annotations

import marshal
import os
import stat

# what `operator` is made of; that itself takes a quarter of a millisecond
from _operator import attrgetter, itemgetter
from itertools import starmap

from jobmake.memory.index import ROW, NoRow, files_of, joined, taken_apart
from jobmake.memory.stamps import are_settled, is_settled, signature
from jobmake.tools.digest import SHORT, digest_open_file, mark_of, short, short_of

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

_STEP = 64 * ROW.size  # bytes of rows that are compared at once

_INODE = 8  # bytes at the begin of a row
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
        index = self._index
        numbers, _ = files_of(section)
        if len(numbers) == len(index.settled):
            names, known, settled = index.names, index.rows, index.settled
        else:
            names = joined(_chosen(index.paths, numbers))
            size = ROW.size
            known = b"".join([index.rows[size * one : size * one + size] for one in numbers])
            settled = bytes(_chosen(index.settled, numbers))
        found = _doubtful(names, known, settled, self._prefix)
        return [(numbers[place], path, row) for place, path, row in found]

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

    def refuse_second_names(self, doubtful: Sequence[Doubtful]) -> None:
        """See that files that are others now than they were have no other name: by a link one may
        be what a target makes, whoever reads it. Raises Moved."""
        rows, size = self._index.rows, ROW.size
        others = [
            path
            for number, path, row in doubtful
            if row[:_INODE] != rows[size * number : size * number + _INODE] and row != _GONE
        ]
        if not others:
            return
        for path in others:
            try:
                status = os.lstat(_full(self._prefix, path))
            except OSError as error:
                raise Moved from error
            if stat.S_ISLNK(status.st_mode) or status.st_nlink > 1:
                raise Moved
        inodes = [row[:_INODE] for _, _, row in doubtful if row != _GONE]
        if len(set(inodes)) < len(inodes):
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
        vouched, new = bytearray(index.settled), []
        found = self._contents(doubtful)
        for (number, _, row), one in zip(doubtful, found, strict=True):
            if one != _DIFFERS:
                vouched[number] = one == _SETTLED
                if row != index.rows[size * number : size * number + size]:
                    new.append((number, row))
        self.renewed = self.renewed or bool(new) or vouched != index.settled
        index.settled = bytes(vouched)
        if new:
            rows = bytearray(index.rows)
            for number, row in new:
                rows[size * number : size * number + size] = row
            index.rows = bytes(rows)
        if _DIFFERS in found:
            raise Moved([path for (_, path, _), one in zip(doubtful, found, strict=True)
                         if one == _DIFFERS])  # fmt: skip

    def _contents(self, doubtful: Sequence[Doubtful]) -> bytes:
        """Return a byte for each file: what reading it said. Of many, a process of its own
        reads half."""
        if len(doubtful) < MANY_TO_READ or _cores() < 2:
            return self._contents_of(doubtful)
        from jobmake.tools.aside import both  # who looks at few files does not load it

        half = len(doubtful) // 2
        ours, theirs = both(
            lambda: self._contents_of(doubtful[:half]),
            lambda: self._contents_of(doubtful[half:]),
        )
        return ours + (self._contents_of(doubtful[half:]) if theirs is None else theirs)

    def _contents_of(self, doubtful: Sequence[Doubtful]) -> bytes:
        from jobmake.tools.together import AT_ONCE  # who reads nothing does not load it

        digests, found = self._index.digests, bytearray()
        for begin in range(0, len(doubtful), AT_ONCE):
            numbers, paths, rows = zip(*doubtful[begin : begin + AT_ONCE], strict=True)
            full = [_full(self._prefix, path) for path in paths] if self._prefix else paths
            known = [digests[SHORT * one : SHORT * one + SHORT] for one in numbers]
            looked = list(_contents(full, known, rows))
            are_old = iter(are_settled([one for one in looked if one], self._clock, self._margin))
            found += bytes(
                _DIFFERS if one is None else _SETTLED if next(are_old) else _SAME for one in looked
            )
        return bytes(found)


def _contents(
    paths: Sequence[str], digests: Sequence[bytes], rows: Sequence[bytes]
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
        status if short_of(data, status.st_mode) == digest else None
        for data, status, digest in zip(*found, digests, strict=True)
    ]


def _are_of(rows: Sequence[bytes], found: Sequence[os.stat_result]) -> bool:
    try:
        return b"".join(starmap(ROW.pack, map(_FIELDS, found))) == b"".join(rows)
    except NoRow:
        return False


def _content(full: str, digest: bytes, row: bytes) -> os.stat_result | None:
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
    return after if short(found + mark_of(mode)) == digest else None


def _doubtful(names: bytes, known: bytes, settled: bytes, prefix: str) -> list[Doubtful]:
    """Return which of some files are to be read, by their places among them: their rows are not as
    ``known``, or cannot vouch for them. Of many, a process of its own looks at half; each of the
    two takes only its own names apart. Raises Moved."""
    if len(settled) < MANY or _cores() < 2:
        return _look(names, known, settled, prefix)
    from jobmake.tools.aside import both  # who looks at few files does not load it

    end = names.index(b"\0", len(names) // 2) + 1
    half = names.count(b"\0", 0, end)

    def rest() -> list[Doubtful]:
        return _look(names[end:], known[ROW.size * half :], settled[half:], prefix)

    ours, theirs = both(
        lambda: _look(names[:end], known[: ROW.size * half], settled[:half], prefix),
        lambda: marshal.dumps(rest()),
    )
    more: list[Doubtful] = rest() if theirs is None else marshal.loads(theirs)
    return ours + [(half + place, path, row) for place, path, row in more]


def _look(names: bytes, known: bytes, settled: bytes, prefix: str) -> list[Doubtful]:
    paths = taken_apart(names)
    now = _rows([_full(prefix, path) for path in paths] if prefix else paths)
    if now == known and b"\0" not in settled:
        return []
    size = ROW.size
    places = sorted({*_others(now, known), *_zeros(settled)})
    return [(one, paths[one], now[size * one : size * one + size]) for one in places]


def _others(rows: bytes, known: bytes) -> Iterable[int]:
    """Yield the places of those rows that are not as ``known``."""
    size = ROW.size
    for begin in range(0, len(rows), _STEP):
        end = min(begin + _STEP, len(rows))
        if rows[begin:end] != known[begin:end]:
            for at in range(begin, end, size):
                if rows[at : at + size] != known[at : at + size]:
                    yield at // size


def _zeros(flags: bytes) -> Iterable[int]:
    """Yield the places of those bytes that are 0."""
    place = flags.find(b"\0")
    while place >= 0:
        yield place
        place = flags.find(b"\0", place + 1)


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
