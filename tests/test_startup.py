"""What a build loads: nothing that only other builds, other verbs or failures need.

Each module takes time in every build, so those of the standard library are named here: to add
one is a decision. A build with nothing to do is answered with far less, see `unchanged/`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.unchanged.rig import build_plainly

HOME = Path(__file__).resolve().parent.parent

ONE_RUN = {
    "atexit", "bisect", "collections", "contextlib", "copyreg", "enum", "errno", "fcntl",
    "functools", "gc", "heapq", "itertools", "keyword", "math", "operator", "posixpath", "re",
    "reprlib", "select", "stat", "time", "types", "xxhash",
    "array",  # of records in the lockfile
}  # fmt: skip
MOST_OF_OURS, MOST_FOR_AN_EDIT = 206, 185

NOT_NEEDED = {
    "asyncio", "multiprocessing", "statistics", "tempfile", "typing", "dataclasses", "inspect",
    "argparse", "datetime", "importlib", "json", "shlex", "shutil", "signal", "sqlite3",
    "traceback", "warnings", "pluggy", "importlib.metadata", "jobmake.hookspecs",
    "jobmake.plugins.loading", "jobmake.plugins.finding", "jobmake.plugins.guard",
    "tomli", "tomllib", "watchdog", "jobmake.watch", "jobmake.project.session",
    "jobmake.engine.readiness", "jobmake.memory.serving", "jobmake.values.trouble",
    "jobmake.code.code", "jobmake.executors.probes", "jobmake.library",
    "jobmake.python.job", "jobmake.values.codec", "jobmake.worker.report",
    "jobmake.reporters.errors", "jobmake.reporters.tails",
    "jobmake.tools.tomlguard", "jobmake.tools.depfile", "jobmake.tools.copying",
    "jobmake.tools.globmeet", "jobmake.engine.isolation", "jobmake.caches.tree",
    "jobmake.caches.staging", "jobmake.memory.runfolders", "jobmake.project.due",
    "jobmake.project.reaching", "jobmake.tools.orphans", "jobmake.engine.above",
    "jobmake.memory.pastruns",
}  # fmt: skip


BUILD = "from jobmake import cli; assert cli.main(['build', '-q']) == 0"


def loaded(space, text: str) -> set[str]:
    """The modules that are there when a Python has done something in the project."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {text}; print(*sys.modules)"],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def ours_of(found: set[str]) -> set[str]:
    """Those of some modules that are jobmake's."""
    return {one for one in found if one.partition(".")[0] == "jobmake"}


def test_a_build_that_runs_one_plain_command_loads_these_modules_and_no_others(space):
    space.jobfile('[target.a]\nrun = "cp a.in a.out"\ninputs = ["a.in"]\noutputs = ["a.out"]\n')
    space.write("a.in", "1")
    space.run("build")
    space.write("a.in", "22")

    found = loaded(space, BUILD) - loaded(space, "pass")

    assert space.read("a.out") == "22"
    assert not found & NOT_NEEDED
    ours = ours_of(found)
    assert len(ours) <= MOST_OF_OURS
    others = {one.partition(".")[0] for one in found - ours}
    assert {one for one in others if one[0] != "_" and "__" not in one} <= ONE_RUN


def test_a_build_of_an_edit_loads_nothing_that_reads_a_jobfile(space):
    space.jobfile('[target.a]\nrun = "cp a.in a.out"\ninputs = ["a.in"]\noutputs = ["a.out"]\n')
    space.write("a.in", "1")
    build_plainly(space)
    space.write("a.in", "22")

    found = loaded(space, BUILD) - loaded(space, "pass")

    assert space.read("a.out") == "22"
    assert not found & {"jobmake.jobfile.load", "jobmake.jobfile.selectors", *NOT_NEEDED}
    assert len(ours_of(found)) <= MOST_FOR_AN_EDIT


def test_the_command_that_is_installed_loads_nothing_before_jobmake():
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    scripts = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-scripts"]
    assert scripts == {"scripts/jobmake": "jobmake"}
    assert "scripts" not in project["project"], "an entry point of this name would replace it"

    script = HOME / "scripts" / "jobmake"
    assert os.access(script, os.X_OK), "it is installed with the mode that it has here"
    first, *lines = script.read_text().splitlines()
    assert first == "#!python", "installers put the interpreter in"
    assert [one for one in lines if one and one[0] != "#"] == [
        "from jobmake.cli import program", "program()",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, script, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("jobmake ")


def test_what_python_runs_are_forked_from_has_no_compressor_and_no_openssl_in_it(space):
    of_runs = "import jobmake.worker.main, jobmake.worker.perform, jobmake.python.runcodec"

    found = loaded(space, of_runs) - loaded(space, "pass")

    assert "jobmake.worker.perform" in found
    assert not found & {"shutil", "bz2", "lzma", "hashlib", "_hashlib"}
