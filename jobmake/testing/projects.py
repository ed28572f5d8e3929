"""A project in a folder of its own, for tests: its files are written, it is built, looked at.

    space = project(tmp_path, '''
        [target.words]
        type = "wc"
        inputs = ["text.txt"]
        outputs = ["words.txt"]
    ''', "plugins/counting.py")
    space.write("text.txt", "to be or not to be")
    assert space.build().built == ("words",)

Knows files and `jobmake.Project`. Does not know any plugin.

Invariant: nothing outside the folder is written, but beside it the marks of who built what.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmake.library.project import Project
from jobmake.plugins import Registry, collect
from jobmake.project import Settings
from jobmake.tools.tomltext import value as toml_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.library.results import BuildResult
    from jobmake.model.events import Event

LONGEST = 120.0  # seconds after which a command is given up; never waited for when all is well


@dataclass(frozen=True)
class Said:
    """What one jobmake said and did."""

    code: int
    out: str
    err: str


class Workspace:
    """A project in a folder. ``plugins`` are files, which are copied into its folder `plugins`,
    or names of installed ones; all are named in the Jobfile, unless that names some itself."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        jobfile: str = "",
        *plugins: str | os.PathLike[str],
        registry: Registry | None = None,
    ) -> None:
        self.root = Path(folder, "project").absolute()
        self.root.mkdir(parents=True, exist_ok=True)
        self.registry = registry  # what there is in place of what ships with jobmake
        self.environ = _environ(self.root)
        self._plugins = [self._taken(one) for one in plugins]
        self.jobfile(jobfile)

    # -- files --------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        """Return where a file of the project is."""
        return self.root / name

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, with the folders above it."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return self.path(name).read_text()

    def jobfile(self, text: str) -> None:
        """Write the Jobfile anew."""
        text = textwrap.dedent(text)
        if self._plugins and "plugins" not in text.partition("[target")[0]:
            head = re.match(r"(.*^\[project\].*?\n)?", text, re.MULTILINE | re.DOTALL)
            begin = head[0] if head else ""
            line = f"plugins = {toml_value(self._plugins)}\n"
            text = f"{begin or '[project]'}\n{line}\n{text[len(begin) :]}"
        self.write("Jobfile.toml", text)

    # -- jobmake ------------------------------------------------------------------------

    def build(
        self,
        *targets: str,
        params: Mapping[str, Any] | None = None,
        force: bool = False,
        on_event: Callable[[Event], None] | None = None,
    ) -> BuildResult:
        """Build the named targets, or the default ones; what fails is in the result. Raises
        JobfileError."""
        opened = self.open(params)
        return opened.build(targets, force=force, keep_going=True, on_event=on_event)

    def status(self, params: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Return `up to date`, `stale` or `may be stale` of each target, by name; of one that
        cannot be judged what is in the way."""
        found = self.open(params).status()
        return {name: one.trouble or one.state for name, one in found.items()}

    def why(self, target: str, params: Mapping[str, Any] | None = None) -> list[str]:
        """Return why a target would run, as it is told."""
        return [str(one) for one in self.open(params).why(target)]

    def open(self, params: Mapping[str, Any] | None = None) -> Project:
        """Return the project, for all else that can be done with it."""
        return _Tried(str(self.root), None, params or {}, environ=self.environ, given=self.registry)

    def command(self, *words: str) -> Said:
        """Run `jobmake` with these words, as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "jobmake", *words],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
        return Said(
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

    def _taken(self, plugin: str | os.PathLike[str]) -> str:
        """Copy a plugin that is a file, or a folder, into the project; return what names it."""
        text = os.fspath(plugin)
        if "/" not in text and not text.endswith(".py"):
            return text
        name = f"plugins/{os.path.basename(text.rstrip('/'))}"
        if os.path.isdir(text):
            shutil.copytree(text, self.path(name), ignore=shutil.ignore_patterns("__pycache__"))
        else:
            self.write(name, Path(text).read_bytes())
        return name


def project(
    folder: str | os.PathLike[str], jobfile: str = "", *plugins: str | os.PathLike[str]
) -> Workspace:
    """Return a new project below a folder, such as `tmp_path`, with a Jobfile and plugins."""
    return Workspace(folder, jobfile, *plugins)


def registry(**more: Mapping[str, Any]) -> Registry:
    """Return what ships with jobmake, and ``more`` beside it, or in its place: by the name of the
    set, as `checks`, and by their own."""
    own = collect()
    sets: dict[str, Any] = {name: {**getattr(own, name), **one} for name, one in more.items()}
    return replace(own, **sets)


def picture(folder: str | os.PathLike[str]) -> dict[str, object]:
    """Return all that is in a folder: content, mode and time of each file, texts of links."""
    found: dict[str, object] = {}
    for path in sorted(Path(folder).rglob("*")):
        name, seen = str(path.relative_to(folder)), path.lstat()
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = (path.read_bytes(), seen.st_mode, seen.st_mtime_ns)
        else:
            found[name] = (seen.st_mode, seen.st_mtime_ns)
    return found


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Return the names that differ between two pictures."""
    return sorted(name for name in {**old, **new} if old.get(name) != new.get(name))


def toml(name: str, table: Mapping[str, Any]) -> str:
    """Return a table of a Jobfile, one line for each key."""
    lines = [f"{key} = {toml_value(value, sort=False)}" for key, value in table.items()]
    return "\n".join([f"[{name}]", *lines, ""])


class Spied:
    """Stands for an object of a plugin, asks it twice what it is asked once, and looks at the
    project meanwhile: ``wrote`` names files that were changed, ``differed`` methods that gave
    something else at the second time, ``gave`` what each gave last."""

    def __init__(self, one: Any, *methods: str) -> None:
        self._one, self._methods = one, methods
        self.root: Path | None = None
        self.wrote: list[str] = []
        self.differed: list[str] = []
        self.gave: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._one, name)
        if name not in self._methods:
            return found

        def asked(*given: Any, **more: Any) -> Any:
            before = picture(self.root) if self.root else {}
            first = _held(found(*given, **more))
            if first != _held(found(*given, **more)):
                self.differed.append(name)
            self.wrote += changes(before, picture(self.root) if self.root else {})
            self.gave[name] = first
            return first

        return asked


def _held(given: Any) -> Any:
    """Return what an iterator gives; all else as it is."""
    return list(given) if hasattr(given, "__next__") else given


@dataclass(frozen=True)
class _Tried(Project):
    """A project with an environment of its own, whose code may be loaded."""

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: Registry | None = field(default=None, repr=False)

    def _settings(self, loading: bool) -> Settings:
        found = super()._settings(True)
        return replace(found, environ=self.environ, registry=self.given)


def _environ(root: Path) -> dict[str, str]:
    """Return the environment of this process, without what tells jobmake something. Processes of
    runs find the modules that this one finds."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("JOBMAKE_")}
    state = root.with_name(f"{root.name}.state")
    found = os.pathsep.join(path for path in sys.path if os.path.isabs(path))
    return {**kept, "NO_COLOR": "1", "XDG_STATE_HOME": str(state), "PYTHONPATH": found}
