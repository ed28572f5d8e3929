"""A draft as the text of a Jobfile, as a person would have written it.

Knows the order of keys and when a list is better read over several lines.

Invariant: the text, read again, gives the same tables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value

if TYPE_CHECKING:
    from jobmake.importers.draft import Draft

WIDTH = 100
_ORDER = (
    "doc", "each", "matrix", "run", "argv", "inputs", "sources", "outputs", "needs", "after",
)  # fmt: skip
# what a literal text cannot hold: control characters but tab and newline
_STRANGE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def jobfile_text(draft: Draft) -> str:
    """Return the whole Jobfile."""
    parts = [f"# Written by `jobmake import {draft.source.name}`.\n"]
    for name, table in (
        ("project", draft.project), ("pools", draft.pools), ("params", draft.params),
    ):  # fmt: skip
        if table:
            parts.append(_table(f"[{name}]", table))
    for name, keys in draft.targets.items():
        comment = draft.comments.get(name)
        above = "".join(f"# {line}\n" for line in comment.splitlines()) if comment else ""
        ordered = {key: keys[key] for key in _ORDER if key in keys} | keys
        parts.append(above + _table(f"[target.{toml_key(name)}]", ordered))
    return "\n".join(parts)


def _table(header: str, table: dict[str, Any]) -> str:
    return header + "\n" + "".join(_entry(key, value) for key, value in table.items())


def _entry(key: str, value: Any) -> str:
    line = f"{toml_key(key)} = {_value(value)}"
    if isinstance(value, list) and (len(line) > WIDTH or "\n" in line):
        inner = "".join(f"    {_text(item, True)},\n" for item in value)
        line = f"{toml_key(key)} = [\n{inner}]"
    elif isinstance(value, str):
        line = f"{toml_key(key)} = {_text(value, True)}"
    return line + "\n"


def _value(value: Any) -> str:
    match value:
        case str():
            return _text(value, False)
        case list():
            return "[" + ", ".join(_value(one) for one in value) + "]"
        case dict():
            pairs = ", ".join(f"{toml_key(key)} = {_value(one)}" for key, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            return toml_value(value)


def _text(text: Any, may_break: bool) -> str:
    """Return a text with as few backslashes as can be."""
    if not isinstance(text, str):
        return _value(text)
    if _STRANGE.search(text):
        return toml_value(text)
    if "\n" in text and may_break and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    if "\n" not in text and "'" not in text and ("\\" in text or '"' in text):
        return f"'{text}'"
    return toml_value(text)
