"""The bugs that `bench/mutants` seeds: enough of them, each still to be put into the sources."""

from __future__ import annotations

import pytest

from bench.having import ROOT
from bench.mutation import NotFound, with_bug
from bench.seeded import BUGS, Bug


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
