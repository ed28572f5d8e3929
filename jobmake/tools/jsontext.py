"""JSON of one line, written by what `json` is made of in C.

To load `json` takes a millisecond: it compiles the regular expressions of its reader. Most builds
write a few facts and read none. Who reads imports `json` where it does so.

Invariant: a text is what `json.dumps` gives with the same separators.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    def encode_basestring_ascii(text: str) -> str: ...
    def make_encoder(*how: Any) -> Callable[[object, int], tuple[str, ...]]: ...
else:
    from _json import encode_basestring_ascii, make_encoder


def encoder(*, compact: bool = False, sort: bool = False) -> Callable[[object], str]:
    """Return what writes a value: without spaces if ``compact``, with the keys of objects sorted
    if ``sort``."""
    colon, comma = (":", ",") if compact else (": ", ", ")

    def encode(value: object) -> str:
        parts = make_encoder(  # one for each value, which holds what it is in to find a circle
            {}, _refuse, encode_basestring_ascii, None, colon, comma, sort, False, True
        )
        return "".join(parts(value, 0))

    return encode


dumps = encoder()


def _refuse(value: object) -> object:
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")
