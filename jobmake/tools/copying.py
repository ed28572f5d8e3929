"""Copies of open files that share no byte with the original, each with its digest.

Where the disk can, the copy is a clone (FICLONE): at once, and blocks are shared only until
one side is written. Else the bytes go through us, because all of them are needed for the
digest anyway: a copy inside the kernel would read them twice. Never a hard link.

Invariant: the digest is of what the copy holds, not of what the original held.
"""

from __future__ import annotations

import fcntl
import os

from xxhash import xxh3_128

from jobmake.tools.atomic import write_all
from jobmake.tools.digest import BLOCK, PREFIX, digest_open_file

_FICLONE = 0x40049409  # from linux/fs.h


def copy(source: int, target: int) -> str:
    """Copy an open file from its beginning into an empty one, which must be open for reading
    too; return the digest of the copy. Raises OSError."""
    if clone(source, target):
        return digest_open_file(target, os.fstat(target).st_size)
    os.lseek(source, 0, os.SEEK_SET)
    state = xxh3_128()
    buffer = bytearray(BLOCK)
    while count := os.readv(source, [buffer]):
        block = bytes(memoryview(buffer)[:count])
        state.update(block)
        write_all(target, block)
    return PREFIX + state.hexdigest()


def clone(source: int, target: int) -> bool:
    """Let an empty file share the blocks of another; say whether the disk could."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True
