"""What tests of plugins that ship with jobmake stand on: their entry points, and a real server
that says what a test tells it to.

The server is a process of its own: a process with threads must not fork, and tests start others.
Each answer is read when it is asked for, and each request is written down before it is answered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from jobmake.model.errors import JobfileError
from tests.checks.rig import build, opened

if TYPE_CHECKING:
    from tests.checks.rig import Told
    from tests.support import Space

ROOT = Path(__file__).resolve().parent.parent.parent
_SERVING = Path(__file__).with_name("serving.py")


def points() -> dict[str, str]:
    """The entry points that the package has."""
    found: dict[str, str] = _project()["entry-points"]["jobmake"]
    return found


def entry_points(folder: Path) -> dict[str, str]:
    """Let the entry points of the sources be found, whatever was installed; return what is to be
    set in the environment."""
    info = folder / "jobmake.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: jobmake\nVersion: {_project()['version']}\n")
    lines = [f"{name} = {module}\n" for name, module in points().items()]
    (info / "entry_points.txt").write_text("".join(["[jobmake]\n", *lines]))
    plugins = str(ROOT / "plugins")
    return {"PYTHONPATH": os.pathsep.join([str(folder), plugins, os.environ.get("PYTHONPATH", "")])}


def _project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


class Checked:
    """A project with a target `t` that has a check of a plugin besides `content`."""

    def __init__(self, space: Space, check: Any, settings: str) -> None:
        self.space, self.check = space, check
        self.ask(settings)

    def ask(self, settings: str, *more: str) -> None:
        """Give the check other settings; ``more`` are lines of the Jobfile."""
        lines = "\n".join(more)
        self.space.jobfile(
            '[target.t]\nrun = "echo made > {outputs}"\noutputs = ["t.txt"]\n'
            f'check = ["content", {{ type = "{self.check.name}", {settings} }}]\n{lines}\n'
        )

    def build(self, **environ: str) -> Told:
        """Build it with a check that knows nothing of those before."""
        return build(opened(self.space, type(self.check)(), **environ))

    @property
    def is_stale(self) -> bool:
        """Whether a build runs it; else it is up to date."""
        told = self.build()
        assert not told.failed
        assert bool(told.ran) != bool(told.fresh)
        return bool(told.ran)

    def reason(self, **environ: str) -> str:
        """The one reason for which a build runs it."""
        [one] = self.build(**environ).reasons["t"]
        return one

    def trouble(self, **environ: str) -> tuple[str, str]:
        """Why it fails, and the hint."""
        told = self.build(**environ)
        return told.failed["t"], told.hints["t"] or ""

    def problem(self) -> tuple[str, str, int | None]:
        """The one thing that is wrong with the Jobfile: the message, the hint, the line."""
        with pytest.raises(JobfileError) as error:
            opened(self.space, self.check)
        [one] = error.value.problems
        return one.message, one.hint or "", one.line


class Server:
    """A server on a port of its own. ``say`` sets what it answers from now on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._answers, self._asked = folder / "answers.json", folder / "asked"
        self._told: dict[str, Any] = {}
        self._answers.write_text("{}")
        self._asked.write_text("")
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on the port that it had before."""
        port = self.url.rpartition(":")[2] or "0"
        words = [sys.executable, str(_SERVING), str(self._answers.parent), port]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def stop(self) -> None:
        """Let nobody answer at its port any more."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def say(self, path: str, status: int = 200, method: str = "", **headers: str) -> None:
        """Answer like this at a path, perhaps only to one method. Of a header's name `_` stands
        for `-`; a status of 0: never answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._told[f"{method} {path}".strip()] = [status, named]
        beside = self._answers.with_suffix(".new")
        beside.write_text(json.dumps(self._told))
        beside.replace(self._answers)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What it was asked: `method`, `path`, `headers`, `body`."""
        return [json.loads(line) for line in self._asked.read_text().splitlines()]

    @property
    def asked(self) -> list[str]:
        """The methods and paths that it was asked for since this was looked at last."""
        found = [f"{one['method']} {one['path']}" for one in self.requests]
        self._asked.write_text("")
        return found
