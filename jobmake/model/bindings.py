"""What placeholders stand for in one run of one target.

Knows every root (`{inputs}`, `{params.a.b}`, …) and how a value is told as text. Does not
know the shell, nor where the values come from.
"""

from __future__ import annotations

import posixpath

from jobmake.tools.template import Placeholder, TemplateError, fill, parse
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jobmake.model.needed import Needed, RoledPaths
    from jobmake.model.target import Scope, Target

ROOTS = (
    "inputs", "outputs", "sources", "params", "matrix", "each", "env", "target", "root", "run_dir",
)  # fmt: skip
PATH_ROOTS = ("params", "matrix", "each", "env")  # what a path may refer to
NEED_ROOTS = ("matrix", "each")  # what a need may refer to
FILE_ROOTS = ("inputs", "outputs", "sources")
FILE_PARTS = ("name", "stem", "suffix", "parent")  # of the file on an axis of `each`

# What stands for the file of `each` as long as nobody knows which files there are
ANY_PATH, ANY_NAME = "\x01", "\x02"


class Bindings(Value):
    """The files of one run by role, its folders, and the environment it is started from.

    ``root``, ``run_dir`` and ``tmp`` are absolute; file paths are relative to ``root``. In
    ``tmp`` the run gets a folder of its own. ``attempt`` counts from 1; ``fingerprint`` is a
    digest; ``cpus`` and ``devices`` are what was granted to the run. A Python job is told of
    what it ``needed``, looks for modules in the folders of ``python_path``, and imports data
    from ``input_directory`` (absolute).
    """

    target: Target
    inputs: RoledPaths
    sources: RoledPaths
    outputs: RoledPaths
    root: str
    run_dir: str
    environ: Mapping[str, str]
    attempt: int = 1
    fingerprint: str = ""
    tmp: str = ""
    cpus: int = 1
    devices: tuple[str, ...] = ()
    needed: tuple[Needed, ...] = ()
    python_path: tuple[str, ...] = (".",)
    input_directory: str = ""

    @property
    def project(self) -> str:
        """The project's folder, also of a run in a folder of its own; ``run_dir`` is three
        folders below it."""
        return self.run_dir.rsplit("/", 3)[0] or self.run_dir[:1]


def lookup(placeholder: Placeholder, bindings: Bindings) -> list[object]:
    """Return the values that ``placeholder`` stands for: several for files or a list.

    Raises TemplateError where there is no such thing.
    """
    root = placeholder.root
    if root in FILE_ROOTS:
        paths = _files(placeholder, getattr(bindings, root), bindings.target.cwd)
        return [_not_an_option(path) for path in paths]
    if root in ("target", "root", "run_dir"):
        if placeholder.steps:
            raise _wrong(placeholder, f"`{root}` is a text and has no parts")
        own = {"target": bindings.target.name, "root": bindings.root, "run_dir": bindings.run_dir}
        return [own[root]]
    target = bindings.target
    value = scope_value(placeholder, target.scope, bindings.environ, target.cwd)
    if root == "each":
        whole = placeholder.steps[1:] in ((), ("parent",))
        return [_not_an_option(str(value)) if whole else value]
    return scalars(placeholder, value)


def scope_value(
    placeholder: Placeholder, scope: Scope, environ: Mapping[str, str], folder: str = "."
) -> object:
    """Return the value of a placeholder whose root is known before any file is.

    The path of a file of `each` is given as seen from ``folder``.
    """
    if placeholder.root == "each" and placeholder.steps:
        return _each_value(placeholder, scope.each, folder)
    known = {"params": scope.params, "matrix": scope.matrix, "each": scope.each, "env": environ}
    table: Any = known.get(placeholder.root)
    if table is None:
        raise _wrong(placeholder, f"`{{{placeholder.root}}}` has no meaning here")
    if not placeholder.steps:
        raise _wrong(placeholder, "it needs a name", f"`{{{placeholder.root}.NAME}}`")
    value: Any = table
    for number, step in enumerate(placeholder.steps):
        try:
            value = value[step] if isinstance(value, (dict, list)) or number == 0 else _fail()
        except (KeyError, IndexError, TypeError):
            raise _missing(placeholder, number, value) from None
    return value


