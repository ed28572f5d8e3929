"""`bench/mutants`: seeds one bug after the other in a copy of the sources, and runs the tests that
should notice it.

Knows how a bug is put into a text, and what the tests said of it. Does not know the bugs.
Invariant: a bug whose text is not found, once, is an error and no result: it was never seeded. It
is caught where a test fails that does not fail without it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.having import ROOT
from bench.seeded import BUGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.seeded import Bug

_COPIED = ("jobmake", "plugins", "tests", "bench", "docs", "examples")
_PASSED, _FAILED, _NONE_LEFT = 0, 1, 5


class NotFound(Exception):
    """The text that a bug replaces is not in its file, or more than once."""


def main(words: Sequence[str] | None = None) -> int:
    """Seed the bugs that are asked for; print what was noticed; return the exit code."""
    options = _options(words)
    try:
        chosen = _chosen(options.names)
    except (NotFound, ValueError) as why:
        sys.exit(f"bench/mutants: {why}")
    caught = 0
    with tempfile.TemporaryDirectory(prefix="jobmake-mutants-") as folder:
        copy = Path(folder) / "copy"
        _copy(copy)
        for bug in chosen:
            begin = time.monotonic()
            test = noticing(bug, copy, whole=options.whole)
            caught += test is not None
            seconds = time.monotonic() - begin
            how = "SURVIVED" if test is None else "caught"
            print(f"{how:9}{bug.name:48}{seconds:6.0f} s  {test or ''}", flush=True)
    print(f"caught {caught} of {len(chosen)}")
    return int(len(chosen) - caught > 1)


def with_bug(bug: Bug, text: str) -> str:
    """Return the text of a file with a bug in it. Raises NotFound."""
    if text.count(bug.old) != 1:
        raise NotFound(f"{bug.name}: {bug.file} has {text.count(bug.old)} times:\n{bug.old}")
    return text.replace(bug.old, bug.new)


def _chosen(names: Sequence[str]) -> list[Bug]:
    """Return the bugs of some names, or all. Raises NotFound, ValueError."""
    unknown = set(names) - {one.name for one in BUGS}
    if unknown:
        raise ValueError(f"there is no bug `{unknown.pop()}`")
    chosen = [one for one in BUGS if not names or one.name in names]
    for bug in chosen:
        with_bug(bug, (ROOT / bug.file).read_text())
    return chosen


def noticing(bug: Bug, copy: Path, *, whole: bool) -> str | None:
    """Run the tests most likely to notice a bug, and with ``whole`` all, if they do not; return
    the one that did."""
    path = copy / bug.file
    before = path.read_text()
    for tests in (bug.tests, ("tests",))[: 1 + whole]:
        anyway: list[str] = []
        while True:
            path.write_text(with_bug(bug, before))
            try:
                test = _failing(copy, tests, without=anyway)
            finally:
                path.write_text(before)
            if test is None:
                break
            if _failing(copy, [test]) is None:
                return test
            print(f"fails also without a bug: {test}", flush=True)
            anyway.append(test)
    return None


def _failing(copy: Path, tests: Sequence[str], without: Sequence[str] = ()) -> str | None:
    """Return the first of some tests that fails, whatever it was given."""
    left_out = [f"--deselect={test}" for test in without]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE",
               "-p", "no:cacheprovider", *left_out, *tests]  # fmt: skip
    paths = os.pathsep.join(str(copy / name) for name in ("", "plugins"))
    done = subprocess.run(
        command, cwd=copy, env={**os.environ, "PYTHONPATH": paths}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode not in (_PASSED, _FAILED, _NONE_LEFT):
        raise SystemExit(f"the tests could not be run:\n{done.stdout.decode()[-3000:]}")
    if done.returncode != _FAILED:
        return None
    said = done.stdout.decode(errors="replace")
    return str(re.findall(r"^(?:FAILED|ERROR) ([^\s\[]+)", said, re.MULTILINE)[-1])


def _copy(folder: Path) -> None:
    folder.mkdir()
    for name in _COPIED:
        ignored = shutil.ignore_patterns("__pycache__", ".jobmake", "build")
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy2(path, folder)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BUG", help="only these")
    parser.add_argument("--whole", action="store_true", help="try all tests on what survived some")
    return parser.parse_args(words)
