"""Plain words of a command line, read without argparse: to load that, and to make the parsers of
all verbs, takes longer than most builds with one thing to do need for all else.

Knows options as verbs declare them: by the same calls of `add_argument` that a parser of argparse
gets, so that there is one list of options. Does not know what is wrong with words: whatever is
not plain (`--help`, an abbreviation, `-kq`, a wrong value) is left to argparse.

Invariant: what is read here is what argparse would have read.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any


class NotPlain(Exception):
    """Only argparse can tell what is meant."""


class Given:
    """What was read: an attribute for each option, as argparse's Namespace has them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


class PlainParser:
    """Stands in for a parser of argparse where a verb declares its options."""

    def __init__(self) -> None:
        self._defaults: dict[str, Any] = {}
        self._flags: dict[str, str] = {}  # option -> attribute
        self._lists: set[str] = set()  # the attributes whose options can be given again
        self._names = ""  # the attribute of the words that are no option
        self._one_at_least = False
        self._types: dict[str, Callable[[str], Any]] = {}
        self._valued: dict[str, str] = {}

    def add_argument(self, *names: str, help: str = "", metavar: str = "", **said: Any) -> None:
        """Take note of an option, or of the words that are none."""
        if names[0][:1] != "-":
            nargs = said.pop("nargs", None)
            if self._names or nargs not in ("*", "+") or said:
                raise NotPlain
            self._names, self._one_at_least = names[0], nargs == "+"
            return
        long = next((name for name in names if name[:2] == "--"), names[0])
        to = long.lstrip("-").replace("-", "_")
        action, self._defaults[to] = said.pop("action", "store"), said.pop("default", None)
        if "type" in said:
            self._types[to] = said.pop("type")
        if said.get("nargs") == "?":  # without a value it is left to argparse
            del said["nargs"], said["const"]
        if said or action not in ("store", "append", "store_true"):
            raise NotPlain
        if action == "store_true":
            self._defaults[to] = self._defaults[to] or False
        if action == "append":
            self._lists.add(to)
        for name in names:  # a verb's own may take the place of a shared one
            self._flags.pop(name, None)
            self._valued.pop(name, None)
            (self._flags if action == "store_true" else self._valued)[name] = to

    def add_argument_group(self, *_: str) -> PlainParser:
        """Groups are for the help only."""
        return self

    def __getattr__(self, name: str) -> Any:
        raise NotPlain

    def read(self, words: Sequence[str]) -> dict[str, Any]:
        """Return what the words say, and the defaults. Raises NotPlain."""
        found: dict[str, Any] = {}
        names: list[str] = []
        left = list(reversed(words))
        ended = False  # an option came behind the first names
        while left:
            word = left.pop()
            if word[:1] != "-":
                if ended:
                    raise NotPlain
                names.append(word)
                continue
            ended = bool(names)
            if word in self._flags:
                found[self._flags[word]] = True
                continue
            name, value = _split(word)
            if name not in self._valued or (value is None and not left):
                raise NotPlain
            if value is None:
                value = left.pop()
            if not value or value[0] == "-":
                raise NotPlain
            self._put(found, self._valued[name], value)
        return self._with_defaults(found, names)

    def _put(self, found: dict[str, Any], to: str, text: str) -> None:
        value = self._converted(to, text)
        found[to] = (
            [*found.get(to, self._defaults[to] or ()), value] if to in self._lists else value
        )

    def _converted(self, to: str, text: str) -> Any:
        try:
            return self._types[to](text) if to in self._types else text
        except Exception as error:
            raise NotPlain from error

    def _with_defaults(self, found: dict[str, Any], names: list[str]) -> dict[str, Any]:
        for to, default in self._defaults.items():
            if to not in found:
                found[to] = self._converted(to, default) if isinstance(default, str) else default
        if bool(names) < self._one_at_least or (names and not self._names):
            raise NotPlain
        return {**found, self._names: names} if self._names else found


def _split(word: str) -> tuple[str, str | None]:
    """`--jobs=4` and `-j4` are `-j` and 4."""
    if word[:2] == "--":
        name, equals, value = word.partition("=")
        return name, value if equals else None
    if "=" in word[2:3]:
        raise NotPlain
    return word[:2], word[2:] or None
