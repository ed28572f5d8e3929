"""The text of a command or a script, with the values put in.

Knows for each placeholder where it stands and how its value is written there: quoted for
the shell; in a script of another language, as it is. Does not know what runs the text.

Invariant: a value that could be read as anything but itself is refused, never guessed at.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.bindings import ROOTS, joined, lookup, text_of
from jobmake.model.secrets import MASK, looks_secret
from jobmake.tools.regex import regex
from jobmake.tools.shellwords import BARE, REFUSED, ShellContext, quoted
from jobmake.tools.template import Placeholder, TemplateError, fill, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.bindings import Bindings

# Languages of texts: that of the POSIX shell; that of another shell; any other one.
POSIX, FOREIGN, SCRIPT = "posix", "foreign", "script"

# what can end, or mean something in, a text of one language or another
_MEANT = regex("[\"'\\\\$`\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HARMLESS = regex(r"[\w@%+=:,./-]+")  # one word, whatever the shell


def command(text: str, language: str, bindings: Bindings, *, masked: bool = False) -> str:
    """Return a text with its values put in, secrets perhaps masked. Raises TemplateError."""
    if "{" not in text:
        return text
    places = iter(_places(text, language))

    def value(part: Placeholder) -> str:
        place = next(places)[1]
        return MASK if masked and is_secret(part) else _value(part, place, bindings)

    return fill(parse(text, ROOTS), value)


def unsafe(text: str, language: str) -> Iterator[tuple[str, Placeholder, str]]:
    """Yield each placeholder that stands where no value can be put: message, it, hint."""
    for placeholder, place in _places(text, language) if "{" in text else ():
        if place == REFUSED and not placeholder.raw:
            yield (
                f"`{placeholder.text}` stands where its value cannot be quoted safely",
                placeholder,
                "not in a comment, backquotes, `${…}` or a here-document: use a variable of"
                " `env`, or `!raw` if you know the value"
                if language == POSIX
                else "not in the line that names the interpreter",
            )


def is_secret(part: Placeholder) -> bool:
    """Say whether a placeholder's value must not be shown."""
    return part.root in ("params", "env") and any(looks_secret(str(step)) for step in part.steps)


@lru_cache(maxsize=1024)
def _places(text: str, language: str) -> tuple[tuple[Placeholder, str], ...]:
    """Return each placeholder of a text with its place, or the language if all are alike."""
    # what is wrong with a placeholder itself is told by who reads the Jobfile
    parts = parse(text, ROOTS, [])
    if language != POSIX:
        first = text.index("\n") if text.startswith("#!") and "\n" in text else 0
        return tuple(
            (part, REFUSED if part.at < first else language)
            for part in parts
            if not isinstance(part, str)
        )
    context = ShellContext()
    found = []
    for part in parts:
        if isinstance(part, str):
            context.feed(part)
        else:
            found.append((part, context.place))
            context.value()
    return tuple(found)


def _value(part: Placeholder, place: str, bindings: Bindings) -> str:
    text = joined(part, bindings)
    if "\0" in text:
        raise TemplateError(f"`{part.text}`: its value holds a NUL character", part.text)
    if part.raw:
        return text
    if place in (FOREIGN, SCRIPT):
        return _as_it_is(part, place, bindings)
    if place == BARE:
        texts = (text_of(part, value) for value in lookup(part, bindings))
        return " ".join(quoted(one, BARE) for one in texts)
    try:
        return quoted(text, place)
    except ValueError as error:
        raise TemplateError(f"`{part.text}`: {error}", part.text) from None


def _as_it_is(part: Placeholder, language: str, bindings: Bindings) -> str:
    texts = [text_of(part, value) for value in lookup(part, bindings)]
    for text in texts:
        if _MEANT.search(text) or (language == FOREIGN and not _HARMLESS.fullmatch(text)):
            what = "a script" if language == SCRIPT else "the text of such a shell"
            raise TemplateError(
                f"`{part.text}`: its value cannot be put safely into {what}",
                part.text,
                "pass it by a variable of `env`, or write `!raw` if you know the value",
            )
    return " ".join(texts)
