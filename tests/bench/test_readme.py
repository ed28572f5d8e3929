"""`bench/README.md` names every option, line, shape and operation, and no other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.graphs import SHAPES
from bench.lines import all_lines
from bench.tools.tool import OPERATIONS
from tests.documents import first_codes, table

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"
README = (BENCH / "README.md").read_text()


@pytest.mark.parametrize("script", ["run", "nightly", "soak", "fuzz", "watch"])
def test_every_option_of_a_script_is_told(script: str) -> None:
    shown = subprocess.run(
        [sys.executable, BENCH / script, "--help"], capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"^  (--[\w-]+)", shown.stdout, re.MULTILINE))
    assert options
    assert options <= set(re.findall(r"--[\w-]+", README))


def test_scripts_lines_shapes_and_operations_are_told_and_no_other() -> None:
    assert first_codes(README, "shape") == ["wide", "shell", "layered", "chain", "realistic"]
    assert set(first_codes(README, "shape")) == set(SHAPES)
    assert set(first_codes(README, "operation")) == set(OPERATIONS)
    assert first_codes(README, "line") == list(dict.fromkeys(one.name for one in all_lines()))
    scripts = {one.name for one in BENCH.iterdir() if one.is_file() and not one.suffix}
    assert {code.removeprefix("bench/") for code in first_codes(README, "script")} == scripts


def test_the_bounds_are_told() -> None:
    told = {row[0].strip("`"): row[2] for row in table(README, "line")}
    for line in all_lines():
        bounds = {float(one) for one in re.findall(r"[\d.]+", told[line.name])}
        assert line.bound in bounds, line
