"""Paths as texts, and what a glob matches, told by a model that matches letter by letter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.tools.pathnames import (
    escape_magic,
    glob_regex,
    has_magic,
    is_outside,
    normal,
    parents,
    static_folder,
    step_regex,
)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("a/b", "a/b"), ("./a", "a"), ("a//b/", "a/b"), ("a/./b/../c", "a/c"), (".", "."),
        ("a/..", "."), ("../a", "../a"), ("a/../../b", "../b"), ("/a//b", "/a/b"), ("//a", "/a"),
    ],
)  # fmt: skip
def test_a_path_has_one_shortest_form(written: str, path: str) -> None:
    assert normal(written) == path


def test_outside_is_what_leads_out_of_the_folder() -> None:
    assert all(is_outside(path) for path in ("..", "../a", "/", "/etc"))
    assert not any(is_outside(path) for path in (".", "a", "..a", "...", "..a/b"))


def test_the_folders_above_a_path_are_told_nearest_first() -> None:
    assert parents("a/b/c.txt") == ["a/b", "a"]
    assert parents("c.txt") == []
    assert parents("/a/b") == ["/a"]


def test_magic_is_a_star_a_question_mark_or_a_whole_set() -> None:
    assert all(has_magic(path) for path in ("*", "a?", "a/**/b", "[ab]", "x[!a-z]y", "a[b]"))
    assert not any(
        has_magic(path) for path in ("", "a", "a[", "a]", "[]", "[]]", "a[b", "{a,b}", "a\\b")
    )


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("*.txt", ""), ("a/*.txt", "a"), ("a/b?/c.txt", "a"), ("a/**", "a"), ("**/x", ""),
        ("a/b/[cd]/e", "a/b"), ("a/b/c", "a/b"),
    ],
)  # fmt: skip
def test_a_glob_never_leaves_its_static_folder(pattern: str, folder: str) -> None:
    assert static_folder(pattern) == folder


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.csv", ["a.csv", "é b.csv", "a\nb.csv"], [".csv", "a.csvx", "a/b.csv", "a.CSV"]),
        (".*", [".a", ".", "..a"], ["a"]),
        ("a*", ["a", "ab", "a.b"], ["ba", "a/b"]),
        ("?.txt", ["a.txt", "é.txt"], ["ab.txt", ".txt", "..txt"]),
        ("[ab]x", ["ax", "bx"], ["cx", "abx"]),
        ("[a-c]x", ["ax", "bx", "cx"], ["dx", "-x"]),
        ("[!a-c]x", ["dx", "-x", "^x"], ["ax", ".x", "/x"]),
        ("[^a]x", ["^x", "ax"], ["bx"]),
        ("[-a]x", ["-x", "ax"], ["bx"]),
        ("[[]x", ["[x"], ["]x"]),
        ("[!]x", ["!x"], ["ax"]),
        ("[\\d]", ["\\", "d"], ["1"]),
        ("[a&&b]x", ["ax", "&x", "bx"], ["cx"]),
        ("x[.]y", ["x.y"], ["xay"]),
        ("[.a]x", ["ax"], [".x"]),  # a set is magic, which passes over a leading dot
        ("**", ["a", "a/b", "a/b/c"], [".a", "a/.b", ".a/b"]),
        ("**/x", ["x", "a/x", "a/b/x"], [".a/x", "ax", "a/.b/x"]),
        ("**/.x", [".x", "a/.x"], ["x", ".a/.x"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b", "ab/c"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/.x/b"]),
        (".a/**", [".a/b"], [".a/.b", "a/b"]),
        ("a/*/b", ["a/x/b"], ["a/b", "a/x/y/b", "a/.x/b"]),
        ("a**b", ["ab", "axb"], ["a/b", "ax/b"]),
        ("a.b+(c)/*", ["a.b+(c)/x"], ["axb+(c)/x", "a.bb(c)/x"]),
    ],
)
def test_what_a_glob_matches(pattern: str, matching: list[str], other: list[str]) -> None:
    expression = glob_regex(pattern)

    assert [path for path in matching if not expression.fullmatch(path)] == []
    assert [path for path in other if expression.fullmatch(path)] == []


@given(st.text(min_size=1).filter(lambda text: "/" not in text))
@settings(deadline=None)
def test_escaped_text_matches_itself_alone(text: str) -> None:
    pattern = escape_magic(text)

    assert glob_regex(pattern).fullmatch(text)
    assert step_regex(pattern).fullmatch(text)
    assert not glob_regex(pattern).fullmatch(text + "x")


def model(pattern: list[str], path: list[str]) -> bool:
    """The rules of the module's docstring, as plainly as can be."""
    if not pattern or not path:
        return not pattern and not path
    hidden = path[0].startswith(".")
    if pattern == ["**"]:
        return not any(name.startswith(".") for name in path)
    if pattern[0] == "**":
        return model(pattern[1:], path) or (not hidden and model(pattern, path[1:]))
    if hidden and pattern[0][0] in "*?":
        return False
    return step_model(pattern[0], path[0]) and model(pattern[1:], path[1:])


def step_model(pattern: str, name: str) -> bool:
    if not pattern or not name:
        return not name and not pattern.strip("*")
    if pattern[0] == "*":
        return step_model(pattern[1:], name) or step_model(pattern, name[1:])
    return pattern[0] in ("?", name[0]) and step_model(pattern[1:], name[1:])


NAMES = st.text(st.sampled_from("ab."), min_size=1, max_size=3)
STEPS = st.one_of(st.just("**"), st.text(st.sampled_from("ab.*?"), min_size=1, max_size=3))


@given(st.lists(STEPS, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=4))
@settings(deadline=None)
def test_globs_match_what_a_trivial_model_says(pattern: list[str], path: list[str]) -> None:
    found = glob_regex("/".join(pattern)).fullmatch("/".join(path))

    assert bool(found) == model(pattern, path)
