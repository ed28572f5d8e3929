"""Texts with placeholders: `cp {inputs} {outputs.copy} --rate {params.rate:.2f}`.

Knows how a placeholder is written and what is left alone. Does not know what the roots
mean: it is given their names, and values to put in.

Invariant: one pass. A value that is put in is never looked at for placeholders again.

A brace group is a placeholder when its first name is a root. One edit away from a root
(`{input}`) it is an error. Every other group stays as it is, so that
`awk '{print $1}'`, `${HOME}` and `{a,b}` need no escaping. `{{name}}` is a literal `{name}`.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.tools.hints import one_edit_apart
from jobmake.tools.regex import regex
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

_GROUP = regex(
    r"(?P<dollar>\$?)\{(?P<open>\{?)"
    r"(?P<root>[^\W\d][\w-]*)(?P<steps>(?:\.[\w-]+|\[\d+\])*)"
    r"(?P<convert>![a-z]*)?(?P<spec>:[^{}]*)?\}(?P<close>\}?)"
)
LONGEST = 16_000_000  # characters of a text with its values; no command can be as long
_STEP = regex(r"\.([\w-]+)|\[(\d+)\]")


class TemplateError(ValueError):
    """A text that looks like a placeholder and is none. ``text`` is the piece at fault."""

    def __init__(self, message: str, text: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.text, self.hint = message, text, hint


class Placeholder(Value):
    """One placeholder: ``{params.model.depth:04d}``."""

    root: str
    steps: tuple[str | int, ...]
    raw: bool
    spec: str
    text: str  # as it was written
    at: int = field(default=0, compare=False)  # where in the whole text

    def format(self, value: object) -> str:
        """Return ``value`` by this placeholder's format spec. Raises TemplateError."""
        try:
            return format(value, self.spec)
        except (ValueError, TypeError) as error:
            raise TemplateError(f"`{self.text}`: {error}", self.text) from None


Template = tuple["str | Placeholder", ...]


def parse(text: str, roots: Sequence[str], errors: list[TemplateError] | None = None) -> Template:
    """Split ``text`` into literal texts and placeholders.

    Raises TemplateError, or adds it to ``errors`` and goes on.
    """
    if "{" not in text:
        return (text,) if text else ()
    try:
        return _right(text, tuple(roots))
    except TemplateError:
        if errors is None:
            raise
    return _parsed(text, roots, errors)


@lru_cache(maxsize=1024)
def _right(text: str, roots: tuple[str, ...]) -> Template:
    """Return what a text is that many targets may have. Raises TemplateError."""
    return _parsed(text, roots, None)


def _parsed(text: str, roots: Sequence[str], errors: list[TemplateError] | None) -> Template:
    parts: list[str | Placeholder] = []
    end = 0
    for match in _GROUP.finditer(text):
        try:
            found = _read(match, roots)
        except TemplateError as error:
            if errors is None:
                raise
            errors.append(error)
            continue
        if found is None:
            continue
        before = text[end : match.start()]
        end = match.end()
        if isinstance(found, str):
            parts.append(before + found)
        else:
            # a brace on one side only is a neighbour, not an escape
            parts.append(before + match["dollar"] + match["open"])
            parts.append(found)
            parts.append(match["close"])
    parts.append(text[end:])
    return _joined(parts)


def placeholders(template: Template) -> list[Placeholder]:
    """Return the placeholders of a template, in order."""
    return [part for part in template if not isinstance(part, str)]


def fill(template: Template, value_of: Callable[[Placeholder], str]) -> str:
    """Return the text with each placeholder replaced by what ``value_of`` gives for it."""
    parts, length = [], 0
    for part in template:
        text = part if isinstance(part, str) else value_of(part)
        length += len(text)
        if length > LONGEST:
            what = "its end" if isinstance(part, str) else f"`{part.text}`"
            raise TemplateError(
                f"{what} makes the text longer than 16 million characters", text[:40]
            )
        parts.append(text)
    return "".join(parts)


def _read(match: re.Match[str], roots: Sequence[str]) -> str | Placeholder | None:
    """Return a placeholder, a literal text in its place, or None to leave the group alone."""
    root, steps = match["root"], match["steps"]
    whole = match.group()
    group = "{" + whole.strip("${}") + "}"
    near = root if root in roots else next((one for one in roots if one_edit_apart(root, one)), "")
    if not near:
        return None
    if match["open"] and match["close"]:
        return match["dollar"] + group
    if near != root:
        _refuse_near_miss(match, group, near)
        return None
    if match["dollar"] and not match["open"]:
        if not steps:
            return None  # the shell's own ${target}
        raise TemplateError(
            f"`{whole}` is neither a placeholder nor a variable of the shell",
            whole,
            f"a placeholder has no dollar sign: `{group}`",
        )
    if match["convert"] not in (None, "!raw"):
        raise TemplateError(
            f"`{group}` asks for `{match['convert']}`", group, "only `!raw` can stand there"
        )
    return Placeholder(
        root=root,
        steps=tuple(int(index) if index else name for name, index in _STEP.findall(steps)),
        raw=match["convert"] == "!raw",
        spec=(match["spec"] or ":")[1:],
        text=group,
        at=match.start(),
    )


def _refuse_near_miss(match: re.Match[str], group: str, root: str) -> None:
    if not match["dollar"]:
        raise TemplateError(
            f"`{group}` is not a placeholder",
            group,
            f"did you mean `{{{root}{group[1 + len(match['root']) :]}`?"
            f" For the text itself write `{{{group}}}`",
        )


def _joined(parts: list[str | Placeholder]) -> Template:
    """Join neighbouring texts and drop empty ones."""
    joined: list[str | Placeholder] = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def literal(text: str, roots: Sequence[str]) -> str:
    """Return what `parse` reads as ``text`` itself, without any placeholder."""

    def escaped(match: re.Match[str]) -> str:
        try:
            if _read(match, roots) is None:
                return match.group()
        except TemplateError:
            pass  # what would be refused is escaped too
        inner = match.group().strip("${}")
        return f"{match['dollar']}{match['open']}{{{{{inner}}}}}{match['close']}"

    return _GROUP.sub(escaped, text)
