"""`bench/nightly` on a few tests of a folder: what is told of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.trials import main, trials_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
def test_rounds_of_each(name):
    for _ in range(amount(1, 7)):
        assert NIGHTLY

@pytest.mark.nightly
def test_only_at_night():
    assert False

def test_that_is_no_case():
    assert False
'''


def test_cases_are_told_with_their_rounds_and_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, told, page = (tmp_path / name for name in ("test_some.py", "told.json", "told.md"))
    file.write_text(TESTS)
    words = [
        "--edits",
        "0",
        "--fuzz",
        "0",
        "--workers",
        "1",
        "--json",
        str(told),
        "--markdown",
        str(page),
    ]
    assert main([*words, "--", "-q", "-p", "no:cacheprovider", str(file)]) == 1

    trials = [list(one.values()) for one in json.loads(told.read_text())["trials"]]
    assert [[case, what, rounds, result] for case, what, rounds, _, result in trials] == [
        ["A01", "Numbers are numbers", 30, "passed"],
        ["B02, B03", "rounds of each", 14, "passed"],
        ["", "only at night", 1, "failed"],
    ]
    lines = page.read_text().splitlines()
    assert " ".join(lines[0].split()) == "| case | what | rounds | seconds | result |"
    assert set(lines[:5]) <= set(capsys.readouterr().out.splitlines())


def test_the_worst_of_several_is_the_result() -> None:
    book = [
        {"test": f"t.py::test_a[{number}]", "cases": ["C1"], "what": "a", "rounds": 2,
         "seconds": 0.5, "result": result}
        for number, result in enumerate(("passed", "failed", "passed"))
    ]  # fmt: skip
    [trial] = trials_of(book)
    assert (trial.rounds, trial.seconds, trial.result) == (6, 1.5, "failed")
