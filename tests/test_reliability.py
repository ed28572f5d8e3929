"""`docs/reliability.md` says what is: each case that it lists is a test, and each test that is a
case is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT

PAGE = PAGES["docs/reliability.md"]
LISTED = re.findall(r"^\| ([A-G]\d\d) \|", PAGE, re.MULTILINE)
_MARK = re.compile(r"mark\.case\(([^)]*)\)")


def marked() -> dict[str, list[str]]:
    """The files of the tests of each case."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(ROOT / "tests").rglob("test_*.py")):
        for names in _MARK.findall(path.read_text()):
            for name in re.findall(r'"(\w+)"', names):
                found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


def test_no_case_is_listed_twice() -> None:
    assert len(LISTED) == len(set(LISTED))


@pytest.mark.parametrize("case", LISTED)
def test_a_case_that_is_listed_has_a_test(case: str) -> None:
    assert marked().get(case)


def test_a_test_that_is_a_case_is_listed() -> None:
    assert sorted(set(marked()) - set(LISTED)) == []
