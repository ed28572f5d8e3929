"""Declared paths: from the text in a Jobfile to `FilePattern`s.

Knows placeholders in paths, what makes a folder or a glob, and which paths an output may
have. Does not know the graph: `@target` is resolved in `link`.
"""

from __future__ import annotations

import posixpath
import re

from jobmake.model.bindings import NEED_ROOTS, PATH_ROOTS, ROOTS, scalars, scope_value, text_of
from jobmake.model.target import FilePattern, Scope
from jobmake.tools.pathnames import (
    escape_magic,
    glob_regex,
    has_magic,
    is_outside,
    normal,
    static_folder,
    without_escapes,
)
from jobmake.tools.template import Placeholder, TemplateError, parse
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems

    Matching = Callable[[FilePattern], tuple[str, ...]]  # the files that a pattern names now

_POSITIONS = tuple(map(str, range(100)))  # roles of most files: one text for all of a position

# what no target may make: folders, then files
RESERVED = (".jobmake", "Jobfile.toml", "Jobfile.lock")


def entries(declared: Any, place: Path) -> Iterator[tuple[str, Any, Path]]:
    """Yield (role, path, place) of each path in a list or a table of names; an output may
    also be a table with a `path`."""
    if isinstance(declared, list):
        for index, text in enumerate(declared):
            role = _POSITIONS[index] if index < len(_POSITIONS) else str(index)
            yield role, text, (*place, index)
        return
    for name, entry in declared.items():
        if not isinstance(entry, list):
            yield name, entry, (*place, name)
        else:
            for index, text in enumerate(entry):
                yield name, text, (*place, name, index)


def roles(declared: Any) -> tuple[str, ...]:
    """Return the names that files have in a table."""
    return tuple(declared) if isinstance(declared, dict) else ()


class Ground(Value):
    """What a declared path stands on: the values of placeholders, and the folder (`.` or
    normalised) that it is relative to."""

    scope: Scope
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."


def pattern(role: str, text: str, place: Path, ground: Ground) -> FilePattern:
    """Return the FilePattern of one declared path. Raises TemplateError."""
    path, magic = _filled(text, ground)
    if magic and (plain := without_escapes(path)) is not None:
        magic, path = False, plain  # `v[[]1].txt` is one file, `v[1].txt`
    _refuse_unusable(path, text)
    kind = "glob" if magic else "folder" if path.endswith("/") else "file"
    if magic:
        _refuse_bad_glob(path, text)
    if ground.folder != ".":
        path = posixpath.join(escape_magic(ground.folder) if magic else ground.folder, path)
    return FilePattern(role, kind, normal(path), place)  # type: ignore[arg-type]


def _filled(text: str, ground: Ground) -> tuple[str, bool]:
    """Return a path with all placeholders filled, and whether it is a glob. Raises
    TemplateError."""
    template = parse(text, ROOTS)
    if template == (text,):
        return text, has_magic(text)
    magic = has_magic("".join(part if isinstance(part, str) else "x" for part in template))
    pieces = []
    for part in template:
        if isinstance(part, str):
            pieces.append(part)
        else:
            value = _value(part, ground)
            # what a value holds is never magic
            pieces.append(escape_magic(value) if magic else value)
    return "".join(pieces), magic


def expanded_need(text: str, scope: Scope) -> str:
    """Return the name of a target with the placeholders in it filled. Raises TemplateError.

    One that stands alone between brackets or commas names its axis, too: of
    `train[{matrix.seed}]` comes `train[seed=1]`.
    """
    from jobmake.jobfile.instances import value_text

    pieces: list[str] = []
    template = parse(text, ROOTS)
    for number, part in enumerate(template):
        if isinstance(part, str):
            pieces.append(part)
            continue
        if part.root not in NEED_ROOTS:
            raise _misplaced(part, NEED_ROOTS, "the name of a target")
        value = value_text(scope_value(part, scope, {}))
        after = template[number + 1] if number + 1 < len(template) else ""
        alone = (
            "".join(pieces).rstrip().endswith(("[", ","))
            and isinstance(after, str)
            and after.lstrip().startswith(("]", ","))
        )
        if alone and len(part.steps) > 1:
            hint = f"write `AXIS={part.text}`"
            raise TemplateError(f"`{part.text}` does not say on which axis", part.text, hint)
        pieces.append(f"{part.steps[0]}={value}" if alone else value)
    return "".join(pieces)


def check_input(one: FilePattern, problems: Problems) -> bool:
    """Say whether a target may read ``one``; if not, note why."""
    message, hint = None, None
    if one.kind == "folder" and not one.path.strip("./"):
        message = (
            f"input `{one.shown}` takes in the project's folder, with what jobmake keeps there"
        )
        hint = "name the folders in it, or use the glob `**/*`"
    elif one.path.split("/")[0] in RESERVED[:1]:
        message = f"input `{one.shown}` is jobmake's own"
    if message:
        problems.value(one.place, message, hint)
    return message is None


def check_output(
    output: FilePattern, lock_names: tuple[str, ...], problems: Problems, what: str = "output"
) -> bool:
    """Say whether a target may make ``output``; if not, note why."""
    path, message, hint = output.path, None, None
    if is_outside(path):
        message = f"{what} `{output.shown}` is outside the project's folder"
        hint = "outputs are below the folder of the Jobfile"
    elif path == "." or (output.kind == "glob" and not static_folder(path)):
        message = f"{what} `{output.shown}` takes the whole project's folder"
        hint = "give it a folder of its own, for example `out/*.txt`"
    elif path.split("/")[0] in RESERVED[:1] or path in (*RESERVED[1:], *lock_names):
        message = f"{what} `{output.shown}` is jobmake's own"
    elif path.split("/")[0] == ".git":
        message = f"{what} `{output.shown}` is git's own"
    if message:
        problems.value(output.place, message, hint)
    return message is None


def _value(part: Placeholder, ground: Ground) -> str:
    if part.root not in PATH_ROOTS:
        raise _misplaced(part, PATH_ROOTS, "a path")
    value = scope_value(part, ground.scope, ground.environ, ground.folder)
    if isinstance(value, list):
        raise TemplateError(f"`{part.text}`: a list cannot stand in a path", part.text)
    return text_of(part, scalars(part, value)[0])


def _misplaced(part: Placeholder, roots: tuple[str, ...], where: str) -> TemplateError:
    allowed = ", ".join(f"`{{{root}.…}}`" for root in roots)
    return TemplateError(
        f"`{part.text}` cannot stand in {where}", part.text, f"it may use {allowed}"
    )


def _refuse_unusable(path: str, text: str) -> None:
    if not path:
        raise TemplateError("a path is empty", text)
    if "\0" in path:
        raise TemplateError("a path holds a NUL character", text)
    if not path.isascii() and any("\ud800" <= char <= "\udfff" for char in path):
        raise TemplateError(f"the path `{path!a}` is not UTF-8", text)


def _refuse_bad_glob(path: str, text: str) -> None:
    try:
        glob_regex(normal(path))
    except re.error as error:
        raise TemplateError(f"`{text}` is not a glob: {error.msg}", text) from None
    if path.endswith("/"):
        raise TemplateError(
            f"`{text}` is a glob of folders", text, "a glob names files: end it with `/**`"
        )
