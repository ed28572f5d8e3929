"""What a plugin's name in a Jobfile leads to: a file of the project, an entry point, a module.

Runs no code of a plugin but, for a dotted name, that of the packages above it.

Invariant: what lies in the project is known for it before any of it is run.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

from jobmake.tools.hints import did_you_mean
from jobmake.tools.pathnames import is_outside, normal
from jobmake.tools.value import Value
from jobmake.worker.importing import is_own

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from jobmake.jobfile.plugged import NamedPlugin

GROUP = "jobmake"  # of entry points


class NoPluginError(Exception):
    """A name leads to no plugin: what is said of it, and a hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Found(Value):
    """A plugin that is there. Its code is the file ``path``, or else what ``module`` says, as
    entry points have it; ``is_own``: it lies in the project."""

    name: str
    written: str
    module: str
    path: str | None = None
    is_own: bool = False
    distribution: str | None = None
    version: str | None = None

    @property
    def source(self) -> str:
        """Where it is from, as people read it."""
        return normal(self.written) if self.path else self.module


def find(named: NamedPlugin, root: str) -> Found:
    """Return what a name leads to. Raises NoPluginError."""
    if named.is_path:
        return _file(named, root)
    text = named.text
    for point in installed():
        if point.name == text:
            return of_entry_point(point, named.name, root)
    if not all(part.isidentifier() for part in text.split(".")):
        raise _none(text)
    top = text.partition(".")[0]
    spec = importlib.util.find_spec(top)
    if spec is None or top == "jobmake":
        raise _none(text)
    return Found(named.name, text, text, is_own=_is_own(top, root))


def installed() -> tuple[EntryPoint, ...]:
    """Return the plugins that are installed, by their names; no other place has them."""
    from importlib.metadata import entry_points

    found = {point.name: point for point in entry_points(group=GROUP)}
    return tuple(found[name] for name in sorted(found))


def of_entry_point(point: EntryPoint, name: str, root: str) -> Found:
    """Return the plugin that an entry point names."""
    dist = point.dist
    return Found(
        name,
        point.name,
        point.value.replace(" ", ""),
        is_own=_is_own(point.module.partition(".")[0], root),
        distribution=dist.name if dist else None,
        version=dist.version if dist else None,
    )


def _file(named: NamedPlugin, root: str) -> Found:
    text = normal(named.text)
    if is_outside(text):
        raise NoPluginError(
            f"the plugin `{named.text}` lies outside the project's folder",
            "install it as a package, or put it into the project",
        )
    path = os.path.join(root, text)
    if os.path.isdir(path):
        path = os.path.join(path, "__init__.py")
        if not os.path.isfile(path):
            raise NoPluginError(
                f"the plugin `{named.text}` is a folder without an `__init__.py`",
                "a folder is a plugin if it is a package of Python",
            )
    elif not (path.endswith(".py") and os.path.isfile(path)):
        there = os.path.exists(path)
        raise NoPluginError(
            f"the plugin `{named.text}` {'is no Python file' if there else 'does not exist'}",
            None if there else _near(path, root),
        )
    return Found(named.name, named.text, text, path, is_own=True)


def _near(path: str, root: str) -> str | None:
    folder, base = os.path.split(path)
    try:
        names = [one for one in os.listdir(folder) if one.endswith(".py")]
    except OSError:
        return None
    where = os.path.relpath(folder, root)
    shown = {one: os.path.normpath(os.path.join(where, one)) for one in names}
    return did_you_mean(os.path.normpath(os.path.join(where, base)), shown.values())


def _none(text: str) -> NoPluginError:
    names = [point.name for point in installed()]
    hint = did_you_mean(text, names) or "`jobmake plugins` lists those that are installed"
    return NoPluginError(f"there is no plugin `{text}`", hint)


def _is_own(module: str, root: str) -> bool:
    """Say whether a module, or package, that is at the top lies in the project."""
    spec = importlib.util.find_spec(module)
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), spec.origin or ""]
    return any(is_own(os.path.realpath(one), root) for one in places if os.path.isabs(one))
