"""`bench/nightly` on a few tests of a folder: what is told of them, and what stays of a night that
was cut off."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.having import ROOT
from bench.parts import Scripts, all_parts, chosen, trials_of
from bench.trials import main
from tests.support import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = '''
import pytest
from hypothesis import given, settings, strategies as st
from tests.amounts import NIGHTLY, amount

EXAMPLES = amount(2, 30)

@pytest.mark.case("A01")
@settings(max_examples=EXAMPLES)
@given(st.integers())
def test_examples(number):
    """Numbers are numbers.

    More."""

@pytest.mark.case("B02", "B03")
@pytest.mark.parametrize("name", ["x", "y"])
def test_rounds_of_each(name, record_property):
    for _ in range(amount(1, 7)):
        assert NIGHTLY
    record_property("figures", {"edits": 1000, name: 7} if name == "x" else {"edits": 1})

def test_that_does_more_at_night():
    for _ in range(amount(1, 4)):
        pass
'''
FAILS = """
import pytest

@pytest.mark.nightly
def test_only_at_night():
    assert False, "as it has to"

def test_that_is_no_case():
    assert False
"""
# the second test ends when there is a file: until then the part goes on
WAITS = """
import os, pytest, select

@pytest.mark.case("C01")
def test_first():
    pass

@pytest.mark.case("C02")
def test_second():
    handle = os.open({fifo!r}, os.O_RDWR)
    os.write(handle, b"here")
    select.select([os.open({ends!r}, os.O_RDONLY)], [], [])
"""
NIGHT = [sys.executable, str(ROOT / "bench" / "nightly"), "--workers", "1"]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], str]:
    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def told(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def trials(path: Path) -> list[list[Any]]:
    found = [one for part in told(path)["parts"] for one in part["trials"]]
    return [[one[key] for key in ("case", "what", "rounds", "result", "figures")] for one in found]


def test_cases_are_told_with_their_rounds_results_and_figures(
    tmp_path: Path, file: Callable[[str, str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    book, page = tmp_path / "told.json", tmp_path / "told.md"
    parts = [file("test_some.py", TESTS), file("test_fails.py", FAILS)]
    words = ["--workers", "1", "--json", str(book), "--markdown", str(page)]
    assert main([*parts, *words]) == 1

    assert trials(book) == [
        ["A01", "Numbers are numbers", 30, "passed", ""],
        ["B02, B03", "rounds of each", 14, "passed", "edits: 1,001; x: 7"],
        ["", "that does more at night", 4, "passed", ""],
        ["", "only at night", 1, "failed", ""],
    ]
    out = capsys.readouterr().out
    lines = page.read_text().splitlines()
    assert " ".join(lines[0].split()) == "| case | what | rounds | seconds | result | figures |"
    assert set(lines[:6]) <= set(out.splitlines())
    assert re.search(rf"^{parts[0]}: good, \d+ s$", out, re.MULTILINE)
    assert re.search(rf"^{parts[1]}: FAILED, \d+ s$", out, re.MULTILINE)
    assert "as it has to" in out


def test_what_is_good_is_not_run_again(
    tmp_path: Path, file: Callable[[str, str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "told.json"
    parts = [file("test_some.py", TESTS), file("test_fails.py", FAILS)]
    words = [*parts, "--workers", "1", "--json", str(book), "--resume"]
    assert main(words) == 1
    file("test_some.py", FAILS)  # it would be noticed
    file("test_fails.py", TESTS)
    capsys.readouterr()
    assert main(words) == 0
    assert "1 parts, 1 at once\n" in capsys.readouterr().out
    assert [len(part["trials"]) for part in told(book)["parts"]] == [3, 3]


def test_a_night_that_is_cut_off_keeps_what_has_ended(
    tmp_path: Path, file: Callable[[str, str], str]
) -> None:
    fifo, ends, book = (str(tmp_path / name) for name in ("fifo", "ends", "told.json"))
    os.mkfifo(fifo)
    os.mkfifo(ends)
    part = file("test_waits.py", WAITS.format(fifo=fifo, ends=ends))
    # as a shell starts it in the background
    words = ["env", "--ignore-signal=INT", *NIGHT, part, "--json", book]
    night = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    handle = os.open(fifo, os.O_RDWR)
    assert os.read(handle, 4) == b"here"
    night.send_signal(signal.SIGTERM)
    out, _ = night.communicate(timeout=DEADLINE)

    assert night.returncode == 1
    assert f"cut off: {part}" in out
    assert ["C01", "first", 1, "passed", ""] in trials(Path(book))
    assert [one["whole"] for one in told(Path(book))["parts"]] == [False]


def test_parts_are_named_by_file_folder_or_script() -> None:
    parts = all_parts(Scripts.of(1, 1, 0))
    assert {"tests/features/test_kill.py", "tests/unchanged/test_random_looks.py"} <= set(parts)
    assert parts[-2:] == ["soak", "fuzz"]
    assert "tests/tools/test_atomic.py" in parts  # a case, and no amount
    faults = [part for part in parts if part.startswith("tests/faults/")]
    assert chosen(["soak", "tests/faults"], parts) == ["soak", *faults]
    assert chosen([], parts) == parts
    with pytest.raises(ValueError, match="`tests/fault` is no part"):
        chosen(["tests/fault"], parts)


def test_the_worst_of_several_is_the_result() -> None:
    book = [
        {"test": f"t.py::test_a[{number}]", "cases": ["C1"], "what": "a", "rounds": 2,
         "seconds": 0.5, "result": result, "figures": "2 of 2"}
        for number, result in enumerate(("passed", "failed", "passed"))
    ]  # fmt: skip
    [trial] = trials_of(book)
    assert (trial.rounds, trial.seconds, trial.result) == (6, 1.5, "failed")
    assert trial.figures == "2 of 2"
