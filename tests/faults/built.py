"""A project that was built in this process, each time anew, with every kind of file that jobmake
keeps of its own.

Knows no faults. Its targets: two that read an input, one in Python, and one that fails.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from jobmake.engine.options import Options
from jobmake.model.errors import StateError
from jobmake.model.state import Summary
from jobmake.project import Project, Settings

JOBFILE = """
[project]
jobs = ["jobs.py"]
[target.plain]
run = "cat {inputs} > {outputs}"
inputs = ["in"]
outputs = ["out/plain"]
[target.headed]
run = "cat {inputs} > {outputs}; echo x: OUTSIDE here > {outputs}.d"
inputs = ["in"]
outputs = ["out/headed"]
depfile = "out/headed.d"
[target.failing]
run = "false"
inputs = ["in"]
outputs = ["out/failing"]
"""
GONE = '[target.gone]\nrun = "echo x > {outputs}"\noutputs = ["out/gone"]\n'
JOBS = """
from jobmake import Job

class Sum(Job):
    name = "sum"
    target = {"outputs": ["out/sum"]}
    def run(self):
        with open("out/sum", "w") as file:
            file.write("3")
"""
FILES = [
    "index",
    "journal",
    "runs.db",
    "code",
    "left",
    "outside",
    "declarations",
    "tables",
    "lock",
    "clock",
]
GOOD = {"plain", "headed", "sum"}


class State:
    """A project that was built, each time anew."""

    def __init__(self, folder: Path) -> None:
        self.root, self._template = folder / "project", folder / "template"
        outside = folder / "outside.h"
        outside.write_text("x")
        self.root.mkdir()
        self.write("in", "x\n")
        self.write("here", "x\n")
        self.write("jobs.py", JOBS)
        self.write("Jobfile.toml", JOBFILE.replace("OUTSIDE", str(outside)) + GONE)
        self.build()
        self.write("Jobfile.toml", JOBFILE.replace("OUTSIDE", str(outside)))
        assert self.build().failed == ("failing",)
        shutil.copytree(self.root, self._template, symlinks=True)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def again(self) -> None:
        """Make it as it was built."""
        shutil.rmtree(self.root)
        shutil.copytree(self._template, self.root, symlinks=True)

    def file(self, name: str) -> Path:
        return self.root / ".jobmake" / name

    def trouble(self) -> str | None:
        """Build; return the error that ended it, if any."""
        try:
            self.build()
        except StateError as error:
            return error.message
        return None

    def build(self) -> Summary:
        state = str(self.root.with_name("state"))
        environ = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": state}
        settings = Settings(str(self.root), cache=False, environ=environ, loading=True)
        return Project.open(settings).build([], Options(jobs=1, keep_going=True), lambda _: None)
