"""Globs and folders on a real disk; on random trees they find what a trivial model says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmake.tools.globbing import matches, walk
from jobmake.tools.pathnames import glob_regex


def make(root: Path, *names: str) -> None:
    """Make empty files, and folders where a name ends in a slash."""
    for name in names:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()


# -- globs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("*", ["a.csv", "b.csv", "é.txt"]),  # files only, none hidden
        (".*", [".hidden.csv"]),
        ("deep/**/*.csv", ["deep/c.csv", "deep/er/d.csv", "deep/er/still/e.csv"]),
        ("**/[cd].csv", ["deep/c.csv", "deep/er/d.csv"]),
        ("deep/*/?.csv", ["deep/er/d.csv"]),
        ("deep/er/**", ["deep/er/d.csv", "deep/er/still/e.csv"]),
        (".git/**", [".git/config"]),
        ("**/.git/*", [".git/config"]),
        ("*/missing", []),
        ("missing/*", []),
        ("a.csv/*", []),
        ("**/**/c.csv", ["deep/c.csv"]),
    ],
)
def test_a_glob_finds_files_sorted(tmp_path: Path, pattern: str, found: list[str]) -> None:
    make(tmp_path, "b.csv", "a.csv", "é.txt", ".hidden.csv", "folder.csv/", ".git/config",
         "deep/er/still/e.csv", "deep/er/d.csv", "deep/c.csv", "deep/.secret/f.csv")  # fmt: skip

    assert matches(str(tmp_path), pattern) == found


def test_a_link_to_a_folder_is_followed_by_a_step_but_not_by_any_depth(tmp_path: Path) -> None:
    make(tmp_path, "real/a.txt")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real/file-link.txt").symlink_to("a.txt")
    (tmp_path / "real/dangling.txt").symlink_to("nowhere")

    assert matches(str(tmp_path), "link/*.txt") == ["link/a.txt", "link/file-link.txt"]
    assert matches(str(tmp_path), "l*/a.txt") == ["link/a.txt"]
    assert matches(str(tmp_path), "**/*.txt") == ["real/a.txt", "real/file-link.txt"]


def test_links_in_a_circle_end_the_search(tmp_path: Path) -> None:
    make(tmp_path, "a/b/x.txt")
    (tmp_path / "a/b/up").symlink_to("../..")

    assert matches(str(tmp_path), "**/x.txt") == ["a/b/x.txt"]
    assert matches(str(tmp_path), "a/b/up/a/b/x.txt") == ["a/b/up/a/b/x.txt"]


def test_fifos_are_no_matches(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")

    assert matches(str(tmp_path), "*.txt") == matches(str(tmp_path), "**") == []


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(OSError, match="loop"):
        walk(str(tmp_path), "loop")


NAMES = st.sampled_from(["a", "b", "ab", ".a", "a.b"])
TREES = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=12)
STEPS = st.sampled_from(["**", "*", "?", "a", "a*", ".a", ".*", "[ab]", "*b"])


@given(tree=TREES, pattern=st.lists(STEPS, min_size=1, max_size=4).map("/".join))
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_glob_finds_exactly_the_files_whose_paths_match(
    tmp_path: Path, tree: list[str], pattern: str
) -> None:
    root = tmp_path / "tree"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name in tree:
        folders = [parent for parent in (root / name).parents if root in parent.parents]
        if not any(path.is_file() for path in (*folders, root / name)):
            make(root, name) if not (root / name).is_dir() else None

    files = sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
    )
    assert matches(str(root), pattern) == [
        path for path in files if glob_regex(pattern).fullmatch(path)
    ]


# -- folders --------------------------------------------------------------------------------


def test_a_folder_is_told_with_all_that_is_in_it(tmp_path: Path) -> None:
    make(tmp_path, "data/b", "data/a/x", "data/a/.hidden", "data/empty/", "data/é")

    assert walk(str(tmp_path), "data") == [
        ("data/a/.hidden", None),
        ("data/a/x", None),
        ("data/b", None),
        ("data/empty/", None),
        ("data/é", None),
    ]


def test_an_empty_folder_itself_has_nothing_in_it(tmp_path: Path) -> None:
    make(tmp_path, "data/")

    assert walk(str(tmp_path), "data") == []


def test_links_are_followed_unless_they_lead_nowhere_or_back(tmp_path: Path) -> None:
    make(tmp_path, "data/sub/x", "elsewhere/y")
    (tmp_path / "data/link").symlink_to("../elsewhere")
    (tmp_path / "data/file").symlink_to("../elsewhere/y")
    (tmp_path / "data/nowhere").symlink_to("gone")
    (tmp_path / "data/sub/up").symlink_to("..")

    assert walk(str(tmp_path), "data") == [
        ("data/file", None),
        ("data/link/y", None),
        ("data/nowhere", "gone"),
        ("data/sub/up", ".."),
        ("data/sub/x", None),
    ]


def test_a_link_that_leads_above_the_folder_is_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "above/data/x", "above/secret", "aside/deep/y")
    (tmp_path / "above/data/up").symlink_to("..")
    (tmp_path / "above/data/aside").symlink_to("../../aside/deep")
    (tmp_path / "aside/deep/up").symlink_to("..")
    (tmp_path / "above/data/through").symlink_to("x/y")

    assert walk(str(tmp_path / "above"), "data") == [
        ("data/aside/up/deep", "."),  # where it was before
        ("data/aside/y", None),
        ("data/through", "x/y"),
        ("data/up", ".."),
        ("data/x", None),
    ]


def test_two_links_to_one_folder_are_both_followed(tmp_path: Path) -> None:
    make(tmp_path, "data/", "elsewhere/x")
    for name in ("one", "two"):
        (tmp_path / "data" / name).symlink_to("../elsewhere")

    assert walk(str(tmp_path), "data") == [("data/one/x", None), ("data/two/x", None)]


def test_a_deep_tree_is_walked_without_recursion(tmp_path: Path) -> None:
    deep = "data" + "/d" * 900
    make(tmp_path, "data/")
    folder = os.open(tmp_path / "data", os.O_RDONLY)
    for _ in range(900):
        os.mkdir("d", dir_fd=folder)
        below = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)

    assert walk(str(tmp_path), "data") == [(deep + "/", None)]
    assert matches(str(tmp_path), "**") == []
