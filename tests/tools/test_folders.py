"""Folders that go as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.tools.folders import remove_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_goes_also_where_it_forbids_to_look(tmp_path: Path) -> None:
    shut = tmp_path / "gone" / "one" / "two"
    shut.mkdir(parents=True)
    (shut / "file").write_text("x")
    shut.chmod(0)
    shut.parent.chmod(0o500)
    assert remove_tree(str(tmp_path / "gone"))
    assert not (tmp_path / "gone").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o755)
    (kept / "file").write_text("x")
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "link").symlink_to(kept)
    assert remove_tree(str(gone))
    gone.symlink_to(kept)
    assert remove_tree(str(gone))
    assert (kept / "file").read_text() == "x"
    assert kept.stat().st_mode & 0o777 == 0o755


def test_what_is_not_there_is_gone(tmp_path: Path) -> None:
    assert remove_tree(str(tmp_path / "nothing"))
