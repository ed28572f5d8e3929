"""Job types keep to the contract: jobmake's own, and those of the manual."""

from __future__ import annotations

from typing import Any

from jobmake import CommandType, PythonType
from jobmake.jobs.shell import Shell
from jobmake.testing import JobTypeContract

# ruff: noqa: RUF012


class WordCount(CommandType):
    name = "wc"

    class With:
        unit: str
        options: list[str] = []

    def argv(self, given: Any, run: Any) -> list[Any]:
        return [
            "sh",
            "-c",
            'wc "$@" > "$0"',
            run.output,
            f"--{given.unit}",
            *given.options,
            run.input,
        ]


class Longest(PythonType):
    name = "longest"

    class With:
        least: int = 1
        lead: str = ""

    def run(self, given: Any, run: Any) -> None:
        found = [one for one in run.input.read_text().split() if len(one) >= given.least]
        run.output.write_text(given.lead + max(found, key=len))


class TestCommandType(JobTypeContract):
    settings = {"unit": "words"}
    changed = {"unit": "lines", "options": ["--bytes"]}
    failing = {"options": ["--no-such-option"]}
    wrong = {"unit": 3}

    def make(self) -> WordCount:
        return WordCount()


class TestPythonType(JobTypeContract):
    settings = {"least": 2, "lead": "the longest: "}
    changed = {"least": 1, "lead": "x"}
    failing = {"least": 9}
    wrong = {"least": "two"}

    def make(self) -> Longest:
        return Longest()


class TestShellType(JobTypeContract):
    settings = {"run": ["wc < {inputs} > {outputs}"]}
    changed = {"run": ["wc -l < {inputs} > {outputs}"]}
    failing = {"run": ["exit 3"]}
    wrong = {"run": 3}

    def make(self) -> Shell:
        return Shell()

    def table(self, settings: Any) -> dict[str, Any]:
        return {**settings, **self.keys}
