"""A codec made of two functions.

Knows nothing of what they do.

Invariant: `out` and `back` undo each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Simple:
    """Keeps values of some types as what ``out`` makes of them; they have no blobs."""

    def __init__(
        self, name: str, types: str, out: Callable[[Any], Any], back: Callable[[Any], Any]
    ) -> None:
        self.name, self.types = name, types.split()
        self._out, self._back = out, back
        self.place = f"{back.__module__}:{back.__qualname__}"  # all are of this one class

    def encode(self, value: Any) -> tuple[Any, Sequence[Any]]:
        """Return what `out` makes of the value."""
        return self._out(value), ()

    def decode(self, plain: Any, blobs: Sequence[bytearray]) -> Any:
        """Return what `back` makes of the plain form."""
        return self._back(plain)
