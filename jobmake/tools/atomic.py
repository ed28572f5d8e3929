"""Files that are written whole or not at all.

Knows temporary names, fsync and rename. Does not know what is in the files.

Invariant: at every instant, also after a power cut, the file has its old or its new
content, never a part of one. Rename alone is not enough: cut the power before the data
is on the disk, and the new name leads to an empty file.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # the reaper starts with this file, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable


def write_whole(
    path: str,
    data: bytes,
    *,
    durable: bool = True,
    mode: int = 0o644,
    aside: str = "",
    follow: bool = True,
) -> None:
    """Replace the file at ``path`` by one that holds ``data``; see `write_parts`."""
    write_parts(path, (data,), durable=durable, mode=mode, aside=aside, follow=follow)


def write_parts(
    path: str,
    parts: Iterable[bytes | memoryview],
    *,
    durable: bool = True,
    mode: int = 0o644,
    aside: str = "",
    follow: bool = True,
) -> None:
    """Replace the file at ``path`` by one that holds the parts, one after the other.

    A symbolic link at ``path`` is followed to the file it names, so that a linked file stays
    linked; unless ``follow`` is off: then the link is replaced. With ``durable`` the data and
    the name are on the disk when this returns. Raises OSError that names ``path``, with the old
    file untouched.

    ``aside`` is a folder for what is not whole yet. Without it, and where it does not serve (it
    may be on another file system), that is beside the file; the parts are then gone through again.
    """
    path = os.path.realpath(path) if follow else path
    own_mode = _mode_of(path, mode) if follow else mode
    try:
        try:
            _replace(path, aside, parts, durable=durable, mode=own_mode)
        except OSError:
            if not aside:
                raise
            _replace(path, "", parts, durable=durable, mode=own_mode)
    except OSError as error:
        error.filename = path  # a full disk tells no name, and the temporary one is ours alone
        raise


def _replace(
    path: str, aside: str, parts: Iterable[bytes | memoryview], *, durable: bool, mode: int
) -> None:
    folder, name = os.path.split(path)
    temporary = os.path.join(aside or folder, f".{name}.{os.getpid()}.tmp")
    descriptor = _create(temporary, mode)
    try:
        try:
            for data in parts:
                write_all(descriptor, data)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:
        _unlink_quietly(temporary)
        raise
    if durable:
        sync_folder(folder)


def remove_leftovers(folder: str, name: str = "") -> None:
    """Remove the temporary files that killed writers left in a folder: of the file ``name``, or
    of any. Those of processes that live stay."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for one in names:
        start, _, writer = one.removesuffix(".tmp").rpartition(".")
        ours = one.endswith(".tmp") and writer.isdecimal() and len(start) > 1 and start[0] == "."
        if ours and start[1:] == (name or start[1:]) and not _lives(int(writer)):
            _unlink_quietly(os.path.join(folder, one))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    return True


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``; one call to the system may take only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: str) -> None:
    """Bring the names in ``folder`` to the disk."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(temporary: str, mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(temporary, flags, mode)
    except FileExistsError:
        # left behind by a process with the same id that was killed here
        os.unlink(temporary)
        return os.open(temporary, flags, mode)


def _mode_of(path: str, otherwise: int) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return otherwise


def _unlink_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
