"""What a Jobfile asks of its plugins, and what they contribute to it.

Knows which plugins are named, their settings, and how the targets that they generate come to
stand beside the others. Loads nothing: it is given the function that does.

Invariant: a plugin is asked only where the Jobfile names it; what it sees of the Jobfile it
cannot change.
"""

from __future__ import annotations

import posixpath
from types import MappingProxyType

from jobmake.jobfile.declaration import DeclaredTarget, declare_target
from jobmake.jobfile.problems import AtLine
from jobmake.model.target import FilePattern
from jobmake.tools.hints import did_you_mean
from jobmake.tools.pathnames import has_magic, is_outside, normal
from jobmake.tools.value import Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import date, time
    from typing import Any

    from jobmake.jobfile.files import Matching
    from jobmake.jobfile.include import Joined
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import Check, JobType
    from jobmake.model.target import FileKind
else:
    from _datetime import date, time  # the same, without what `datetime` is in Python

_PLAIN = (str, bool, int, float, date, time)


class JobfileView(Value):
    """A Jobfile as a plugin sees it, to read only.

    ``root`` is the absolute path of the project's folder. ``params`` are as `-D` and profiles
    leave them. ``targets`` has the table of each declared target, by name; ``settings`` is the
    plugin's own table `[plugin.NAME]`.
    """

    root: str
    params: Mapping[str, Any]
    targets: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]
    matching: Matching = field(repr=False)

    def files(self, pattern: str) -> tuple[str, ...]:
        """Return the files of the project that a path or glob names now, sorted, with `/`."""
        path = normal(pattern)
        if is_outside(path):
            raise ValueError(f"`{pattern}` lies outside the project's folder")
        kind: FileKind = "glob" if has_magic(path) else "file"
        return tuple(self.matching(FilePattern("", kind, path)))


class NamedPlugin(Value):
    """A plugin as `[project] plugins` names it: a path of the project, or a name."""

    text: str
    place: Path

    @property
    def is_path(self) -> bool:
        """Whether it is a file or a folder of the project."""
        return "/" in self.text or self.text.endswith(".py")

    @property
    def name(self) -> str:
        """What the plugin is called: its file's name, or the last part of its module's."""
        if self.is_path:
            return posixpath.basename(normal(self.text)).removesuffix(".py")
        return self.text.rpartition(".")[2]


class Wanted(Value):
    """The plugins of a Jobfile, with the settings of each by its name. ``path`` are the folders
    in which modules of the project are looked for; ``view`` shows the Jobfile to a plugin with
    some settings."""

    plugins: tuple[NamedPlugin, ...]
    settings: Mapping[str, Mapping[str, Any]]
    path: tuple[str, ...]
    view: Callable[[Mapping[str, Any]], JobfileView]


class Generated(Value):
    """A target that a plugin generates; ``place`` is the line of the function that did."""

    name: Any
    table: Any
    place: AtLine


class Plugged(Value):
    """What there is with the plugins of a Jobfile. ``left_out``: some were not loaded, so any
    name may be one of theirs."""

    job_types: Mapping[str, JobType]
    checks: Mapping[str, Check]
    executors: Collection[str]
    caches: Collection[str]
    targets: tuple[Generated, ...] = ()
    left_out: bool = False


if TYPE_CHECKING:
    Plug = Callable[[Wanted, Problems], Plugged]


def plugged(
    joined: Joined,
    params: Mapping[str, Any],
    plug: Plug,
    matching: Matching,
    root: str,
    problems: Problems,
) -> Plugged | None:
    """Return what the plugins of a Jobfile contribute, None where it names none. What is wrong
    is noted; the generated targets are put beside the declared ones."""
    first = joined.files[0]
    declared = first.declarations
    named = tuple(NamedPlugin(*one) for one in declared.setting("plugins", first.place))
    plugins = tuple(_told_apart(named, problems))
    names = [one.name for one in plugins]
    for name in declared.plugin:
        if name not in names:
            problems.key(
                (*first.place, "plugin", name),
                f"`[plugin.{name}]` is of no plugin that is used",
                did_you_mean(name, names) or "`[project] plugins` names those that are",
            )
    if not plugins:
        return None
    targets = {one.name: one.keys for file in joined.files for one in file.targets}
    seen = frozen(params), frozen(targets)
    path = tuple(dict.fromkeys((".", *(normal(one) for one in _folders(joined)))))
    view = lambda settings: JobfileView(root, *seen, settings, matching)  # noqa: E731
    wanted = Wanted(
        plugins, {one: frozen(declared.plugin.get(one, {})) for one in names}, path, view
    )
    found = plug(wanted, problems)
    problems.incomplete = problems.incomplete or found.left_out
    more = tuple(_declared(found.targets, problems))
    joined.files[0] = replace(
        first, declarations=replace(declared, targets=(*declared.targets, *more))
    )
    return found


def refuse_unknown(
    joined: Joined, executors: Collection[str], caches: Collection[str], problems: Problems
) -> None:
    """Note an executor and a kind of cache that there are not."""
    first = joined.files[0]
    declared = first.declarations
    chosen = [("executor", text, place, executors) for text, place in
              declared.setting("executor", first.place)]  # fmt: skip
    if "kind" in declared.cache:
        chosen.append(("cache", declared.cache["kind"], (*first.place, "cache", "kind"), caches))
    for what, text, place, known in chosen:
        if text not in known:
            there = " and ".join(f"`{one}`" for one in known)
            problems.value(
                place,
                f"there is no {what} `{text}`",
                did_you_mean(text, known) or f"there is {there}; a plugin may bring others",
            )


def frozen(value: Any) -> Any:
    """Return a value whose tables and lists cannot be changed."""
    if isinstance(value, dict | MappingProxyType):
        return MappingProxyType({name: frozen(one) for name, one in value.items()})
    return tuple(frozen(one) for one in value) if isinstance(value, list) else value


def _told_apart(named: tuple[NamedPlugin, ...], problems: Problems) -> Iterator[NamedPlugin]:
    """Yield the plugins whose names are their own."""
    seen: dict[str, NamedPlugin] = {}
    for one in named:
        other = seen.setdefault(one.name, one)
        if other is one:
            yield one
        elif other.text == one.text:
            problems.value(one.place, f"`{one.text}` is named twice")
        else:
            message = f"`{other.text}` and `{one.text}` are two plugins called `{one.name}`"
            problems.value(one.place, message, "rename the file of one of them")


def _folders(joined: Joined) -> Iterator[str]:
    first = joined.files[0]
    for text, _ in first.declarations.setting("python_path", first.place):
        if not is_outside(normal(text)):
            yield text


def _declared(generated: tuple[Generated, ...], problems: Problems) -> Iterator[DeclaredTarget]:
    for one in generated:
        place: Path = (one.place,)
        if not isinstance(one.name, str):
            problems.key(place, f"the name of a target must be a text, not `{one.name!r}`")
            continue
        try:
            table = as_toml(one.table)
        except TypeError as error:
            problems.key(place, f"target `{one.name}`: {error}", "give what TOML can hold")
            continue
        declared = declare_target(one.name, table, place, problems)
        if declared:
            yield declared


def as_toml(value: Any) -> Any:
    """Return a value as TOML would give it. Raises TypeError for one that TOML cannot hold."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict | MappingProxyType):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"the key `{name!r}` is no text")
        return {name: as_toml(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_toml(one) for one in value]
    raise TypeError(f"a `{type(value).__name__}` cannot stand in a Jobfile")
