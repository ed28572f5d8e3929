"""Regular expressions that are compiled when they are first used.

Knows how one is made late. A start loads hundreds of them and uses a few, and to compile one
takes as long as to load a module. Flags are written in the text: `(?s)`.

Invariant: once it is used, it is what `re.compile` gives, also in speed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from typing import Any, AnyStr

_USES = ("findall", "finditer", "fullmatch", "match", "pattern", "search", "split", "sub", "subn")


class _Late:
    """Stands for a compiled expression; what is asked of it first compiles it."""

    def __init__(self, text: str | bytes) -> None:
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        import re

        compiled = re.compile(self._text)
        self.__dict__.update({one: getattr(compiled, one) for one in _USES})
        return self.__dict__[name]


def regex(text: AnyStr) -> re.Pattern[AnyStr]:
    """Return a regular expression that is compiled at its first use, and wrong only then."""
    return _Late(text)  # type: ignore[return-value]
