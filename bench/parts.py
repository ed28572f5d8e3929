"""The parts of a night: files of tests, and the scripts that go on for as long as they are told to.

Knows which there are, and how each is started. Does not know what came out before.
Invariant: a part that is cut off ends with all that it started, and what its tests told stays.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.having import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# tests with a mark, and those that do more at night; `bench/casebook.py` takes the same
_OF_NIGHT = re.compile(r"\bmark\.(?:case|nightly)\b|\b(?:amount|seeds)\(")
_NO_TESTS = 5  # what pytest says where it was to run none


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried: as which case, how often, how long it took, with which result, and what the
    test counted."""

    case: str
    what: str
    rounds: int
    seconds: float
    result: str
    figures: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A part that was run: ``whole`` unless it was cut off; ``said`` is what it wrote."""

    part: str
    trials: list[Trial]
    code: int
    seconds: float
    said: str = ""
    whole: bool = True

    @property
    def is_good(self) -> bool:
        """Whether it went to its end, and nothing failed."""
        failed = any(one.result == "failed" for one in self.trials)
        return self.whole and self.code in (0, _NO_TESTS) and not failed


@dataclass(slots=True)
class Scripts:
    """The parts that are no tests: for each its words, its rounds, and what it tries."""

    words: dict[str, tuple[list[str], int, str]]

    @classmethod
    def of(cls, edits: int, seconds: int, seed: int) -> Scripts:
        """Return those of so many edits and so many seconds."""
        soak = ["--edits", str(edits), "--seed", str(seed)]
        fuzz = ["--seconds", str(seconds), "--seed", str(seed)]
        left = "random edits under `jobmake watch` leave what a clean build leaves"
        told = "a Jobfile that nobody would write is loaded, or told of (rounds: seconds)"
        return cls({"soak": (soak, edits, left), "fuzz": (fuzz, seconds, told)})


def all_parts(scripts: Scripts) -> list[str]:
    """Return the names of all parts: paths of tests, and the scripts."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    tests = [path for path in files if _OF_NIGHT.search(path.read_text())]
    return [*(path.relative_to(ROOT).as_posix() for path in tests), *scripts.words]


def chosen(names: Sequence[str], parts: Sequence[str]) -> list[str]:
    """Return the parts that names say: of a part, of a folder of them, or of a file of tests.
    Raises ValueError."""
    found: dict[str, None] = {}
    for name in names:
        of = [part for part in parts if part == name or part.startswith(name.rstrip("/") + "/")]
        if not of and not (name.endswith(".py") and Path(name).is_file()):
            raise ValueError(f"`{name}` is no part: see `--list`")
        found.update(dict.fromkeys(of or [name]))
    return list(found) if names else list(parts)


@dataclass(slots=True)
class Running:
    """Starts parts, and ends those that run."""

    scripts: Scripts
    _now: list[subprocess.Popen[str]] = field(default_factory=list)
    _is_over: bool = False

    def run(self, part: str) -> Ended:
        """Run one part to its end."""
        with tempfile.TemporaryDirectory() as folder:
            book = Path(folder) / "book.json"
            begin = time.monotonic()
            code, said = self._wait_for(self._words(part, book))
            seconds = round(time.monotonic() - begin, 1)
            tests = json.loads(book.read_text()) if book.exists() else []
            trials = trials_of(tests)
            if code < 0:  # it was killed before it told
                said = "\n".join([said, *(one["said"] for one in tests if "said" in one)])
        if part in self.scripts.words and not self._is_over:
            _, rounds, what = self.scripts.words[part]
            trials = [Trial(part, what, rounds, seconds, "failed" if code else "passed")]
        return Ended(part, trials, code, seconds, said, whole=not self._is_over)

    def end(self) -> None:
        """End what runs, and start nothing more."""
        self._is_over = True
        for process in self._now:
            process.send_signal(signal.SIGINT)

    def _wait_for(self, words: Sequence[str]) -> tuple[int, str]:
        if self._is_over:
            return 0, ""
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "JOBMAKE_NIGHTLY": "1", "PYTHONPATH": path},
        )  # fmt: skip
        self._now.append(process)
        if self._is_over:
            process.send_signal(signal.SIGINT)
        try:
            said, _ = process.communicate()
        finally:
            self._now.remove(process)
        return process.returncode, said

    def _words(self, part: str, book: Path) -> list[str]:
        if part in self.scripts.words:
            return [str(ROOT / "bench" / part), *self.scripts.words[part][0]]
        return ["-m", "pytest", "-o", "timeout=14400", "-p", "no:cacheprovider",
                "-p", "bench.casebook", "--casebook", str(book), part]  # fmt: skip


def trials_of(book: Iterable[dict[str, Any]]) -> list[Trial]:
    """Return the trials of a casebook: one for each test, with all its parameters."""
    together: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in book:
        key = ", ".join(one["cases"]), one["test"].partition("[")[0]
        together.setdefault(key, []).append(one)
    found = []
    for (case, _), tests in together.items():
        results = {one["result"] for one in tests}
        result = next(one for one in ("failed", "skipped", "passed") if one in results)
        rounds, seconds = (sum(one[key] for one in tests) for key in ("rounds", "seconds"))
        figures = _figures([one["figures"] for one in tests])
        trial = Trial(case, tests[0]["what"], rounds, round(seconds, 1), result, figures)
        found.append(trial)
    return found


def _figures(told: Sequence[str | dict[str, int]]) -> str:
    """Return what the tests of a trial counted: numbers as their sums."""
    sums: Counter[str] = Counter()
    texts: dict[str, None] = {}
    for one in told:
        if isinstance(one, dict):
            sums.update(one)
        elif one:
            texts[one] = None
    return "; ".join([*texts, *(f"{what}: {number:,}" for what, number in sums.items())])
