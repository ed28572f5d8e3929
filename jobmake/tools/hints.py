"""Did you mean: the nearest of some names."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that ``word`` was most likely meant to be, or None."""
    from difflib import get_close_matches

    # hyphen or underscore, upper or lower case: the commonest slips, told apart by nothing else
    names = list(candidates)
    folded = _fold(word)
    for name in names:
        if _fold(name) == folded:
            return name
    found = get_close_matches(word, names, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return a hint that names the nearest candidate, or None where none is near."""
    name = nearest(word, candidates)
    return f"did you mean `{name}`?{_look_alike(word, name)}" if name is not None else None


def _look_alike(word: str, name: str) -> str:
    """Return which letter of a name is in a word one of another script, which may look the same."""
    if len(word) != len(name) or (word.isascii() and name.isascii()):
        return ""
    from unicodedata import name as called

    for wrong, right in zip(word, name, strict=True):
        scripts = [called(one, "").partition(" ")[0] for one in (wrong, right)]
        if wrong != right and wrong.isalpha() and right.isalpha() and scripts[0] != scripts[1]:
            return f" its `{right}` is U+{ord(right):04X}, here stands U+{ord(wrong):04X}"
    return ""


def one_edit_apart(one: str, other: str) -> bool:
    """Say whether one letter inserted, dropped or replaced makes one word the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, other_rest = one[start:], other[start:]
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


def _fold(word: str) -> str:
    return word.casefold().replace("_", "-")
