"""Settings from a Jobfile with placeholders in their texts, at any depth.

Knows what they may refer to: what is known before a run. A text that is one placeholder has
the value itself, with its type.
"""

from __future__ import annotations

from jobmake.model.bindings import PATH_ROOTS, ROOTS, scalars, scope_value, text_of
from jobmake.tools.template import Placeholder, TemplateError, fill, parse, placeholders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from jobmake.model.target import Scope

Steps = tuple["str | int", ...]


def texts_of(value: object, steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Yield every text in some settings, and where it stands."""
    todo = [(steps, value)]
    while todo:
        place, one = todo.pop()
        if isinstance(one, str):
            yield place, one
        elif isinstance(one, dict):
            todo.extend(((*place, name), below) for name, below in reversed(one.items()))
        elif isinstance(one, list):
            todo.extend(((*place, at), below) for at, below in reversed([*enumerate(one)]))


def filled(value: Any, scope: Scope, environ: Mapping[str, str]) -> Any:
    """Return settings with all values put in. Raises TemplateError."""
    if isinstance(value, str):
        return _text(value, scope, environ)
    if isinstance(value, dict):
        return {name: filled(one, scope, environ) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, scope, environ) for one in value]
    return value


def refuse_others(text: str) -> None:
    """Raise TemplateError for a placeholder that has no meaning before a run."""
    for part in placeholders(parse(text, ROOTS, [])):
        if part.root not in PATH_ROOTS:
            allowed = ", ".join(f"`{{{root}.…}}`" for root in PATH_ROOTS)
            message = f"`{part.text}` cannot stand in a setting"
            raise TemplateError(message, part.text, f"it may use {allowed}")


def _text(text: str, scope: Scope, environ: Mapping[str, str]) -> Any:
    template = parse(text, ROOTS)
    if len(template) == 1 and isinstance(template[0], Placeholder) and not template[0].spec:
        return scope_value(template[0], scope, environ)
    return fill(template, lambda part: _joined(part, scope, environ))


def _joined(part: Placeholder, scope: Scope, environ: Mapping[str, str]) -> str:
    value = scope_value(part, scope, environ)
    return " ".join(text_of(part, one) for one in scalars(part, value))
