"""Whether two globs can name one path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmake.tools.globmeet import globs_meet
from jobmake.tools.pathnames import glob_regex


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/b", "a/b"), ("a/*", "a/b"), ("a/*.csv", "a/x-*"), ("a/**", "a/b/c"),
        ("**/*.csv", "x.csv"), ("**", "x"), ("a/**/z", "a/*/*/z"), ("*/b", "a/*"),
        ("a/[xy].c", "a/x.?"), ("a/[*]", "a/[*]"), ("**/a/**", "b/**/c"), ("*a*", "*b*"),
    ],
)  # fmt: skip
def test_these_meet(one: str, other: str) -> None:
    assert globs_meet(one, other)
    assert globs_meet(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/b", "a/c"), ("a/*.csv", "a/*.txt"), ("a/*", "a/b/c"), ("a/**", "a"), ("a/*", "b/*"),
        ("a/[xy].c", "a/z.c"), ("a/[*]", "a/b"), ("a/**/z", "a/*/y"), ("a*", "b*"),
    ],
)  # fmt: skip
def test_these_do_not(one: str, other: str) -> None:
    assert not globs_meet(one, other)
    assert not globs_meet(other, one)


GLOBS = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?b", "[ab]"]), min_size=1, max_size=4)
PATHS = st.lists(st.sampled_from(["a", "b", "ab", "bb"]), min_size=1, max_size=5)


@given(GLOBS, GLOBS, PATHS)
def test_two_globs_that_name_one_path_meet(
    one: list[str], other: list[str], path: list[str]
) -> None:
    first, second, named = "/".join(one), "/".join(other), "/".join(path)
    if glob_regex(first).fullmatch(named) and glob_regex(second).fullmatch(named):
        assert globs_meet(first, second)


def test_many_stars_are_no_trouble() -> None:
    assert not globs_meet("*a" * 100 + "x", "*b" * 100 + "y")
