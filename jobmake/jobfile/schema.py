"""Every key of a Jobfile: what it may hold and what it is for.

The one list of keys: unknown-key errors, type errors and the documents' test rest on it.
Knows types only; what a value means is not known here.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Steps = tuple["str | int", ...]

TARGET_NAME = re.compile(r"[\w.-]+")
ENTRY_NAME = re.compile(r"[\w-]+")
_IN_NAMES = "letters, digits, `_` and `-`"
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
SCALARS = (str, bool, int, float, datetime.date, datetime.time)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value: where below its key, what, and a hint.

    With ``of_name`` it is not the value there that is wrong, but the name it has.
    """

    steps: Steps
    message: str
    hint: str | None = None
    of_name: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One key: the faults of a value given for it, and one line of what it is for."""

    faults: Callable[[Any], Iterator[Fault]]
    doc: str


def type_name(value: object) -> str:
    """Return what a value is called in TOML, with its article."""
    for kind, name in (
        (bool, "a boolean"), (str, "a text"), (int, "an integer"), (float, "a float"),
        (list, "a list"), (dict, "a table"), (datetime.datetime, "a date and time"),
        (datetime.date, "a date"), (datetime.time, "a time"),
    ):  # fmt: skip
        if isinstance(value, kind):
            return name
    return type(value).__name__


def text(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault((), f"must be a text, not {type_name(value)}")


def boolean(value: Any) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault((), f"must be true or false, not {type_name(value)}")


def texts(value: Any) -> Iterator[Fault]:
    """A list of texts."""
    if not isinstance(value, list):
        hint = f'write `["{value}"]`' if isinstance(value, str) and "\n" not in value else None
        yield Fault((), f"must be a list of texts, not {type_name(value)}", hint)
        return
    for index, item in enumerate(value):
        if not isinstance(item, str):
            yield Fault((index,), f"must hold texts only, not {type_name(item)}")


def text_or_texts(value: Any) -> Iterator[Fault]:
    """A text, or a list of at least one."""
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        yield Fault((), f"must be a text or a list of texts, not {type_name(value)}")
    elif not value:
        yield Fault((), "is an empty list")
    else:
        yield from texts(value)


def words(value: Any) -> Iterator[Fault]:
    """A list of at least one text: a command and its arguments."""
    yield from texts(value)
    if value == []:
        yield Fault((), "is an empty list", "its first text is the command")


def files(value: Any) -> Iterator[Fault]:
    """A list of paths, or a table of names with a path or a list of paths each."""
    if not isinstance(value, dict):
        yield from texts(value)
        return
    for name, entry in value.items():
        if not ENTRY_NAME.fullmatch(name) or name.isdigit():
            yield Fault((name,), f"cannot have the name `{name}`", _IN_NAMES, of_name=True)
        for fault in text_or_texts(entry):
            yield replace(fault, steps=(name, *fault.steps))


def variables(value: Any) -> Iterator[Fault]:
    """A table of environment variables."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of names and texts, not {type_name(value)}")
        return
    for name, entry in value.items():
        if not _VARIABLE.fullmatch(name):
            yield Fault((name,), f"cannot set a variable called `{name}`", of_name=True)
        if not isinstance(entry, str):
            message = f"must hold texts only, not {type_name(entry)}"
            yield Fault((name,), message, "put it in quotes")


def param_names_or_table(value: Any) -> Iterator[Fault]:
    """A list of names of params, or a table of own ones."""
    if not isinstance(value, dict):
        yield from texts(value)


def table(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault((), f"must be a table, not {type_name(value)}")


def axes(value: Any) -> Iterator[Fault]:
    """A table of axes, each a list of at least one scalar."""
    if not isinstance(value, dict):
        yield Fault((), f"must be a table of lists, not {type_name(value)}")
        return
    if not value:
        yield Fault((), "has no axis", "for example `{ seed = [1, 2, 3] }`")
    for axis, values in value.items():
        reserved = axis in ("zip", "repeat")
        if reserved or not ENTRY_NAME.fullmatch(axis):
            hint = "the word is reserved" if reserved else _IN_NAMES
            yield Fault((axis,), f"cannot have an axis called `{axis}`", hint, of_name=True)
        elif not isinstance(values, list):
            yield Fault((axis,), f"must hold lists, not {type_name(values)}")
        elif not values:
            yield Fault((axis,), f"has no value on the axis `{axis}`")
        else:
            for index, item in enumerate(values):
                if not isinstance(item, SCALARS):
                    yield Fault((axis, index), f"cannot hold {type_name(item)} as a value")


TOP_KEYS = {
    "project": Key(table, "settings of the project"),
    "params": Key(table, "values that commands and paths refer to, by `{params.NAME}`"),
    "target": Key(table, "the targets, one table each: `[target.NAME]`"),
}

PROJECT_KEYS = {
    "name": Key(text, "the project's name, for people"),
    "default": Key(texts, "what a bare `jobmake build` builds; absent: every target"),
    "params_files": Key(texts, "files with params in TOML, JSON or YAML; `[params]` goes before"),
}

ACTIONS = ("run", "argv")

TARGET_KEYS = {
    "doc": Key(text, "one line on what the target is, for `jobmake list`"),
    "run": Key(text_or_texts, "what the shell runs: a text, or several that run in turn"),
    "argv": Key(words, "a command and its arguments, without a shell"),
    "inputs": Key(files, "files, folders (`data/`), globs, `@target`: their content counts"),
    "sources": Key(files, "the same, for code"),
    "outputs": Key(files, "files, folders (`out/`), globs over a folder of its own"),
    "needs": Key(texts, "targets that come first and whose result counts"),
    "after": Key(texts, "targets that only come first"),
    "params": Key(param_names_or_table, "params the command reads by itself, or own values"),
    "env": Key(variables, "environment variables to set; their values count"),
    "env_inputs": Key(texts, "environment variables the command reads; their values count"),
    "matrix": Key(axes, "one instance of the target per combination of values"),
    "always": Key(boolean, "whether it runs in every build"),
    "version": Key(text, "a text of your own that counts: change it to rebuild"),
    "cwd": Key(text, "the folder the command runs in"),
}
