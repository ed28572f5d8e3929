"""Plugins for tests: files of a project, and packages that are installed for it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support import Result, Space

ONE = '[target.a]\nrun = "echo a > {outputs}"\noutputs = ["a.txt"]\n'


def plug(space: Space, code: str, *more: str, name: str = "plugins/mine.py") -> None:
    """Let a project have a plugin; ``more`` are lines of `[project]`."""
    lines = "\n".join([f'plugins = ["{name}"]', *more])
    space.jobfile(f"[project]\n{lines}\n{ONE}")
    space.write(name, code)


def trusted(space: Space) -> None:
    """Build once without plugins, so that looking may load those of the project."""
    space.jobfile(ONE)
    space.run("build")


def install(space: Space, name: str, code: str, version: str = "1.0") -> dict[str, str]:
    """Install a package with one plugin, outside of the project; return what is to be set in the
    environment."""
    folder = space.root.parent / "site"
    info = folder / f"{name}_package-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_module.py").write_text(code)
    (info / "METADATA").write_text(f"Name: {name}-package\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[jobmake]\n{name} = {name}_module\n")
    return {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(folder)])}


def without_shipped(told: str) -> str:
    """What `jobmake plugins` tells, without the plugins that are installed with jobmake."""
    return re.sub(r", \w+ \(jobmake [\d.]+\)|\w+ \(jobmake [\d.]+\), ", "", told)


def hint_of(result: Result) -> str:
    """The hint of the error that was told."""
    return result.err.partition("hint: ")[2].strip()


def fault(result: Result) -> str:
    """The text of the error that was told."""
    return result.err.partition("error: ")[2].partition("\n")[0]
