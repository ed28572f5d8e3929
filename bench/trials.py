"""`bench/nightly`: the long trials, and a table of them.

Knows how tests and the soak are started, and what is told of them. Does not know what they do.
Invariant: what fails is in the table, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.having import ROOT
from bench.telling import machine, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


SOAK = "random edits under `jobmake watch` leave what a clean build leaves"
FUZZ = "a Jobfile that nobody would write is loaded, or told of (rounds: seconds)"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried: as which case, how often, how long it took, with which result."""

    case: str
    what: str
    rounds: int
    seconds: float
    result: str


def main(words: Sequence[str] | None = None) -> int:
    """Run all that is asked for; print the table; return the exit code."""
    options = _options(words)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        code, trials = _tests(options.pytest, options.workers, Path(folder) / "book.json")
    edits, seconds, seed = options.edits, options.fuzz, options.seed
    if edits:
        trials.append(_script(SOAK, edits, ["soak", "--edits", str(edits), "--seed", str(seed)]))
    if seconds:
        words = ["fuzz", "--seconds", str(seconds), "--seed", str(seed)]
        trials.append(_script(FUZZ, seconds, words))
    of, seconds = machine(), round(time.monotonic() - begin)
    text = _table(trials)
    print(text)
    if options.json:
        document = {"machine": of, "seconds": seconds, "trials": [asdict(one) for one in trials]}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    if options.markdown:
        about = ", ".join(f"{name} {value}" for name, value in of.items())
        whole = f"{len(trials)} trials in {seconds} s: {about}"
        options.markdown.write_text(f"{text}\n\n{whole}\n")
    return int(code not in (0, 5) or any(one.result == "failed" for one in trials))


def trials_of(book: Iterable[dict[str, Any]]) -> list[Trial]:
    """Return the trials of a casebook: one for each test, with all its parameters."""
    together: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in book:
        together.setdefault((", ".join(one["cases"]), one["test"].partition("[")[0]), []).append(
            one
        )
    found = []
    for (case, _), tests in together.items():
        results = {one["result"] for one in tests}
        result = next(one for one in ("failed", "skipped", "passed") if one in results)
        rounds, seconds = (sum(one[key] for one in tests) for key in ("rounds", "seconds"))
        found.append(Trial(case, tests[0]["what"], rounds, round(seconds, 1), result))
    return sorted(found, key=lambda one: (not one.case, one.case, one.what))


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/nightly",
        description="Runs the cases with large numbers, then the soak and the fuzz.",
    )
    add = parser.add_argument
    add("--edits", type=int, default=1000, metavar="N", help="of the soak; 0 leaves it out")
    add("--fuzz", type=int, default=600, metavar="SECONDS", help="of the fuzz; 0 leaves it out")
    add("--seed", type=int, default=0, metavar="N", help="of both")
    add("--workers", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
        help="how many tests run at once")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="write all trials there")
    add("--markdown", type=Path, metavar="FILE", help="write the table there")
    add("pytest", nargs="*", metavar="PYTEST", help="behind `--`: what pytest is told besides")
    return parser.parse_args(words)


def _tests(words: Sequence[str], workers: int, book: Path) -> tuple[int, list[Trial]]:
    """Run the tests that are cases; return pytest's exit code, and what it told."""
    at_once = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    marked = ["-m", "case or nightly", "-p", "bench.casebook", "--casebook", str(book)]
    pytest = [sys.executable, "-m", "pytest", "-o", "timeout=14400", *at_once, *marked, *words]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environ = {**os.environ, "JOBMAKE_NIGHTLY": "1", "PYTHONPATH": path}
    code = subprocess.run(pytest, cwd=ROOT, env=environ, check=False).returncode
    return code, trials_of(json.loads(book.read_text())) if book.exists() else []


def _script(what: str, rounds: int, words: Sequence[str]) -> Trial:
    """Run another script of this folder."""
    begin = time.monotonic()
    script = str(ROOT / "bench" / words[0])
    code = subprocess.run([sys.executable, script, *words[1:]], check=False).returncode
    seconds = round(time.monotonic() - begin, 1)
    return Trial(words[0], what, rounds, seconds, "failed" if code else "passed")


def _table(trials: Sequence[Trial]) -> str:
    rows = [
        (one.case, one.what, f"{one.rounds:,}", f"{one.seconds:.1f}", one.result) for one in trials
    ]
    return table(("case", "what", "rounds", "seconds", "result"), rows, right=(2, 3))