def _each_value(placeholder: Placeholder, each: Mapping[str, str], folder: str) -> str:
    """Return the file on an axis of `each`, or a part of its path."""
    axis, *parts = placeholder.steps
    if axis not in each:
        raise _missing(placeholder, 0, each)
    if len(parts) > 1 or (parts and parts[0] not in FILE_PARTS):
        from jobmake.tools.hints import did_you_mean

        hint = did_you_mean(str(parts[0]), FILE_PARTS) or f"it has {', '.join(FILE_PARTS)}"
        raise _wrong(placeholder, f"a file has no `{parts[-1]}`", hint)
    path, part = each[str(axis)], str(parts[0]) if parts else ""
    if path == ANY_PATH:
        return ANY_PATH if part in ("", "parent") else ANY_NAME
    path = path if folder == "." else posixpath.relpath(path, folder)
    if not part:
        return path
    if part == "parent":
        return posixpath.dirname(path) or "."
    name = posixpath.basename(path)
    stem, suffix = posixpath.splitext(name)
    return {"name": name, "stem": stem, "suffix": suffix}[part]


def scalars(placeholder: Placeholder, value: object) -> list[object]:
    """Return a list's items, or the one value; a table is no text and raises TemplateError."""
    values = value if isinstance(value, list) else [value]
    for one in values:
        if isinstance(one, (dict, list)):
            what = "a table" if isinstance(one, dict) else "a list in a list"
            hint = "name a value in it" if isinstance(one, dict) else None
            raise _wrong(placeholder, f"it is {what}, which is no text", hint)
    return list(values)


def text_of(placeholder: Placeholder, value: object) -> str:
    """Return one value as the command reads it, by the placeholder's format spec."""
    if placeholder.spec:
        return placeholder.format(value)
    return value if isinstance(value, str) else toml_value(value)


def joined(placeholder: Placeholder, bindings: Bindings) -> str:
    """Return all values of a placeholder as one text, unquoted. Raises TemplateError."""
    return " ".join(text_of(placeholder, value) for value in lookup(placeholder, bindings))


def filled(
    text: str, bindings: Bindings, value: Callable[[Placeholder, Bindings], str] = joined
) -> str:
    """Return a text with all values put in, unquoted. Raises TemplateError."""
    if "{" not in text:
        return text
    return fill(parse(text, ROOTS), lambda part: value(part, bindings))


def _files(placeholder: Placeholder, groups: RoledPaths, cwd: str) -> list[str]:
    steps = placeholder.steps
    if len(steps) > 1:
        raise _wrong(placeholder, f"there is nothing below `{placeholder.root}.NAME`")
    if not steps:
        chosen = groups
    elif isinstance(steps[0], int):
        chosen = groups[steps[0] : steps[0] + 1]
    else:
        chosen = tuple(group for group in groups if group[0] == steps[0])
    if steps and not chosen:
        names = [role for role, _ in groups if not role.isdigit()]
        hint = "it has " + ", ".join(f"`{name}`" for name in names) if names else None
        raise _wrong(placeholder, f"the target has no such entry in `{placeholder.root}`", hint)
    paths = [path for _, group in chosen for path in group]
    return paths if cwd == "." else [posixpath.relpath(path, cwd) for path in paths]


def _not_an_option(path: str) -> str:
    """A file called `-rf` must not be read as an option."""
    return "./" + path if path.startswith("-") else path


def _fail() -> object:
    raise KeyError


def _missing(placeholder: Placeholder, number: int, table: object) -> TemplateError:
    from jobmake.tools.hints import did_you_mean

    step = placeholder.steps[number]
    if placeholder.root == "env":
        return _wrong(placeholder, f"the variable `{step}` is not set")
    known = [str(key) for key in table] if hasattr(table, "keys") else []  # type: ignore[attr-defined]
    steps = placeholder.steps[: number + 1]
    path = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps).lstrip(".")
    what = "param" if placeholder.root == "params" else f"`{placeholder.root}` entry"
    return _wrong(placeholder, f"there is no {what} `{path}`", did_you_mean(str(step), known))


def _wrong(placeholder: Placeholder, message: str, hint: str | None = None) -> TemplateError:
    return TemplateError(f"`{placeholder.text}`: {message}", placeholder.text, hint)
