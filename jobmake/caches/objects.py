"""The object store: bytes by digest, each in a file of its own that is never changed.

    objects/a/ab12…       the content of a file
    objects/a/ab12…-x     the same of an executable one
    objects/a/ab12…-d     the manifest of a folder with that digest

Knows files, digests and names. Does not know outputs or traces. The folders are few: to make one
costs a first build more than many names in it cost any.

Invariants: an object comes into being by a rename, whole; what is read is verified
against the name, and a damaged object is removed. No locks: whatever another process does
meanwhile is a miss at worst. Nothing is synced to the disk: a power cut is damage.
"""

from __future__ import annotations

import os
import stat

from jobmake.model.cached import Miss
from jobmake.tools.atomic import write_all
from jobmake.tools.digest import BLOCK, PREFIX, digest_bytes, digest_open_file, mark_of
from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


_DIGEST = regex(rf"{PREFIX}([0-9a-f]{{32}})(\+x)?")
_OBJECT = regex(r"([0-9a-f]{32})(-x|-d)?")
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 4096  # bytes, in which disks give out their room
_LARGEST_READ = 1 << 28  # bytes of a manifest or a value


class Unkept(Exception):
    """What is to be kept cannot be: its text says why. The cache itself is well."""


class Objects:
    """The objects below ``folder``; ``temporary`` is a folder on the same file system.

    ``added`` counts the bytes of new objects; one `keep` may add ``room`` at most.
    """

    def __init__(self, folder: str, temporary: str) -> None:
        self.folder, self._temporary = folder, temporary
        self.added = 0
        self.room = 0
        self._unique = os.urandom(6).hex()
        self._count = 0

    def path(self, digest: str, kind: str = "") -> str:
        """Return where the object of a digest is, or would be. Raises Miss for no digest."""
        match = _DIGEST.fullmatch(digest)
        if match is None:
            raise Miss(f"`{digest}` is no digest")
        name = match[1]
        return f"{self.folder}/{name[0]}/{name}{'-x' if match[2] else kind}"

    def refresh(self, path: str) -> bool:
        """Mark an object as just used; say whether it is there."""
        try:
            os.utime(path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError:
            return os.path.lexists(path)  # another person's, or a disk to read only
        return True

    def put_file(self, full: str, expected: str | None = None) -> str:
        """Keep the content of a file, of the digest ``expected`` where one is; return it.

        Raises Unkept where the file is not so, OSError where the store cannot be written.
        """
        path = "" if expected is None else self.path(expected)
        if expected is not None and self.refresh(path):
            return expected
        descriptor = _open(full)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unkept(f"`{full}` is no regular file")
            suffix = mark_of(status.st_mode)
            if status.st_size < BLOCK:
                data = _reading(full, lambda: os.read(descriptor, status.st_size + 1))
                digest = self._expect(digest_bytes(data) + suffix, expected, full)
                self._put(digest, len(data), lambda target: write_all(target, data), path=path)
            else:
                if expected is None:
                    size = status.st_size
                    expected = _reading(full, lambda: digest_open_file(descriptor, size)) + suffix
                digest = expected
                self._put(
                    digest,
                    status.st_size,
                    lambda target: self._expect(_copy(descriptor, target) + suffix, digest, full),
                    path=path,
                )
        finally:
            os.close(descriptor)
        return digest

    def put_bytes(self, digest: str, data: bytes, kind: str = "") -> None:
        """Keep ``data`` under a digest and a kind. Raises OSError."""
        self._put(digest, len(data), lambda target: write_all(target, data), kind)

    def fetch(self, digest: str, place: str) -> None:
        """Make a file at ``place``, which must be free, of the content with that digest.

        Raises Miss, with no file made, if it is not there or damaged; OSError if the file
        cannot be made.
        """
        path = self.path(digest)
        source = _opened(path)
        mode = 0o777 if digest.endswith("+x") else 0o666
        wanted = digest.removesuffix("+x")
        try:
            if os.fstat(source).st_size < BLOCK:
                data = os.read(source, BLOCK)
                if digest_bytes(data) != wanted:
                    raise self._damaged(path)
                _write_new(place, mode, lambda target: write_all(target, data))
            elif _write_new(place, mode, lambda target: _copy(source, target)) != wanted:
                os.unlink(place)
                raise self._damaged(path)
        finally:
            os.close(source)
        self.refresh(path)

    def read(self, digest: str, kind: str = "") -> bytes:
        """Return the bytes under a digest and a kind: verified, unless of a kind of their own.

        Raises Miss."""
        path = self.path(digest, kind)
        source = _opened(path)
        try:
            if os.fstat(source).st_size > _LARGEST_READ:
                raise self._damaged(path)
            with open(source, "rb", closefd=False) as file:
                data = file.read()
        except OSError as error:
            raise Miss(f"cannot read `{path}`: {error.strerror}") from None
        finally:
            os.close(source)
        if not kind and digest_bytes(data) != digest.removesuffix("+x"):
            raise self._damaged(path)
        return data

    def damaged(self, digest: str, kind: str = "") -> Miss:
        """Remove a damaged object, so that it is a miss from now on; return that."""
        return self._damaged(self.path(digest, kind))

    def is_intact(self, path: str) -> bool:
        """Say whether an object of files holds what its name says. Raises OSError."""
        descriptor = os.open(path, _READ)
        try:
            digest = digest_open_file(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
        return digest == digest_of_name(os.path.basename(path)).removesuffix("+x")

    def new_file(self, mode: int) -> tuple[int, str]:
        """Make a temporary file on the store's file system. Raises OSError."""
        while True:
            self._count += 1
            path = f"{self._temporary}/{self._unique}-{self._count}"
            try:
                return os.open(path, _CREATE, mode), path
            except FileNotFoundError:
                os.makedirs(self._temporary, 0o700)  # somebody has removed the whole cache

    def move_in(self, temporary: str, path: str) -> None:
        """Give a temporary file its name. Raises OSError."""
        try:
            os.rename(temporary, path)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
            os.rename(temporary, path)

    def _put(
        self,
        digest: str,
        size: int,
        fill: Callable[[int], object],
        kind: str = "",
        *,
        path: str = "",
    ) -> None:
        """Make an object; ``path`` is where it was just seen not to be, if it was."""
        if not path:
            path = self.path(digest, kind)
            if self.refresh(path):
                return
        self.room -= size
        if self.room < 0:
            raise Unkept("it is larger than the whole cache")
        descriptor, temporary = self.new_file(0o500 if digest.endswith("+x") else 0o400)
        try:
            try:
                fill(descriptor)
            finally:
                os.close(descriptor)
            self.move_in(temporary, path)
        except BaseException:
            unlink_quietly(temporary)
            raise
        self.added += taken(size)

    def _expect(self, digest: str, expected: str | None, full: str) -> str:
        if expected is not None and digest != expected:
            raise Unkept(f"`{full}` was changed after the run")
        return digest

    def _damaged(self, path: str) -> Miss:
        unlink_quietly(path)
        return Miss(f"the object `{os.path.basename(path)}` is damaged")


def taken(size: int) -> int:
    """Return about what a file of this size takes on the disk."""
    return -(-size // _BLOCK) * _BLOCK


def digest_of_name(name: str) -> str:
    """Return the digest that an object's name stands for; empty if it is no object's."""
    match = _OBJECT.fullmatch(name)
    if match is None:
        return ""
    return PREFIX + match[1] + ("+x" if match[2] == "-x" else "")


def digest_file(full: str) -> str:
    """Return the digest of a file as `Files` gives it, links followed. Raises Unkept."""
    descriptor = _open(full, follow=True)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unkept(f"`{full}` is no regular file")
        digest = _reading(full, lambda: digest_open_file(descriptor, status.st_size))
        return digest + mark_of(status.st_mode)
    finally:
        os.close(descriptor)


def unlink_quietly(path: str) -> bool:
    """Remove a file if that can be; say whether it could."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _open(full: str, *, follow: bool = False) -> int:
    flags = _READ & ~os.O_NOFOLLOW if follow else _READ
    return _reading(full, lambda: os.open(full, flags))


def _reading(full: str, read: Callable[[], T]) -> T:
    """Tell trouble with what is kept from trouble with the cache."""
    try:
        return read()
    except OSError as error:
        raise Unkept(f"cannot read `{full}`: {error.strerror}") from None


def _opened(path: str) -> int:
    """Open an object. Raises Miss."""
    try:
        return os.open(path, _READ)
    except FileNotFoundError:
        raise Miss(f"the object `{os.path.basename(path)}` is no longer there") from None
    except OSError as error:
        raise Miss(f"cannot read `{path}`: {error.strerror}") from None


def _write_new(place: str, mode: int, fill: Callable[[int], T]) -> T:
    target = os.open(place, _CREATE, mode)
    try:
        return fill(target)
    except BaseException:
        unlink_quietly(place)
        raise
    finally:
        os.close(target)


def _copy(source: int, target: int) -> str:
    from jobmake.tools.copying import copy  # only of large files

    return copy(source, target)
