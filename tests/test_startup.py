"""What a build with nothing to do imports: nothing that only runs, jobs or failures need."""

from __future__ import annotations

import re
import subprocess
import sys

NOT_NEEDED = {
    "asyncio", "multiprocessing", "statistics", "tempfile",
    "traceback", "pluggy", "importlib.metadata", "jobmake.hookspecs",
    "jobmake.plugins.loading", "jobmake.plugins.finding", "jobmake.plugins.guard",
    "tomllib", "watchdog", "jobmake.watch", "jobmake.project.session",
    "jobmake.engine.readiness", "jobmake.memory.serving", "jobmake.values.trouble",
    "jobmake.code.code", "jobmake.executors.probes", "jobmake.library",
    "jobmake.python.job", "jobmake.values.codec", "jobmake.worker.report",
}  # fmt: skip


def test_a_build_with_nothing_to_do_imports_nothing_that_only_others_need(space):
    space.jobfile('[target.a]\nrun = "echo x > a.txt"\noutputs = ["a.txt"]\n')
    space.run("build")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "jobmake", "build"],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert "jobmake.engine.engine" in imported
    assert not imported & NOT_NEEDED
