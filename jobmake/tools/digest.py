"""Digests of bytes and of labelled texts.

Knows XXH3-128 (quick, proof against accident, not against an attacker) and how a
digest is written. Does not know what is digested or why.

Invariant: two different sequences of texts never give the same bytes to the hash,
because every text is preceded by its length.
"""

from __future__ import annotations

import os

from xxhash import xxh3_128, xxh3_128_digest, xxh3_128_hexdigest

TYPE_CHECKING = False  # the fast path needs it, and `typing` takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PREFIX = "xxh3:"
BLOCK = 1 << 20  # bytes read at once from a large file
SHORT = 17  # bytes of a digest in its short form
_UNKNOWN = bytes(SHORT)
_EXECUTABLE = "+x"
_LAST = {"": "2d", _EXECUTABLE: "78"}  # as hex, of digests in their short form
_MARKS = {last: mark for mark, last in _LAST.items()}


def digest_bytes(data: bytes) -> str:
    """Return the digest of ``data`` as it is written everywhere: ``xxh3:`` and 32 hex digits."""
    return PREFIX + xxh3_128_hexdigest(data)


def digest_parts(parts: Iterable[bytes | bytearray | memoryview]) -> str:
    """Return the digest of all parts put together; where one ends does not count."""
    state = xxh3_128()
    for part in parts:
        state.update(part)
    return PREFIX + state.hexdigest()


def digest_texts(texts: Iterable[str]) -> str:
    """Return one digest over a sequence of texts; where one ends and the next begins counts."""
    texts = tuple(texts)
    whole = "".join([f"{len(text)}:{text}" for text in texts])
    if whole.isascii():  # as many bytes as characters
        return digest_bytes(whole.encode())
    pieces: list[bytes] = []
    for text in texts:
        data = text.encode("utf-8", "surrogateescape")
        pieces.append(b"%d:" % len(data))
        pieces.append(data)
    return digest_bytes(b"".join(pieces))


def mark_of(mode: int) -> str:
    """Return what the mode of a file adds to its digest: the executable bit is part of what a file
    is, as git keeps it and commands heed it."""
    return _EXECUTABLE if mode & 0o100 else ""


def short(digest: str) -> bytes:
    """Return the digest of a file, or of none (an empty text), as bytes. Raises ValueError for
    what is neither."""
    return shorts((digest,)) if digest else _UNKNOWN


def shorts(digests: Sequence[str]) -> bytes:
    """Return digests of files in their short form, one after the other. Raises ValueError for what
    is none."""
    begin, end = len(PREFIX), len(PREFIX) + 2 * (SHORT - 1)
    last = [_LAST.get(one[end:], one) for one in digests]
    texts = [one[begin:end] + mark for one, mark in zip(digests, last, strict=True)]
    found = bytes.fromhex("".join(texts))
    if len(found) != SHORT * len(digests) or not all(one[:begin] == PREFIX for one in digests):
        raise ValueError("there is one that is no digest")
    return found


def short_of(data: bytes, mode: int) -> bytes:
    """Return the digest of a file in its short form."""
    return xxh3_128_digest(data) + (b"x" if mode & 0o100 else b"-")


def long(short: bytes) -> str:
    """Return the digest that was made short."""
    return longs(short)[0]


def longs(shorts: bytes) -> list[str]:
    """Return the digests that were made short, one after the other."""
    text, step, none = shorts.hex(), 2 * SHORT, _UNKNOWN.hex()
    each = [text[at : at + step] for at in range(0, len(text), step)]
    return ["" if one == none else PREFIX + one[:-2] + _MARKS[one[-2:]] for one in each]


def is_of_bytes(digest: str | None, known: str | None) -> bool:
    """Say whether the digest of a file is that of some bytes, whatever the mode of the file; None
    stands for no file."""
    return (None if digest is None else digest.removesuffix(_EXECUTABLE)) == known


def digest_open_file(descriptor: int, size: int) -> str:
    """Read an open file, which has ``size`` bytes, from its beginning to its end and return its
    digest.

    A small file is read and digested in one call each; the digest object is only for large ones,
    and for those that are of another size than was said.
    """
    data = b""
    if size < BLOCK:
        data = os.read(descriptor, size + 1)
        if len(data) == size:  # and there was room for more
            return digest_bytes(data)
    state = xxh3_128(data)
    buffer = bytearray(BLOCK)
    while count := os.readv(descriptor, [buffer]):
        state.update(memoryview(buffer)[:count])
    return PREFIX + state.hexdigest()
