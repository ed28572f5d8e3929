"""What the methods of a job type's author return: words and variables, as texts.

Knows what may stand for a text. Does not know what they are for.

Invariant: what is no text, and stands for none, is refused, with the method's file and line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from jobmake.model.errors import TargetError

_ONE = 'give a list of words: `["cp", run.input, run.output]`'
_SEVERAL = 'give a list of commands, each a list of words: `[["cp", run.input, run.output]]`'


def commands(kind: Any, method: str, returned: Any, root: str) -> list[list[str]]:
    """Return the words of all commands as texts; ``root`` is the project's folder. Raises
    TargetError."""
    hint = _SEVERAL if method == "steps" else _ONE
    steps = _listed(returned)
    if steps is None:
        raise _wrong(kind, method, f"gives {_called(returned)}", root, hint)
    found = []
    for step in steps:
        words = _listed(step)
        if words is None:
            what = "a list of words" if method == "steps" else _called(step)
            raise _wrong(kind, method, f"gives {what}", root, hint)
        found.append([_word(kind, method, one, root) for one in words])
    if not found or not all(found):
        raise _wrong(kind, method, "gives no command", root, hint)
    return found


def variables(kind: Any, returned: Any, root: str) -> dict[str, str]:
    """Return variables as texts. Raises TargetError."""
    if not isinstance(returned, Mapping):
        hint = 'give a table of texts: `{"PORT": "80"}`'
        raise _wrong(kind, "env", f"gives {_called(returned)}", root, hint)
    found = {}
    for name, value in returned.items():
        text = os.fspath(value) if isinstance(value, os.PathLike) else _text(value)
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise _wrong(kind, "env", f"gives a variable the name {name!r}", root)
        if not isinstance(text, str):
            fact = f"gives `{name}` a value that is no text, but {_called(value)}"
            raise _wrong(kind, "env", fact, root, "leave it out, or say what text it is")
        if "\0" in text:
            raise _wrong(kind, "env", f"gives `{name}` a text with a NUL character", root)
        found[name] = text
    return found


def _word(kind: Any, method: str, word: Any, root: str) -> str:
    if isinstance(word, os.PathLike):
        path = os.fspath(word)
        if isinstance(path, str):
            return f"./{path}" if path.startswith("-") else path  # no file is read as an option
    text = _text(word)
    if text is None:
        raise _wrong(kind, method, f"gives a word that is no text: {word!r}", root)
    if "\0" in text:
        raise _wrong(kind, method, "gives a word with a NUL character", root)
    return text


def _text(value: Any) -> str | None:
    """Return a text, or a number as one; None for all else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return value if isinstance(value, str) else None


def _listed(value: Any) -> list[Any] | None:
    """Return what a list, or what gives one after the other, has; None for all else."""
    alone = isinstance(value, (str, bytes, os.PathLike, Mapping))
    return list(value) if isinstance(value, Iterable) and not alone else None


def _called(value: Any) -> str:
    if value is None:
        return "nothing"
    return "a text" if isinstance(value, str) else f"a `{type(value).__name__}`"


def _wrong(kind: Any, method: str, fact: str, root: str, hint: str | None = None) -> TargetError:
    code = getattr(getattr(type(kind), method, None), "__code__", None)
    file = code.co_filename if code else ""
    file = file[len(root) + 1 :] if file.startswith(root + os.sep) else file
    at = f" ({file}:{code.co_firstlineno})" if code else ""
    return TargetError(f"`{method}` of the job type `{kind.name}` {fact}{at}", hint)
