"""The bugs that `bench/mutants` seeds: enough of them, each still to be put into the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.having import ROOT
from bench.mutation import NotFound, main, noticing, with_bug
from bench.seeded import BUGS, Bug

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest
from one import one

def test_that_fails_anyway():
    assert False

@pytest.mark.parametrize("number", [1, 2])
def test_one(number):
    assert one() == 1
"""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_has_its_place_and_leaves_python(bug: Bug) -> None:
    text = with_bug(bug, (ROOT / bug.file).read_text())
    compile(text, bug.file, "exec")
    assert all((ROOT / test).exists() for test in bug.tests)


def test_there_are_enough_of_them() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 25


def test_a_bug_without_a_place_is_an_error() -> None:
    with pytest.raises(NotFound, match="has 0 times"):
        with_bug(BUGS[0], "something else")


def test_a_bug_is_caught_by_a_test_that_passes_without_it(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def one():\n    return 1\n")
    (tmp_path / "test_one.py").write_text(TESTS)

    def of(test: str) -> Bug:
        return Bug("two", "one.py", "return 1", "return 22", (f"test_one.py::{test}",))

    assert noticing(of("test_one"), tmp_path, whole=False) == "test_one.py::test_one"
    assert noticing(of("test_that_fails_anyway"), tmp_path, whole=False) is None
    both = Bug("two", "one.py", "return 1", "return 22", ("test_one.py",))
    assert noticing(both, tmp_path, whole=False) == "test_one.py::test_one"
    assert "return 1\n" in (tmp_path / "one.py").read_text()


def test_a_name_that_no_bug_has_is_an_error() -> None:
    with pytest.raises(SystemExit, match="there is no bug `nothing`"):
        main(["nothing"])
